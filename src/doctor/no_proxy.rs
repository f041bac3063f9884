//! The NO_PROXY list as every client reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::entry::{canonical, judge};
use super::finding::Remedy;
use super::{Finding, Job, Kind};
use crate::client::{Client, Decision, Destination, Harm, Misreading, all, find, survey};
use crate::no_proxy::after_userinfo;
use crate::own_urls::own_urls;
use crate::proxy_url::{redact, unquoted};

/// The remedy for the faults of a whole list.
const NORMALIZE: &str = "eval \"$(jobproxy setup --export)\" exports the repaired list";

pub fn check(job: &Job) -> Vec<Finding> {
    if !job.environment.has_proxy() {
        return Vec::new();
    }
    let [lower, upper] = ["no_proxy", "NO_PROXY"].map(|name| job.environment.filled(name));
    let mut found = Vec::new();
    // Programs that prefer one letter case never see the other list.
    match (lower, upper) {
        (Some(low), Some(up)) if low != up => {
            found.extend(list(job, "no_proxy", low));
            found.extend(list(job, "NO_PROXY", up));
        }
        (low, up) => found.extend(list(job, "NO_PROXY", low.or(up).unwrap_or_default())),
    }
    if lower.or(upper).is_none_or(|list| list.trim_ascii() != "*") {
        found.extend(own_urls(job.environment).iter().filter_map(|url| local_host(job, url)));
    }
    found
}

/// Examines one list.
fn list(job: &Job, name: &str, value: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let bare = unquoted(value.trim_ascii());
    if bare.is_some() {
        let text =
            "has quotes in the value, which no program removes: the first and the last entry name no host";
        found.push(Finding::new(Kind::NoProxyQuoted, name, text, "write the value without quotes"));
    }
    let value = bare.unwrap_or(value);
    let hosts = after_userinfo(value);
    if value.contains('@') {
        let text = "holds an '@': no program reads what stands before the '@', which may be a password";
        found.push(Finding::new(Kind::NoProxyCredentials, name, text, "write hosts only"));
    }
    let hidden = hosts.contains('@');
    let shown = |entry: &str| if hidden { "***".to_owned() } else { redact(entry) };
    let tokens: Vec<&str> = hosts.split(is_separator).filter(|token| !token.is_empty()).collect();
    let (joined, entries): (Vec<&str>, Vec<&str>) =
        tokens.iter().partition(|token| token.contains([';', '|']));
    let shown_joined: Vec<String> = joined.iter().map(|token| shown(token)).collect();
    found.extend(separators(name, &shown_joined, entries.is_empty()));
    found.extend(blanks(name, hosts, &tokens));
    found.extend(empty_entries(name, hosts));
    if entries.contains(&"*") {
        found.extend(star(name, &entries));
        return found;
    }
    let unique = duplicates(name, &entries, &shown, &mut found);
    let unique: Vec<&str> =
        unique.into_iter().filter(|entry| !job.additions.iter().any(|added| added == entry)).collect();
    let repaired = unique.join(",");
    let slices: Vec<&str> = repaired.split(',').filter(|entry| !entry.is_empty()).collect();
    for (entry, misreadings) in slices.iter().zip(survey(&repaired, &slices)) {
        found.extend(judge(job, name, entry, &shown(entry), &misreadings));
    }
    let is_listed =
        |host: &str| tokens.iter().any(|token| token.split([';', '|']).any(|entry| entry == host));
    let missing = ["localhost", "127.0.0.1"].into_iter().filter(|host| !is_listed(host));
    let missing: Vec<String> = missing.map(str::to_owned).collect();
    if !missing.is_empty() {
        let text = "not in the list, and most programs send requests to this machine to the proxy";
        let finding = Finding::new(Kind::NoProxyLoopbackMissing, name, text, "");
        found.push(Finding { entries: missing.clone(), remedy: Remedy::Each("add", missing, ""), ..finding });
    }
    found
}

/// Whether at least one client separates entries at the letter.
fn is_separator(letter: char) -> bool {
    letter == ',' || letter.is_ascii_whitespace() || letter == '\u{b}'
}

fn separators(name: &str, joined: &[String], is_whole_list: bool) -> Option<Finding> {
    let text = if is_whole_list {
        "entries joined by ';' or '|', which only Chromium reads: other programs read no entry of the list"
    } else {
        "entries joined by ';' or '|', which only Chromium reads"
    };
    let finding = Finding::new(Kind::NoProxySeparator, name, text, "write a comma between entries");
    (!joined.is_empty()).then(|| Finding { entries: joined.to_vec(), ..finding })
}

/// Compares the list as written with the same entries between commas.
fn blanks(name: &str, list: &str, tokens: &[&str]) -> Option<Finding> {
    let has_blank = list.split(',').any(|part| part.trim_ascii().contains(is_separator));
    let has_any =
        has_blank || list.contains(is_separator) && list.split(',').any(|part| part.trim_ascii() != part);
    if !has_any {
        return None;
    }
    let repaired = tokens.join(",");
    let slices: Vec<&str> = repaired.split(',').collect();
    let harmed = |found: Vec<Vec<Misreading>>| -> Vec<BTreeSet<(&str, &str)>> {
        let names = |found: Vec<Misreading>| {
            found.iter().map(|misreading| (misreading.client.name, misreading.client.version)).collect()
        };
        found.into_iter().map(names).collect()
    };
    let (before, after) = (harmed(survey(list, tokens)), harmed(survey(&repaired, &slices)));
    let is_hurt = |client: &&'static Client| {
        let key = (client.name, client.version);
        before.iter().zip(&after).any(|(before, after)| before.contains(&key) && !after.contains(&key))
    };
    let clients: Vec<&'static Client> = all().iter().filter(is_hurt).collect();
    let text = "has blanks in the list, and these ignore an entry because of a blank";
    (!clients.is_empty()).then(|| Finding::new(Kind::NoProxyBlank, name, text, NORMALIZE).clients(clients))
}

fn empty_entries(name: &str, list: &str) -> Option<Finding> {
    let empty: Vec<&str> = list.split(',').filter(|part| part.trim_ascii().is_empty()).collect();
    if list.trim_ascii().is_empty() || empty.is_empty() {
        return None;
    }
    let clients = with_harm(&survey(list, &empty).concat(), Harm::TooWide);
    let text = "has an empty entry, which means every host to these";
    (!clients.is_empty())
        .then(|| Finding::new(Kind::NoProxyEmptyEntry, name, text, NORMALIZE).clients(clients))
}

/// Judges a `*` beside other entries.
fn star(name: &str, entries: &[&str]) -> Option<Finding> {
    if entries.iter().all(|entry| *entry == "*") && entries.len() == 1 {
        return None;
    }
    let list = entries.join(",");
    let stars: Vec<&str> = list.split(',').filter(|entry| *entry == "*").collect();
    let clients = with_harm(&survey(&list, &stars).concat(), Harm::Ignored);
    let text = "has a * beside other entries, and these do not take that * for every host";
    Some(Finding::new(Kind::NoProxyStar, name, text, "write * alone, or no * at all").clients(clients))
}

/// Returns the clients with one harm, each once, in the order of the table.
fn with_harm(misreadings: &[Misreading], harm: Harm) -> Vec<&'static Client> {
    let is_harmed = |client: &&'static Client| {
        misreadings
            .iter()
            .any(|misreading| misreading.harm == harm && std::ptr::eq(misreading.client, *client))
    };
    all().iter().filter(is_harmed).collect()
}

/// Returns the entries without duplicates. A duplicate becomes a finding: an entry that equals an earlier entry in
/// another spelling, or an entry that a suffix of the list covers for every client.
fn duplicates<'a>(
    name: &str,
    entries: &[&'a str],
    shown: &dyn Fn(&str) -> String,
    found: &mut Vec<Finding>,
) -> Vec<&'a str> {
    let canonical: Vec<Option<String>> = entries.iter().map(|entry| canonical(entry)).collect();
    // Of several spellings of one entry, the canonical spelling is kept.
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, form) in canonical.iter().enumerate() {
        let form = form.as_deref().unwrap_or(entries[at]);
        let place = kept.entry(form).or_insert(at);
        if entries[*place] != form && entries[at] == form {
            *place = at;
        }
    }
    let mut unique = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let form = canonical[at].as_deref().unwrap_or(entry);
        let suffix = parents(form).find_map(|parent| kept.get(parent));
        let by = suffix.or_else(|| kept.get(form).filter(|place| **place != at));
        let Some(by) = by else {
            unique.push(*entry);
            continue;
        };
        let text = format!("is covered by {}", shown(entries[*by]));
        let remedy = Remedy::Each("remove", vec![shown(entry)], "");
        found.push(Finding::new(Kind::NoProxyDuplicate, name, text, "").entry(&shown(entry)).remedy(remedy));
    }
    unique
}

/// Returns the suffixes that cover a name: `.b.c` and `.c` for `a.b.c`. An entry with a port is left out, since some
/// clients read the port of the entry alone.
fn parents(form: &str) -> impl Iterator<Item = &str> {
    let name = Some(form).filter(|form| !form.contains([':', '/']) && form.parse::<IpAddr>().is_err());
    let name = name.unwrap_or_default();
    name.match_indices('.').map(|(at, _)| &name[at..]).filter(move |suffix| *suffix != form)
}

/// Returns a finding where one of the job's own hosts looks local and is reached through the proxy.
fn local_host(job: &Job, url: &str) -> Option<Finding> {
    const ENDINGS: [&str; 5] = [".local", ".internal", ".corp", ".lan", ".home.arpa"];
    let target = Destination::parse(url)?;
    let host = target.host();
    let looks_local = match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_unique_local(),
        Err(_) => !host.contains('.') || ENDINGS.iter().any(|ending| host.ends_with(ending)),
    };
    if !looks_local || url.starts_with("tcp://") {
        return None;
    }
    let answer = find("curl")?.prepare(&job.variables).decide(&target);
    (answer.decision == Decision::Proxied).then(|| {
        let text = "looks local, and requests to this host go to the proxy";
        let remedy =
            Remedy::Each("add", vec![host.to_owned()], ", if the job reaches the host without the proxy");
        Finding::new(Kind::NoProxyLocalHost, "NO_PROXY", text, "").entry(host).remedy(remedy)
    })
}

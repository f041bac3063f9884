//! The entries of NO_PROXY, each asked of every client that was measured.

use super::variables::list;
use super::{Finding, Job};
use crate::client::{Destination, Harm, all, survey};
use crate::command::explain::own_addresses;
use crate::no_proxy::after_userinfo;
use crate::no_proxy::entry::Entry;
use crate::proxy_url::redact;

pub fn check(job: &Job) -> Vec<Finding> {
    if !job.environment.has_proxy() {
        return Vec::new();
    }
    let value = job.no_proxy();
    let mut found = shape(value);
    let hosts = after_userinfo(value);
    if value.contains('@') {
        let text = "holds an '@': no program reads what stands before it, which may be a password";
        found.push(Finding::failure("NO_PROXY", text, "name hosts only"));
    }
    let entries: Vec<&str> = hosts
        .split(|c: char| c == ',' || c.is_ascii_whitespace())
        .filter(|entry| !entry.is_empty())
        .collect();
    for (at, entry) in entries.iter().enumerate() {
        let shown = if hosts.contains('@') { "***".to_owned() } else { redact(entry) };
        match entries.iter().enumerate().find(|(other, by)| *other != at && covers(by, entry, *other < at)) {
            Some((_, by)) => {
                let text = format!("{shown} says nothing beside {}", redact(by));
                found.push(Finding::note("NO_PROXY", &text, &format!("remove {shown}")));
            }
            None if for_docker(job, entry) => {}
            None => found.extend(judge(entry, &shown)),
        }
    }
    if !entries.contains(&"*") {
        let missing = list(["localhost", "127.0.0.1"].into_iter().filter(|name| !entries.contains(name)));
        if !missing.is_empty() {
            let text = format!("{missing} not in the list: only Go and Ruby bypass loopback by themselves");
            found.push(Finding::note("NO_PROXY", &text, &format!("add {missing}")));
        }
        found.extend(own_addresses(job.environment).iter().filter_map(|url| local_without_bypass(job, url)));
    }
    found
}

/// What is wrong with the list as a whole.
fn shape(value: &str) -> Vec<Finding> {
    let normalizing = "jobproxy setup removes that";
    let failure = |text: &str| Finding::failure("NO_PROXY", text, normalizing);
    let mut found = Vec::new();
    let parts: Vec<&str> = value.split(',').map(str::trim_ascii).collect();
    if parts.len() > 1 && parts.iter().any(|part| part.is_empty()) {
        found.push(failure("has an empty entry, which means every host to Perl's LWP and HTTP::Tiny"));
    }
    if parts.iter().any(|part| part.contains(|c: char| c.is_ascii_whitespace())) {
        found.push(failure("has blanks between entries, where the list ends for curl >= 8.9 and Go"));
    }
    if parts.len() > 1 && parts.contains(&"*") {
        found.push(failure("has a * beside other entries, which most programs do not take for every host"));
    }
    found
}

/// What the clients make of one entry.
fn judge(entry: &str, shown: &str) -> Vec<Finding> {
    let findings = survey(entry);
    let readers = all().iter().filter(|client| client.reads_a_list()).count();
    let who = |harm: Harm| -> Vec<&str> {
        findings.iter().filter(|finding| finding.harm == harm).map(|finding| finding.client.name).collect()
    };
    let canonical = match Entry::parse(entry) {
        Entry::Kept(entry, Some(_)) => format!("write it as {entry}"),
        Entry::Range(_, reason) | Entry::Unusable(reason) => {
            format!("jobproxy setup removes {shown}: {reason}")
        }
        _ => "name the host for those that need it".to_owned(),
    };
    let mut found = Vec::new();
    let (breaks, wide, ignored) = (who(Harm::Breaks), who(Harm::TooWide), who(Harm::Ignored));
    if !breaks.is_empty() {
        let text = format!("{shown} makes every request of these fail: {}", list(breaks.into_iter()));
        found.push(Finding::failure("NO_PROXY", &text, &canonical.clone()));
    }
    if !wide.is_empty() {
        let text = format!("{shown} means more hosts than it says to these: {}", list(wide.into_iter()));
        found.push(Finding::failure("NO_PROXY", &text, &canonical.clone()));
    }
    if !ignored.is_empty() {
        let count = ignored.len();
        let nearly_all = count * 10 >= readers * 9;
        let text =
            format!("{shown} is ignored by {count} of {readers} clients: {}", list(ignored.into_iter()));
        found.push(Finding { fails: nearly_all, ..Finding::note("NO_PROXY", &text, &canonical) });
    }
    found
}

/// Whether `by` says all that `entry` says, to every client: equal but for writing, or its suffix.
fn covers(by: &str, entry: &str, earlier: bool) -> bool {
    let canonical = |entry: &str| match Entry::parse(entry) {
        Entry::Kept(entry, _) => Some(entry),
        Entry::Range(range, _) => Some(range.to_string()),
        _ => None,
    };
    let (Some(by), Some(entry)) = (canonical(by), canonical(entry)) else { return false };
    if by == entry {
        return earlier;
    }
    by.starts_with('.') && !entry.contains(':') && entry.ends_with(by.as_str())
}

/// The entries that `setup` adds for docker alone; others may ignore them.
fn for_docker(job: &Job, entry: &str) -> bool {
    let texts = &job.environment.texts;
    let daemon = texts.docker_host.as_deref();
    let daemon =
        daemon.and_then(|host| crate::machine::daemon::docker(host, texts.docker_tls_verify.is_some()));
    matches!(entry, "docker:2375" | "docker:2376") || daemon.as_deref() == Some(entry)
}

/// One of the job's own addresses that is plainly inside and still goes to the proxy.
fn local_without_bypass(job: &Job, url: &str) -> Option<Finding> {
    const ENDINGS: [&str; 5] = [".local", ".internal", ".corp", ".lan", ".home.arpa"];
    let target = Destination::parse(url)?;
    let host = target.host();
    let private = match host.parse() {
        Ok(std::net::IpAddr::V4(address)) => address.is_private(),
        Ok(std::net::IpAddr::V6(address)) => address.is_unique_local(),
        Err(_) => !host.contains('.') || ENDINGS.iter().any(|ending| host.ends_with(ending)),
    };
    if !private || url.starts_with("tcp://") {
        return None;
    }
    let client = crate::client::find("curl")?;
    let answer = client.prepare(&job.variables).decide(&target);
    (answer.decision == crate::client::Decision::Proxied).then(|| {
        let text = format!("{host} looks local, but requests to it go to the proxy");
        Finding::note("NO_PROXY", &text, &format!("add {host} if it is reached without the proxy"))
    })
}

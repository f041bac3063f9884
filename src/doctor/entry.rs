//! One entry of NO_PROXY: what the clients make of it, and how to write it.

use std::net::IpAddr;

use super::finding::Remedy;
use super::{Finding, Job, Kind};
use crate::client::{Client, Harm, Misreading, all};
use crate::no_proxy::entry::{CidrPolicy, Entry};

/// Returns the canonical form of an entry that stands for one host, one suffix or one range.
pub fn canonical(entry: &str) -> Option<String> {
    match Entry::parse(entry) {
        Entry::Kept(entry, _) => Some(entry),
        Entry::Range(range, _) => Some(range.to_string()),
        Entry::Everything | Entry::Unusable(_) => None,
    }
}

/// Judges one entry by what each client makes of it.
pub fn judge(job: &Job, name: &str, entry: &str, shown: &str, misreadings: &[Misreading]) -> Vec<Finding> {
    let remedy = remedy(job, entry, shown);
    let readers = all().iter().filter(|client| client.reads_a_list()).count();
    let mut found = Vec::new();
    for (harm, kind, text) in [
        (Harm::Breaks, Kind::NoProxyEntryBreaks, "every request of these fails because of the entry"),
        (Harm::TooWide, Kind::NoProxyEntryWide, "these go direct to more hosts than the entry names"),
        (Harm::Ignored, Kind::NoProxyEntryIgnored, "ignored by these clients"),
    ] {
        let meant = misreadings.iter().filter(|misreading| misreading.harm == harm);
        let clients: Vec<&'static Client> = meant.map(|misreading| misreading.client).collect();
        // An entry that does harm is to be rewritten or removed in any case.
        if clients.is_empty() || harm == Harm::Ignored && !found.is_empty() {
            continue;
        }
        let is_unread = harm == Harm::Ignored && clients.len() * 10 >= readers * 9;
        let (kind, text) = if is_unread {
            (Kind::NoProxyEntryUnread, "ignored by nearly every client")
        } else {
            (kind, text)
        };
        found.push(Finding::new(kind, name, text, "").entry(shown).clients(clients).remedy(remedy.clone()));
    }
    // An entry that no program can read names no host, so that the models report no client that misses a host.
    if let (true, Entry::Unusable(reason)) = (found.is_empty(), Entry::parse(entry)) {
        let text = format!("names no host ({reason})");
        found.push(Finding::new(Kind::NoProxyEntryUnread, name, text, "").entry(shown).remedy(remedy));
    }
    found
}

/// Returns how to write an entry so that the clients read the entry as it is meant.
fn remedy(job: &Job, entry: &str, shown: &str) -> Remedy {
    match Entry::parse(entry) {
        Entry::Range(form, _) if form.is_ipv4() => range(job, entry, form.to_string()),
        Entry::Kept(form, Some(_)) => Remedy::Each("write", vec![form], ""),
        Entry::Kept(..) if entry.contains(':') && entry.parse::<IpAddr>().is_err() => {
            Remedy::Text("for these programs, write the host without the port".to_owned())
        }
        Entry::Kept(..) | Entry::Everything => Remedy::Text("for these programs, name the hosts".to_owned()),
        Entry::Range(..) => Remedy::Each("name the hosts instead of", vec![shown.to_owned()], ""),
        Entry::Unusable(_) => Remedy::Each("remove", vec![shown.to_owned()], ""),
    }
}

/// Returns the remedy for a range: programs that read ranges get the range, the other programs need the hosts.
fn range(job: &Job, entry: &str, form: String) -> Remedy {
    match (job.options.cidr, entry == form) {
        (CidrPolicy::Keep, true) => {
            Remedy::Text("name the hosts for the programs that read no range".to_owned())
        }
        (CidrPolicy::Keep, false) => {
            Remedy::Each("write", vec![form], ", and name the hosts for the programs that read no range")
        }
        (_, true) => Remedy::Text(
            "set JOBPROXY_CIDR=keep for the programs that read ranges, or name the hosts".to_owned(),
        ),
        (_, false) => Remedy::Each(
            "write",
            vec![form],
            " and set JOBPROXY_CIDR=keep for the programs that read ranges, or name the hosts",
        ),
    }
}

//! libcurl: also inside git, cargo, dnf, PHP and Python's pycurl.

use super::super::network::{Network, atoi, decimal};
use super::super::pattern::{Pattern, Scope, Shape, Subject};
use super::{NONE, Rule, lower, split_any};

/// Before 7.86: names only, addresses included. `check_noproxy` in lib/url.c.
pub(in super::super) const CURL_7_74: Rule = Rule {
    split: |list| split_any(list, |letter| matches!(letter, ',' | ' ')),
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(lower(text))));
    },
    lone_star: true,
    ..NONE
};

/// IPv4 networks since 7.86. `Curl_check_noproxy` in lib/noproxy.c, as tagged 7.88.1. It looks for the brackets
/// of an IPv6 host, which the caller has taken off: such a host is compared as a name.
pub(in super::super) const CURL_7_86: Rule = Rule {
    split: |list| split_any(list, |letter| matches!(letter, ',' | ' ' | '\t')),
    read: |entry, patterns| {
        name(entry, Scope::Names, patterns);
        name(entry, Scope::V6, patterns);
        let (base, bits) = entry.split_once('/').map_or((entry, 0), |(base, bits)| (base, atoi(bits)));
        let network = u32::try_from(bits).ok().and_then(|bits| network(base, bits));
        patterns.extend(network.map(|it| Pattern::new(entry, Shape::Network(it)).scope(Scope::V4)));
    },
    lone_star: true,
    ..NONE
};

/// Since 8.9 a blank that no comma follows ends the list.
pub(in super::super) const CURL_8_9: Rule = Rule { split: until_blank, ..CURL_7_86 };

/// Since 8.18 an IPv6 host is known without its brackets, and a prefix is a number or nothing.
pub(in super::super) const CURL_8_23: Rule = Rule {
    read: |entry, patterns| {
        name(entry, Scope::Names, patterns);
        patterns.extend(strict_network(entry).map(|it| Pattern::new(entry, Shape::Network(it))));
    },
    ..CURL_8_9
};

/// A name is compared without one trailing dot on either side and without a leading one on the entry's.
fn name<'a>(entry: &'a str, scope: Scope, patterns: &mut Vec<Pattern<'a>>) {
    let text = entry.strip_suffix('.').unwrap_or(entry);
    let text = text.strip_prefix('.').unwrap_or(text);
    let pattern = Pattern::new(entry, Shape::Domain(lower(text)));
    patterns.push(pattern.scope(scope).on(Subject::Undotted));
}

fn strict_network(entry: &str) -> Option<Network> {
    match entry.split_once('/') {
        None => network(entry, 0),
        Some((base, bits)) => network(base, decimal(bits)?),
    }
}

/// A prefix of 0 means the whole address.
fn network(base: &str, bits: u32) -> Option<Network> {
    let address = base.parse().ok()?;
    if bits == 0 { Some(Network::single(address)) } else { Network::new(address, bits) }
}

fn until_blank(list: &str) -> Vec<&str> {
    let blank = |letter: char| matches!(letter, ' ' | '\t');
    let mut entries = Vec::new();
    for part in list.split(',') {
        let part = part.trim_start_matches(blank);
        let (entry, rest) = part.split_at(part.find(blank).unwrap_or(part.len()));
        if !entry.is_empty() {
            entries.push(entry);
        }
        if !rest.trim_start_matches(blank).is_empty() {
            break;
        }
    }
    entries
}

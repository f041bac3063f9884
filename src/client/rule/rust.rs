//! Rust: hyper-util (reqwest, uv), deno, ureq, attohttpc.

use super::super::network::Network;
use super::super::pattern::{Pattern, Scope, Shape, Subject};
use super::{NONE, Rule, commas, commas_trimmed, lower};

/// `NoProxy::from_string` and `DomainMatcher::contains` in hyper-util's client/proxy/matcher.rs:
/// an address is compared with addresses and networks only, so `*` leaves it behind the proxy.
pub(in super::super) const HYPER_UTIL: Rule =
    Rule { split: commas_trimmed, read: |entry, patterns| read(entry, lower(entry), patterns), ..NONE };

/// ext/fetch/proxy.rs: the same, but a list in capitals matches nothing.
pub(in super::super) const DENO: Rule = Rule {
    split: |list| list.split(',').map(str::trim).collect(),
    read: |entry, patterns| read(entry, entry.to_owned(), patterns),
    ..NONE
};

fn read<'a>(entry: &'a str, text: String, patterns: &mut Vec<Pattern<'a>>) {
    let network = Network::parse(entry).or_else(|| Some(Network::single(entry.parse().ok()?)));
    let shape = match network {
        Some(network) => Shape::Network(network),
        None if entry == "*" => Shape::All,
        None => Shape::Domain(text.strip_prefix('.').map(str::to_owned).unwrap_or(text)),
    };
    let scope = if network.is_some() { Scope::Any } else { Scope::Names };
    patterns.push(Pattern::new(entry, shape).scope(scope));
}

/// `NoProxyEntry::try_parse` in ureq 3's src/proxy.rs. Nothing is trimmed; ureq 2 has no such list.
pub(in super::super) const UREQ: Rule = Rule {
    split: commas,
    read: |entry, patterns| {
        let text = lower(entry);
        let shape = match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(end), _) => Shape::Suffix(end.to_owned()),
            (None, _) if text.starts_with('.') => Shape::Suffix(text),
            (None, Some(start)) => Shape::Prefix(start.to_owned()),
            (None, None) if text.ends_with('.') => Shape::Prefix(text),
            (None, None) => Shape::Exact(text),
        };
        patterns.push(Pattern::new(entry, shape).on(Subject::Bracketed));
    },
    ..NONE
};

/// `ProxySettings::for_url`: any text that the host ends in, the empty one (`a,,b`, `..`) included.
pub(in super::super) const ATTOHTTPC: Rule = Rule {
    split: |list| list.split(',').map(str::trim).collect(),
    read: |entry, patterns| {
        let text = entry.trim_start_matches('.').to_ascii_lowercase();
        patterns.push(Pattern::new(entry, Shape::Suffix(text)).on(Subject::Bracketed));
    },
    lone_star: true,
    ..NONE
};

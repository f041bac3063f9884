//! Bun: fetch and `bun install`.

use std::net::IpAddr;

use super::{Model, NO_LIST, Rule, lower, split_any};
use crate::client::network::{Network, decimal};
use crate::client::pattern::{Pattern, Port, Scope, Shape, Subject};
use crate::client::proxy_value::Flaw::{Hash, LeadingBlank, NotAProxy, Question, Slash};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::LOWER_FIRST_OR_ALL;

/// `get_http_proxy` in src/dotenv/env_loader.rs.
pub const BUN: Model = Model {
    sources: LOWER_FIRST_OR_ALL,
    syntax: Syntax { fails: &[LeadingBlank, NotAProxy, Hash, Question, Slash], ..ANY_VALUE },
    rule: RULE,
    ..Model::DEFAULT
};

/// `matches` in src/dotenv/no_proxy.rs: a name covers its subdomains, an address is compared with addresses and
/// networks only.
const RULE: Rule = Rule {
    split: |list| split_any(list, |letter| matches!(letter, ',' | ' ' | '\t' | '\r' | '\n')),
    read: |entry, patterns| {
        if entry == "*" {
            patterns.push(Pattern::new(entry, Shape::All));
            return;
        }
        if let Some((base, bits)) = entry.split_once('/') {
            let bits = decimal(bits).filter(|bits| *bits <= 255);
            let base = super::unbracketed(base).parse().ok();
            let network = base.zip(bits).and_then(|(base, bits)| network(base, bits));
            patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network))));
            return;
        }
        let Some((host, port)) = host_and_port(entry) else { return };
        let host = host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host);
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.is_empty() {
            return;
        }
        // `10.1` and `0x0a.0.0.1` are no addresses (measured).
        if let Ok(address) = host.parse::<IpAddr>() {
            let shape = Shape::Network(Network::single(address.to_canonical()));
            patterns.push(Pattern::new(entry, shape).port(port));
        }
        let name = Pattern::new(entry, Shape::Domain(lower(host))).port(port);
        patterns.push(name.scope(Scope::Names).on(Subject::Undotted));
    },
    ..NO_LIST
};

/// `::ffff:10.0.0.0/104` is the network `10.0.0.0/8`.
fn network(base: IpAddr, bits: u32) -> Option<Network> {
    let canonical = base.to_canonical();
    let bits = if base.is_ipv6() && canonical.is_ipv4() { bits.checked_sub(96)? } else { bits };
    Network::new(canonical, bits)
}

/// `split_port`. An entry whose port is no number never matches.
fn host_and_port(entry: &str) -> Option<(&str, Port)> {
    let (host, port) = match entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None if !entry.starts_with('[') && entry.matches(':').count() == 1 => {
            entry.split_once(':').map(|(host, port)| (host, Some(port)))?
        }
        None => (entry, None),
    };
    let port = match port {
        None => Port::Any,
        Some(port) => Port::Effective(decimal(port)?),
    };
    Some((host, port))
}

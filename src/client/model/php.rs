//! PHP: Composer. PHP's own streams read no variable.

use super::{Model, NO_LIST, Rule, commas_or_blanks, effective, lower};
use crate::client::network::{Network, decimal};
use crate::client::pattern::{Pattern, Scope, Shape};
use crate::client::proxy_value::Flaw::{Hash, LeadingBlank, NotAProxy, Question, Slash};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::LOWER_FIRST;

/// Composer: `Composer\Util\Http\ProxyManager`.
pub const COMPOSER: Model = Model {
    sources: LOWER_FIRST,
    syntax: Syntax { fails: &[LeadingBlank, NotAProxy, Hash, Question, Slash], ..ANY_VALUE },
    rule: COMPOSER_RULE,
    ..Model::DEFAULT
};

/// `Composer\Util\NoProxyPattern`.
const COMPOSER_RULE: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        // A `*` is a wildcard only as the first entry.
        if entry == "*" && patterns.is_empty() {
            patterns.push(Pattern::new(entry, Shape::All));
        }
        let Some((host, port)) = split_host_port(entry) else { return };
        let port = effective(port);
        let (base, prefix) = host.split_once('/').map_or((host, None), |(base, bits)| (base, Some(bits)));
        match (base.parse(), prefix) {
            (Ok(address), None) => {
                patterns.push(Pattern::new(entry, Shape::Network(Network::single(address))).port(port));
            }
            // `match` returns before the port of a network is compared.
            (Ok(address), Some(bits)) => {
                let number = decimal(bits).filter(|_| bits == "0" || !bits.starts_with('0'));
                let network = number.and_then(|bits| Network::new(address, bits));
                patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network))));
            }
            (Err(_), None) => {
                let shape = Shape::Domain(lower(host.trim_start_matches('.')));
                patterns.push(Pattern::new(entry, shape).port(port).scope(Scope::Any));
            }
            (Err(_), Some(_)) => (),
        }
    },
    lone_star: true,
    ..NO_LIST
};

/// `splitHostPort`: brackets, then exactly one colon with a port from 1 to 65535.
fn split_host_port(entry: &str) -> Option<(&str, u32)> {
    let (address, rest) = match entry.strip_prefix('[') {
        Some(inner) => inner.split_once(']').filter(|(address, _)| address.len() > 1)?,
        None => ("", entry),
    };
    if !address.is_empty() && (rest.contains(['[', ']']) || rest.matches(':').count() > 1) {
        return None;
    }
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) if !port.contains(':') => {
            (host, decimal(port).filter(|number| (1..=65535).contains(number) && !port.starts_with('0'))?)
        }
        _ => (rest, 0),
    };
    // Text after the brackets makes the address invalid.
    if address.is_empty() { Some((host, port)) } else { host.is_empty().then_some((address, port)) }
}

//! Chromium, and everything that drives it: Puppeteer, Playwright's browser, Chrome.

use super::{Loopback, Model, NO_LIST, Note, Rule, lower, split_any};
use crate::client::network::{Network, aton, decimal};
use crate::client::pattern::{Pattern, Port, Scope, Shape, Subject};
use crate::client::proxy_value::Flaw::{At, NotAProxy, Path};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Empty, LOWER_ALL, LOWER_FIRST, LOWER_HTTP, LOWER_HTTPS, Sources};

/// `GetConfigFromEnv` in net/proxy_resolution/proxy_config_service_linux.cc: `all_proxy` comes first, a value that
/// cannot be parsed counts as unset, and the userinfo is dropped (`FixupProxyHostScheme`).
pub const CHROMIUM: Model = Model {
    sources: Sources {
        http: &[LOWER_ALL, LOWER_HTTP],
        https: &[LOWER_ALL, LOWER_HTTPS],
        empty: Empty::Hides,
        empty_list: Empty::Hides,
        ..LOWER_FIRST
    },
    syntax: Syntax { goes_direct: &[At, Path, NotAProxy], ..ANY_VALUE },
    rule: RULE,
    note: Note::WithCredentials("chromium sends no user or password to a proxy, which will answer 407"),
    ..Model::DEFAULT
};

/// `SchemeHostPortMatcherRule::FromUntrimmedRawString` in net/base/scheme_host_port_matcher_rule.cc, after which
/// `RewriteRulesForSuffixMatching` puts a `*` before every name. `ProxyBypassRules::MatchesImplicitRules` exempts
/// loopback and link-local addresses.
const RULE: Rule = Rule {
    split: |list| split_any(list, |letter| matches!(letter, ',' | ';')),
    read: |entry, patterns| {
        let entry_text = entry.trim_ascii();
        if entry_text.eq_ignore_ascii_case("<local>") {
            patterns.push(Pattern::new(entry, Shape::WithoutDot).scope(Scope::Names));
            return;
        }
        let (scope, text) = match entry_text.split_once("://") {
            None => (Scope::Any, entry_text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scope::Http, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scope::Https, rest),
            Some(_) => return,
        };
        if let Some((base, bits)) = text.split_once('/') {
            let network = address(base).zip(decimal(bits)).and_then(|(base, bits)| Network::new(base, bits));
            patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network)).scope(scope)));
        } else if let Some((address, port)) = address_and_port(text) {
            let shape = Shape::Network(Network::single(address));
            patterns.push(Pattern::new(entry, shape).port(port).scope(scope));
        } else if let Some((host, port)) = host_and_port(text) {
            let host = lower(host);
            let glob = if host.starts_with('*') { host } else { format!("*{host}") };
            patterns
                .push(Pattern::new(entry, Shape::Glob(glob)).port(port).scope(scope).on(Subject::Bracketed));
        }
    },
    loopback: Loopback::AndLinkLocal,
    ..NO_LIST
};

/// `IPAddress::AssignFromIPLiteral`: IPv4 in every form of `inet_aton`, IPv6 without brackets.
fn address(text: &str) -> Option<std::net::IpAddr> {
    if text.contains(':') { text.parse().ok() } else { aton(text).map(Into::into) }
}

/// `ParseHostAndPort`, whose host is an address. An IPv6 address needs brackets.
fn address_and_port(text: &str) -> Option<(std::net::IpAddr, Port)> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, Port::Any),
        Some((host, rest)) => (host, Port::Effective(decimal(rest.strip_prefix(':')?)?)),
        None if text.contains('[') => return None,
        None => match text.split_once(':') {
            None => (text, Port::Any),
            Some((host, port)) => (host, Port::Effective(decimal(port)?)),
        },
    };
    Some((address(host)?, port))
}

/// A name up to the last colon, and the port after the colon.
fn host_and_port(text: &str) -> Option<(&str, Port)> {
    match text.rsplit_once(':') {
        None => Some((text, Port::Any)).filter(|(host, _)| !host.is_empty()),
        Some((host, port)) => Some((host, Port::Effective(decimal(port).filter(|port| *port <= 0xffff)?))),
    }
}

//! httpx.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::python::REQUESTS_SOURCES;
use super::{Model, NO_LIST, Rule, commas_trimmed, lower, unbracketed};
use crate::client::network::Network;
use crate::client::pattern::{Pattern, Port, Scope, Shape};
use crate::client::proxy_value::Flaw::{Hash, LeadingBlank, NotAProxy, Question, Slash};
use crate::client::proxy_value::{ANY_VALUE, Syntax};

/// httpx 0.28.
pub const HTTPX: Model = Model {
    sources: REQUESTS_SOURCES,
    syntax: Syntax {
        fails: &[NotAProxy],
        fails_at_start: &[LeadingBlank, Hash, Question, Slash],
        ..ANY_VALUE
    },
    rule: HTTPX_RULE,
    ..Model::DEFAULT
};

/// httpx2 2.16, and huggingface_hub, which uses httpx2.
pub const HTTPX2: Model = Model { rule: HTTPX2_RULE, ..HTTPX };

/// `get_environment_proxies` and `URLPattern` in httpx/_utils.py: each entry becomes a URL pattern, `all://*entry`
/// for a name. An entry that is not a valid URL makes the constructor of `httpx.Client` fail.
const HTTPX_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let pattern = |shape| Pattern::new(entry, shape);
        if entry.bytes().any(|byte| byte.is_ascii_control()) {
            patterns.push(pattern(Shape::Fails("a control character")));
            return;
        }
        let base = entry.split('/').next().unwrap_or_default();
        let (scheme, authority) = match entry.split_once("://") {
            // Without a valid scheme the entry is a path, and a path must not begin with a colon.
            Some((scheme, _)) if !is_scheme(scheme) => {
                if entry.starts_with(':') {
                    patterns.push(pattern(Shape::Fails("a path that begins with a colon")));
                }
                return;
            }
            Some((scheme, rest)) => (lower(scheme), rest.to_owned()),
            None if base.parse::<Ipv4Addr>().is_ok() || entry.eq_ignore_ascii_case("localhost") => {
                (String::new(), entry.to_owned())
            }
            None if scoped_ipv6(base) => (String::new(), format!("[{entry}]")),
            None => (String::new(), format!("*{entry}")),
        };
        push_url(entry, &scheme, &authority, patterns);
    },
    validates_first: true,
    star_hides_proxies: true,
    ..NO_LIST
};

/// httpx2 2.16: the same functions ignore an entry that is no valid URL, and accept networks and brackets.
const HTTPX2_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        if entry == "*" {
            patterns.push(Pattern::new(entry, Shape::All));
            return;
        }
        let (scheme, rest) = match entry.split_once("://") {
            Some((scheme, rest)) => (lower(scheme), rest),
            None => (String::new(), entry),
        };
        let (base, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_v6 = scoped_ipv6(base);
        let is_address = is_v6 || base.parse::<Ipv4Addr>().is_ok();
        let authority = match base {
            _ if scheme.is_empty() && is_v6 => format!("[{base}]"),
            _ if !scheme.is_empty() || is_address || base.starts_with('[') => base.to_owned(),
            _ if base.eq_ignore_ascii_case("localhost") || base.starts_with("*.") => base.to_owned(),
            _ if rest.contains('/') => return,
            _ => format!("*{base}"),
        };
        if path.is_empty() || !(is_address || base.starts_with('[')) {
            let from = patterns.len();
            push_url(entry, &scheme, &authority, patterns);
            if patterns.get(from).is_some_and(Pattern::is_failure) {
                patterns.truncate(from);
            }
        } else if let Some(scope) = scope_of(&scheme) {
            let network = Network::parse(&format!("{}/{path}", unbracketed(base)));
            patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network)).scope(scope)));
        }
    },
    star_hides_proxies: true,
    ..NO_LIST
};

/// `URLPattern`: adds the meaning of `scheme://authority`, or of an invalid authority.
fn push_url<'a>(entry: &'a str, scheme: &str, authority: &str, patterns: &mut Vec<Pattern<'a>>) {
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host_and_port(authority) {
        Err(reason) => return patterns.push(Pattern::new(entry, Shape::Fails(reason))),
        Ok(parts) => parts,
    };
    let Some(scope) = scope_of(scheme) else { return };
    let port = match (port, scope) {
        (Some(80), Scope::Http) | (Some(443), Scope::Https) | (None, _) => Port::Any,
        (Some(port), _) => Port::Unusual(port),
    };
    // The proxy for the request's scheme takes precedence over a pattern without host and port, unless the entry is
    // the scheme itself (`http://`).
    let shape = shape_of(host);
    if !matches!(shape, Shape::All) || port != Port::Any || entry.ends_with("://") {
        patterns.push(Pattern::new(entry, shape).port(port).scope(scope));
    }
}

/// Returns the kind of request that a scheme in an entry is for; `None` for a scheme that no request has.
fn scope_of(scheme: &str) -> Option<Scope> {
    match scheme {
        "" | "all" => Some(Scope::Any),
        "http" => Some(Scope::Http),
        "https" => Some(Scope::Https),
        _ => None,
    }
}

/// Returns whether the text is an IPv6 address. Python accepts a zone (`fe80::1%eth0`).
fn scoped_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').map_or((text, "eth0"), |(address, zone)| (address, zone));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && !zone.contains('%')
}

fn is_scheme(text: &str) -> bool {
    let rest = text.strip_prefix(|first: char| first.is_ascii_alphabetic());
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'-' | b'.');
    rest.is_some_and(|rest| rest.bytes().all(fits))
}

/// httpx compares with the host in lower case, and leaves the letter case of an IPv6 address in an entry
/// (`encode_host` in `httpx/_urlparse.py`).
fn shape_of(host: &str) -> Shape {
    let host = if scoped_ipv6(host) { host.to_owned() } else { lower(host) };
    match (host.strip_prefix("*."), host.strip_prefix('*')) {
        _ if host.is_empty() || host == "*" => Shape::All,
        (Some(domain), _) => Shape::Suffix(format!(".{domain}")),
        (None, Some(domain)) => Shape::Domain(domain.to_owned()),
        (None, None) => Shape::Exact(host),
    }
}

/// `AUTHORITY_REGEX`, `encode_host` and `normalize_port` in `httpx/_urlparse.py`.
fn host_and_port(authority: &str) -> Result<(&str, Option<u32>), &'static str> {
    if !authority.is_ascii() {
        return Err("a letter outside ASCII");
    }
    let (host, rest) = match authority.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
        Some((address, rest)) if scoped_ipv6(address) => (address, rest),
        Some(_) => return Err("no IPv6 address between its brackets"),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    match rest.strip_prefix(':').unwrap_or(rest) {
        "" => Ok((host, None)),
        // Python's `int` accepts blanks around the digits.
        port => {
            port.trim().parse().map(|port| (host, Some(port))).map_err(|_| "no port number after its colon")
        }
    }
}

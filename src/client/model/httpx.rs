//! httpx.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::python::REQUESTS_SOURCES;
use super::{Model, NO_LIST, Rule, commas_trimmed, lower};
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
};

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
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        match host_and_port(authority) {
            Err(reason) => patterns.push(pattern(Shape::Fails(reason))),
            Ok((host, port)) => {
                let scope = match scheme.as_str() {
                    "http" => Scope::Http,
                    "https" => Scope::Https,
                    _ => Scope::Any,
                };
                let port = match (port, scope) {
                    (Some(80), Scope::Http) | (Some(443), Scope::Https) | (None, _) => Port::Any,
                    (Some(port), _) => Port::Unusual(port),
                };
                // The proxy for the request's scheme takes precedence over a pattern without host and port, unless
                // the entry is the scheme itself (`http://`). A pattern for another scheme matches no request.
                let shape = shape_of(host);
                let hidden = matches!(shape, Shape::All) && port == Port::Any && !entry.ends_with("://");
                if !hidden && matches!(scheme.as_str(), "" | "all" | "http" | "https") {
                    patterns.push(pattern(shape).port(port).scope(scope));
                }
            }
        }
    },
    validates_first: true,
    ..NO_LIST
};

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

fn shape_of(host: &str) -> Shape {
    let host = lower(host);
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
        port => port.parse().map(|port| (host, Some(port))).map_err(|_| "no port number after its colon"),
    }
}

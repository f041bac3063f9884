//! Python: urllib (boto3, the AWS CLI), requests (pip), httpx, aiohttp, httplib2.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::network::{Network, aton};
use super::super::pattern::{Pattern, Port, Scope, Shape, Subject};
use super::{NONE, Rule, commas, commas_trimmed, lower};

/// `proxy_bypass_environment` in Lib/urllib/request.py, asked about `host:port`.
pub(in super::super) const URLLIB: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let text = entry.trim_start_matches('.').to_ascii_lowercase();
        patterns.push(Pattern::new(entry, Shape::Domain(text.clone())).on(Subject::Bracketed));
        patterns.push(Pattern::new(entry, Shape::Domain(text)).on(Subject::Authority));
    },
    lone_star: true,
    ..NONE
};

/// `get_env_proxy_for_url` in aiohttp/helpers.py asks urllib about the host alone.
pub(in super::super) const AIOHTTP: Rule = Rule { read: host_only, ..URLLIB };

/// `should_bypass_proxies` in requests/utils.py up to 2.31: any text that a name ends in; then urllib's rule.
pub(in super::super) const REQUESTS_2_31: Rule =
    Rule { split: commas, read: |entry, patterns| requests(entry, Shape::Suffix, patterns), ..URLLIB };

/// By 2.34 a name ends in it from a label on, as urllib has it.
pub(in super::super) const REQUESTS_2_34: Rule = Rule {
    read: |entry, patterns| {
        let domain = |text: String| Shape::Domain(text.trim_start_matches('.').to_owned());
        requests(entry, domain, patterns);
    },
    ..REQUESTS_2_31
};

/// Spaces are taken out of the list, other blanks stay; urllib then reads the same entries its own way.
fn requests<'a>(entry: &'a str, name: fn(String) -> Shape, patterns: &mut Vec<Pattern<'a>>) {
    let text = entry.replace(' ', "");
    if !text.is_empty() {
        for subject in [Subject::Host, Subject::BareAuthority] {
            for scope in [Scope::Names, Scope::V6] {
                patterns.push(Pattern::new(entry, name(text.clone())).on(subject).scope(scope));
            }
        }
        let shape = network(&text).map_or(Shape::Exact(text), Shape::Network);
        patterns.push(Pattern::new(entry, shape).scope(Scope::V4));
    }
    if !entry.trim().is_empty() {
        host_only(entry.trim(), patterns);
    }
}

/// `is_valid_cidr`: IPv4 only, 1 to 32 bits, the address as `inet_aton` reads it.
fn network(text: &str) -> Option<Network> {
    let (base, bits) = text.split_once('/')?;
    let bits = bits.trim().parse().ok().filter(|bits| (1..=32).contains(bits))?;
    Network::new(aton(base)?.into(), bits)
}

fn host_only<'a>(entry: &'a str, patterns: &mut Vec<Pattern<'a>>) {
    let text = entry.trim_start_matches('.').to_ascii_lowercase();
    patterns.push(Pattern::new(entry, Shape::Domain(text)));
}

/// `bypass_host` in httplib2/__init__.py. Nothing is trimmed.
pub(in super::super) const HTTPLIB2: Rule = Rule {
    split: commas,
    read: |entry, patterns| match entry.strip_prefix('.') {
        Some(domain) => patterns.push(Pattern::new(entry, Shape::Domain(domain.to_owned()))),
        None if entry.is_empty() => (),
        None => patterns.push(Pattern::new(entry, Shape::Exact(entry.to_owned()))),
    },
    lone_star: true,
    ..NONE
};

/// `get_environment_proxies` and `URLPattern` in httpx/_utils.py: each entry becomes a URL, `all://*entry` for a
/// name, and one that is no URL makes the client itself impossible.
pub(in super::super) const HTTPX: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let pattern = |shape| Pattern::new(entry, shape);
        if entry.bytes().any(|byte| byte.is_ascii_control()) {
            patterns.push(pattern(Shape::Fails("a control character")));
            return;
        }
        let base = entry.split('/').next().unwrap_or_default();
        let (scheme, authority) = match entry.split_once("://") {
            // What is no scheme makes it a path, and that must not begin with a colon.
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
                // The mount for the request's scheme goes before a pattern with neither host nor port, unless the
                // entry is that very mount. Another scheme than these is none that a request has.
                let shape = shape_of(host);
                let hidden = matches!(shape, Shape::All) && port == Port::Any && !entry.ends_with("://");
                if !hidden && matches!(scheme.as_str(), "" | "all" | "http" | "https") {
                    patterns.push(pattern(shape).port(port).scope(scope));
                }
            }
        }
    },
    fails_early: true,
    ..NONE
};

/// Python reads a zone (`fe80::1%eth0`) as part of the address.
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

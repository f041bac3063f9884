//! undici, Node's built-in fetch, and Node's http.Agent.

use std::net::Ipv4Addr;

use super::{Model, NO_LIST, Rule, commas_or_blanks, commas_trimmed, effective, trailing_port};
use crate::client::network::decimal;
use crate::client::pattern::{Pattern, Port, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    Backslash, CapitalScheme, Hash, LeadingBlank, NoScheme, NoSchemeButColon, NoSchemeForHttps, NoSlashes,
    NotAProxy, OneSlash, Path, Percent, Question, Slash,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Empty, LOWER_FIRST, LOWER_HTTP, LOWER_HTTPS, Sources};

/// `EnvHttpProxyAgent` of undici 7: https falls back to the http proxy.
pub const UNDICI_7: Model = Model {
    sources: Sources {
        https: &[LOWER_HTTPS, LOWER_HTTP],
        empty: Empty::Hides,
        empty_list: Empty::Hides,
        ..LOWER_FIRST
    },
    syntax: Syntax {
        fails: &[NoSchemeForHttps],
        fails_at_start: &[
            NoScheme,
            NoSchemeButColon,
            Path,
            NotAProxy,
            Hash,
            Question,
            Slash,
            Backslash,
            Percent,
        ],
        accepts: &[NoSlashes, OneSlash],
        ..ANY_VALUE
    },
    rule: UNDICI_RULE,
    ..Model::DEFAULT
};

/// undici 8.10.
pub const UNDICI_8_10: Model = Model { rule: UNDICI_8_10_RULE, ..UNDICI_7 };

/// undici 8.13.
pub const UNDICI_8_13: Model = Model { rule: UNDICI_8_13_RULE, ..UNDICI_7 };

/// The copy of undici in Node 24.
pub const NODE_FETCH: Model = Model { rule: NODE_FETCH_RULE, ..UNDICI_7 };

/// Node's http.Agent with `proxyEnv`, or NODE_USE_ENV_PROXY=1: lib/internal/http.js.
pub const NODE_HTTP: Model = Model {
    sources: LOWER_FIRST,
    syntax: Syntax {
        fails: &[Hash, Question, Slash, Backslash, Percent],
        goes_direct: &[NoScheme, NoSchemeButColon, NoSchemeForHttps, CapitalScheme, LeadingBlank, NotAProxy],
        ..ANY_VALUE
    },
    rule: NODE_HTTP_RULE,
    ..Model::DEFAULT
};

/// `#parseNoProxy` in undici's lib/dispatcher/env-http-proxy-agent.js, as tagged 7.30.
const UNDICI_RULE: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        let (host, port) = trailing_port(entry).unwrap_or((entry, 0));
        let shape = Shape::Domain(without_wildcard(host).to_ascii_lowercase());
        patterns.push(Pattern::new(entry, shape).port(effective(port)).on(Subject::Bracketed));
    },
    lone_star: true,
    ..NO_LIST
};

/// undici 8.10 also accepts IPv6 entries, with and without brackets.
const UNDICI_8_10_RULE: Rule = Rule {
    read: |entry, patterns| {
        let (host, port) = bracketed_or_bare(entry);
        let shape = Shape::Domain(without_wildcard(host).to_ascii_lowercase());
        patterns.push(Pattern::new(entry, shape).port(effective(port)));
    },
    ..UNDICI_RULE
};

/// The copy in Node 24 also accepts `*` among other entries (measured).
const NODE_FETCH_RULE: Rule = Rule {
    read: |entry, patterns| match bracketed_or_bare(entry) {
        ("*", port) => patterns.push(Pattern::new(entry, Shape::All).port(effective(port))),
        _ => (UNDICI_8_10_RULE.read)(entry, patterns),
    },
    ..UNDICI_8_10_RULE
};

/// undici 8.13: `*.domain` covers subdomains only, and a trailing dot counts for nothing.
const UNDICI_8_13_RULE: Rule = Rule {
    read: |entry, patterns| {
        let (host, port) = bracketed_or_bare(entry);
        let domain = without_wildcard(host).to_ascii_lowercase();
        let domain = domain.strip_suffix('.').filter(|rest| !rest.is_empty()).unwrap_or(&domain);
        let shape = match domain {
            "*" => Shape::All,
            _ if entry.starts_with('*') => Shape::Suffix(format!(".{domain}")),
            _ => Shape::Domain(domain.to_owned()),
        };
        patterns.push(Pattern::new(entry, shape).port(effective(port)).on(Subject::Undotted));
    },
    lone_star: false,
    ..UNDICI_8_10_RULE
};

/// Splits `host:port`, `[address]:port`, `[address]` and bare addresses. A missing port is 0.
fn bracketed_or_bare(entry: &str) -> (&str, u32) {
    match entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, 0),
        Some((address, rest)) => {
            let port = rest.strip_prefix(':').and_then(decimal);
            port.map_or((entry, 0), |port| (address, port))
        }
        None if entry.matches(':').count() == 1 => trailing_port(entry).unwrap_or((entry, 0)),
        None => (entry, 0),
    }
}

fn without_wildcard(host: &str) -> &str {
    host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host)
}

/// `ProxyConfig.shouldUseProxy` in Node's lib/internal/http.js.
const NODE_HTTP_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let text = entry.to_ascii_lowercase();
        if text == "*" {
            patterns.push(Pattern::new(entry, Shape::All));
        } else if let Some((host, port)) = trailing_port(&text) {
            let port = if port.to_string().len() + host.len() + 1 == text.len() { port } else { u32::MAX };
            let shape = Shape::Exact(host.to_owned());
            patterns.push(Pattern::new(entry, shape).port(Port::Effective(port)));
        }
        let shape = match text.strip_prefix('.') {
            Some(domain) => Shape::Domain(domain.to_owned()),
            None if text.starts_with("*.") => Shape::Suffix(text[1..].to_owned()),
            None => Shape::Exact(text.clone()),
        };
        patterns.push(Pattern::new(entry, shape));
        if let Some((first, last)) = text.split_once('-') {
            let last = last.split('-').next().unwrap_or_default();
            if let (Ok(first), Ok(last)) = (first.trim().parse::<Ipv4Addr>(), last.trim().parse()) {
                patterns.push(Pattern::new(entry, Shape::Range(first, last)));
            }
        }
    },
    ..NO_LIST
};

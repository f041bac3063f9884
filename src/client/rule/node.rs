//! Node: proxy-from-env (axios, proxy-agent), undici, http.Agent, npm, global-agent, request (yarn).

use std::net::{IpAddr, Ipv4Addr};

use super::super::network::{Network, aton, decimal};
use super::super::pattern::{Pattern, Port, Scope, Shape, Subject};
use super::{NONE, Rule, commas, commas_or_blanks, commas_trimmed, effective, lower, trailing_port};

/// `shouldProxy` in proxy-from-env/index.js, both major versions.
pub(in super::super) const PROXY_FROM_ENV: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        let text = entry.to_ascii_lowercase();
        let (host, port) = trailing_port(&text).unwrap_or((&text, 0));
        let shape = match host.strip_prefix('*') {
            Some(end) => Shape::Suffix(end.to_owned()),
            None if host.starts_with('.') => Shape::Suffix(host.to_owned()),
            None => Shape::Exact(host.to_owned()),
        };
        patterns.push(Pattern::new(entry, shape).port(effective(port)).on(Subject::Bracketed));
    },
    lone_star: true,
    ..NONE
};

/// `#parseNoProxy` in undici's lib/dispatcher/env-http-proxy-agent.js, as tagged 7.30.
pub(in super::super) const UNDICI: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        let (host, port) = trailing_port(entry).unwrap_or((entry, 0));
        let shape = Shape::Domain(without_wildcard(host).to_ascii_lowercase());
        patterns.push(Pattern::new(entry, shape).port(effective(port)).on(Subject::Bracketed));
    },
    lone_star: true,
    ..NONE
};

/// The copy inside Node 24: IPv6 entries with and without brackets, and `*` anywhere (measured).
pub(in super::super) const NODE_FETCH: Rule = Rule {
    read: |entry, patterns| {
        let bracketed = entry.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match bracketed {
            Some((address, "")) => (address, 0),
            Some((address, rest)) => trailing_port(rest).map_or((address, 0), |(_, port)| (address, port)),
            None if entry.matches(':').count() == 1 => trailing_port(entry).unwrap_or((entry, 0)),
            None => (entry, 0),
        };
        let shape = match host {
            "*" => Shape::All,
            _ => Shape::Domain(without_wildcard(host).to_ascii_lowercase()),
        };
        patterns.push(Pattern::new(entry, shape).port(effective(port)));
    },
    ..UNDICI
};

fn without_wildcard(host: &str) -> &str {
    host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host)
}

/// `ProxyConfig.shouldUseProxy` in Node's lib/internal/http.js.
pub(in super::super) const NODE_HTTP: Rule = Rule {
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
    ..NONE
};

/// `isNoProxy` in @npmcli/agent's lib/proxy.js: labels from the end, empty ones dropped, capitals kept.
pub(in super::super) const NPM: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let labels: Vec<_> = entry.split('.').filter(|label| !label.is_empty()).collect();
        if !labels.is_empty() {
            patterns.push(Pattern::new(entry, Shape::Domain(labels.join("."))).on(Subject::Bracketed));
        }
    },
    ..NONE
};

/// `isUrlMatchingNoProxy` in global-agent: wildcards (package `matcher`), a leading dot being one of them.
pub(in super::super) const GLOBAL_AGENT: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        // It glues host and port to a URL without the brackets, and fails to read that back (measured).
        let broken = Shape::Fails("global-agent cannot read an IPv6 URL when NO_PROXY is set");
        patterns.push(Pattern::new(entry, broken).scope(Scope::V6));
        let text = lower(entry);
        let (host, port) = match trailing_port(&text) {
            // Compared as text, so that only the plain form can match.
            Some((host, _)) if text[host.len()..].starts_with(":0") => (host, Port::Never),
            Some((host, port)) => (host, Port::Unusual(port)),
            None => (text.as_str(), Port::Any),
        };
        let shape = match (host.strip_prefix('.'), host.strip_prefix('!')) {
            (Some(rest), _) => Shape::Glob(format!("*{rest}")),
            (None, Some(rest)) => Shape::NotGlob(rest.to_owned()),
            (None, None) => Shape::Glob(host.to_owned()),
        };
        patterns.push(Pattern::new(entry, shape).port(port));
    },
    ..NONE
};

/// `parseNoProxyZone` in request's lib/getProxyFromURI.js; yarn 1 uses it.
pub(in super::super) const REQUEST: Rule = Rule {
    split: commas,
    read: |entry, patterns| {
        let zone = entry.trim().to_ascii_lowercase();
        let mut parts = zone.split(':');
        let host = parts.next().unwrap_or_default();
        let port = match parts.next() {
            None => Port::Any,
            Some(port) => {
                decimal(port).filter(|_| !port.starts_with('0')).map_or(Port::Never, Port::Effective)
            }
        };
        // `indexOf` finds the first occurrence, and only one at the end counts.
        let shape = Shape::FirstAtEnd(host.trim_start_matches('.').to_owned());
        patterns.push(Pattern::new(entry, shape).port(port));
    },
    lone_star: true,
    ..NONE
};

/// axios asks proxy-from-env and then its own lib/helpers/shouldBypassProxy.js; either may say no.
pub(in super::super) const AXIOS: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        (PROXY_FROM_ENV.read)(entry, patterns);
        let text = entry.to_ascii_lowercase();
        if let Some((base, bits)) = text.rsplit_once('/') {
            let network = Network::parse(&format!("{}/{bits}", super::super::target::unbracketed(base)));
            patterns.extend(network.map(|it| Pattern::new(entry, Shape::Network(it))));
            return;
        }
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, rest)) => (address, rest.strip_prefix(':').and_then(decimal).unwrap_or(0)),
            None if text.matches(':').count() == 1 => text
                .rsplit_once(':')
                .and_then(|(host, port)| Some((host, decimal(port)?)))
                .unwrap_or((&text, 0)),
            None => (text.as_str(), 0),
        };
        let host = host.trim_end_matches('.');
        let pattern = |shape| Pattern::new(entry, shape).port(effective(port)).on(Subject::Undotted);
        let end = host.strip_prefix('*').unwrap_or(host);
        let short = aton(host).filter(|_| host.contains('.')).map(IpAddr::from);
        let address = end.parse().ok().or(short).map(|it: IpAddr| it.to_canonical());
        let shape = match address {
            _ if end.is_empty() => return,
            Some(address) => Shape::Network(Network::single(address)),
            None if end.starts_with('.') => Shape::Suffix(end.to_owned()),
            None => Shape::Exact(end.to_owned()),
        };
        patterns.push(pattern(shape));
        if end == "localhost" || address.is_some_and(|it| it.is_loopback() || it.is_unspecified()) {
            patterns.push(pattern(Shape::Loopback));
        }
    },
    lone_star: true,
    ..NONE
};

//! Libraries for Node: proxy-from-env (axios, proxy-agent), npm, global-agent, request (yarn 1).

use std::net::IpAddr;

use super::{
    Model, NO_LIST, Rule, commas, commas_or_blanks, commas_trimmed, effective, lower, trailing_port,
};
use crate::client::destination::unbracketed;
use crate::client::network::{Network, aton, decimal};
use crate::client::pattern::{Pattern, Port, Scope, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    Backslash, Hash, Ipv6, NoScheme, NoSchemeButColon, NoSchemeForHttps, NoSlashes, NotAProxy, OneSlash,
    Percent, Question, Slash,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{
    Empty, LOWER_FIRST, LOWER_FIRST_OR_ALL, LOWER_HTTP, LOWER_HTTPS, NOTHING, Sources, UPPER_FIRST,
    UPPER_HTTP, UPPER_HTTPS,
};

/// proxy-from-env, both major versions: the library returns the value as it is.
pub const PROXY_FROM_ENV: Model =
    Model { sources: LOWER_FIRST_OR_ALL, syntax: ANY_VALUE, rule: PROXY_FROM_ENV_RULE, ..Model::DEFAULT };

/// proxy-agent gets the value from proxy-from-env and parses the value as a URL.
pub const PROXY_AGENT: Model = Model { syntax: URL_SYNTAX, ..PROXY_FROM_ENV };

/// The value is parsed by `new URL(value)`, of the WHATWG URL standard.
const URL_SYNTAX: Syntax = Syntax {
    fails: &[NotAProxy, Hash, Question, Slash, Backslash, Percent],
    accepts: &[NoSlashes, OneSlash],
    ..ANY_VALUE
};

/// axios 1.7: proxy-from-env alone.
pub const AXIOS_1_7: Model = Model {
    syntax: Syntax { fails: &[Ipv6, NotAProxy, Hash, Question, Slash, Backslash], ..ANY_VALUE },
    ..PROXY_FROM_ENV
};

/// axios 1.21.
pub const AXIOS: Model = Model { rule: AXIOS_RULE, ..AXIOS_1_7 };

const NPM_SYNTAX: Syntax = Syntax {
    fails: &[
        NoScheme,
        NoSchemeButColon,
        NoSchemeForHttps,
        NotAProxy,
        Hash,
        Question,
        Slash,
        Backslash,
        Percent,
    ],
    accepts: &[NoSlashes, OneSlash],
    ..ANY_VALUE
};

/// npm: `getProxy` in @npmcli/agent prefers the https proxy for http URLs too.
pub const NPM: Model = Model {
    sources: Sources {
        http: &[UPPER_HTTPS, UPPER_HTTP],
        empty: Empty::Hides,
        empty_list: Empty::Hides,
        ..UPPER_FIRST
    },
    syntax: NPM_SYNTAX,
    rule: NPM_RULE,
    ..Model::DEFAULT
};

/// The request library, which yarn 1 uses: https falls back to the http proxy.
pub const REQUEST: Model = Model {
    sources: Sources { https: &[UPPER_HTTPS, UPPER_HTTP], ..UPPER_FIRST },
    // Node's `url.parse` finds a host after `//` only.
    syntax: Syntax { accepts: &[], ..NPM_SYNTAX },
    rule: REQUEST_RULE,
    ..Model::DEFAULT
};

/// global-agent with an empty GLOBAL_AGENT_ENVIRONMENT_VARIABLE_NAMESPACE.
pub const GLOBAL_AGENT: Model = Model {
    sources: Sources {
        http: &[&["HTTP_PROXY"]],
        https: &[&["HTTPS_PROXY", "HTTP_PROXY"]],
        no_proxy: &["NO_PROXY"],
        ..NOTHING
    },
    syntax: URL_SYNTAX,
    rule: GLOBAL_AGENT_RULE,
    ..Model::DEFAULT
};

/// pnpm 10: `getConfig` in config/config/src/index.ts takes the https proxy for http URLs too, and an empty variable
/// is a value. The list has npm's rule.
pub const PNPM_10: Model = Model {
    sources: Sources {
        http: &[LOWER_HTTPS, LOWER_HTTP, &["proxy", "PROXY"]],
        https: &[LOWER_HTTPS],
        empty: Empty::Disables,
        empty_list: Empty::Hides,
        ..LOWER_FIRST
    },
    syntax: Syntax { accepts: &[], ..URL_SYNTAX },
    rule: NPM_RULE,
    ..Model::DEFAULT
};

/// pnpm 12: `parse_proxy_url` in pacquet/crates/network/src/proxy.rs adds a missing scheme.
pub const PNPM_12: Model =
    Model { syntax: Syntax { fails: &[NotAProxy, Hash, Question, Slash, Backslash], ..NPM_SYNTAX }, ..NPM };

/// `shouldProxy` in proxy-from-env/index.js, both major versions.
const PROXY_FROM_ENV_RULE: Rule = Rule {
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
    ..NO_LIST
};

/// `isNoProxy` in @npmcli/agent's lib/proxy.js compares labels from the end. Empty labels are dropped, and the
/// letter case of an entry must match.
const NPM_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let labels: Vec<_> = entry.split('.').filter(|label| !label.is_empty()).collect();
        if !labels.is_empty() {
            patterns.push(Pattern::new(entry, Shape::Domain(labels.join("."))).on(Subject::Bracketed));
        }
    },
    ..NO_LIST
};

/// `isUrlMatchingNoProxy` in global-agent: wildcards of the package matcher. A leading dot means `*.`.
const GLOBAL_AGENT_RULE: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        // global-agent builds a URL from host and port without brackets and fails to parse that URL (measured).
        let broken = Shape::Fails("global-agent cannot read an IPv6 URL when NO_PROXY is set");
        patterns.push(Pattern::new(entry, broken).scope(Scope::V6));
        let text = lower(entry);
        let (host, port) = match trailing_port(&text) {
            // The port is compared as text, so only a port in plain decimal form can match.
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
    ..NO_LIST
};

/// `parseNoProxyZone` in request's lib/getProxyFromURI.js; yarn 1 uses request.
const REQUEST_RULE: Rule = Rule {
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
        // `indexOf` finds the first occurrence, which must be at the end of the host.
        let shape = Shape::FirstAtEnd(host.trim_start_matches('.').to_owned());
        patterns.push(Pattern::new(entry, shape).port(port));
    },
    lone_star: true,
    ..NO_LIST
};

/// axios calls proxy-from-env, and then axios' own lib/helpers/shouldBypassProxy.js. Both can exempt the host.
const AXIOS_RULE: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        (PROXY_FROM_ENV_RULE.read)(entry, patterns);
        let text = entry.to_ascii_lowercase();
        if let Some((base, bits)) = text.rsplit_once('/') {
            let network = axios_network(unbracketed(base), bits);
            patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network))));
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
        let address =
            end.parse().ok().or_else(|| short_address(host)).map(|address: IpAddr| address.to_canonical());
        let shape = match address {
            _ if end.is_empty() => return,
            Some(address) => Shape::Network(Network::single(address)),
            None if end.starts_with('.') => Shape::Suffix(end.to_owned()),
            None => Shape::Exact(end.to_owned()),
        };
        patterns.push(pattern(shape));
        if end == "localhost"
            || address.is_some_and(|address| address.is_loopback() || address.is_unspecified())
        {
            patterns.push(pattern(Shape::Loopback));
        }
    },
    lone_star: true,
    ..NO_LIST
};

/// `parseCidrEntry` in axios: a prefix length without leading zeros. A network of IPv4-mapped addresses is an IPv4
/// network.
fn axios_network(base: &str, bits: &str) -> Option<Network> {
    let address = base.parse().ok().or_else(|| short_address(base))?;
    let number = decimal(bits).filter(|number| number.to_string() == bits)?;
    let is_mapped = address.to_canonical() != address;
    Network::new(address, number).filter(|_| !is_mapped || number >= 96).map(Network::unmapped)
}

/// `normalizeIPAddress` in axios: `10.1` and `012.0x1` are addresses, `10` is none.
fn short_address(text: &str) -> Option<IpAddr> {
    aton(text).filter(|_| text.contains('.')).map(IpAddr::from)
}

//! Rust: hyper-util (reqwest, uv), deno, ureq, attohttpc.

use super::{Model, NO_LIST, Rule, commas, commas_trimmed, lower};
use crate::client::network::Network;
use crate::client::pattern::{Pattern, Scope, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    Backslash, Blank, Bracket, CapitalScheme, Hash, HttpsProxy, HttpsProxyForHttps, Ipv6, LeadingBlank,
    NoScheme, NoSchemeButColon, NoSchemeForHttps, NotAProxy, Question, Slash, TrailingBlank, UserOnly,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{
    Cgi, Empty, LOWER_ALL, LOWER_FIRST, LOWER_HTTP, LOWER_HTTPS, Names, Sources, UPPER_FIRST, UPPER_HTTP,
    UPPER_HTTPS,
};

/// `get_first_env` and `Builder::build` in hyper-util's client/proxy/matcher.rs.
const HYPER_UTIL_SOURCES: Sources = Sources {
    http: &[UPPER_HTTP, UPPER_ALL],
    https: &[UPPER_HTTPS, UPPER_ALL],
    empty: Empty::Hides,
    empty_list: Empty::Hides,
    cgi: Cgi::Disables,
    ..UPPER_FIRST
};
const UPPER_ALL: Names = &["ALL_PROXY", "all_proxy"];

/// reqwest, as measured in a build without TLS.
pub const REQWEST: Model = Model {
    sources: HYPER_UTIL_SOURCES,
    syntax: Syntax {
        fails: &[HttpsProxy, HttpsProxyForHttps, Hash, Question, Slash],
        goes_direct: &[LeadingBlank, TrailingBlank, NotAProxy, Bracket, Blank, Backslash],
        ..ANY_VALUE
    },
    rule: HYPER_UTIL_RULE,
    ..Model::DEFAULT
};

/// uv: reqwest with TLS.
pub const UV: Model = Model {
    sources: HYPER_UTIL_SOURCES,
    syntax: Syntax {
        fails: &[Hash, Question, Slash],
        goes_direct: &[LeadingBlank, TrailingBlank, NotAProxy, Bracket, Blank, Backslash],
        ..ANY_VALUE
    },
    rule: HYPER_UTIL_RULE,
    ..Model::DEFAULT
};

/// deno: `from_env` in ext/fetch/proxy.rs.
pub const DENO: Model = Model {
    sources: Sources { cgi: Cgi::DisablesHttp, ..HYPER_UTIL_SOURCES },
    syntax: Syntax {
        fails: &[Hash, Question, Slash],
        goes_direct: &[LeadingBlank, TrailingBlank, NotAProxy, Bracket, Blank, Backslash, UserOnly],
        ..ANY_VALUE
    },
    rule: DENO_RULE,
    ..Model::DEFAULT
};

/// `Proxy::try_from_env` in ureq: one proxy for both schemes, from the first name whose value is a proxy.
const UREQ_NAMES: &[Names] =
    &[&["ALL_PROXY"], &["all_proxy"], &["HTTPS_PROXY"], &["https_proxy"], &["HTTP_PROXY"], &["http_proxy"]];
const UREQ_SOURCES: Sources =
    Sources { http: UREQ_NAMES, https: UREQ_NAMES, empty_list: Empty::Hides, ..UPPER_FIRST };

/// ureq 2, which has no list.
pub const UREQ_2: Model = Model {
    sources: UREQ_SOURCES,
    syntax: Syntax {
        fails: &[Ipv6, NotAProxy],
        goes_direct: &[HttpsProxy, HttpsProxyForHttps, CapitalScheme, LeadingBlank, UserOnly],
        ..ANY_VALUE
    },
    rule: NO_LIST,
    ..Model::DEFAULT
};

/// ureq 3.
pub const UREQ_3: Model = Model { sources: UREQ_SOURCES, rule: UREQ_RULE, ..UV };

/// attohttpc: `ProxySettings::from_env`.
pub const ATTOHTTPC: Model = Model {
    sources: Sources {
        http: &[LOWER_HTTP, LOWER_ALL],
        https: &[LOWER_HTTPS, LOWER_ALL],
        empty: Empty::Hides,
        empty_list: Empty::Hides,
        ..LOWER_FIRST
    },
    syntax: Syntax {
        fails: &[HttpsProxy, HttpsProxyForHttps, Backslash],
        goes_direct: &[NoScheme, NoSchemeButColon, NoSchemeForHttps, NotAProxy, Hash, Question, Slash],
        ..ANY_VALUE
    },
    rule: ATTOHTTPC_RULE,
    ..Model::DEFAULT
};

/// `NoProxy::from_string` and `DomainMatcher::contains` in hyper-util's client/proxy/matcher.rs:
/// an address is compared with addresses and networks only, so `*` does not exempt addresses.
const HYPER_UTIL_RULE: Rule =
    Rule { split: commas_trimmed, read: |entry, patterns| read(entry, lower(entry), patterns), ..NO_LIST };

/// The rule of hyper-util, in deno's ext/fetch/proxy.rs, except that an entry with capitals matches nothing.
const DENO_RULE: Rule = Rule {
    split: |list| list.split(',').map(str::trim).collect(),
    read: |entry, patterns| read(entry, entry.to_owned(), patterns),
    ..NO_LIST
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

/// `NoProxyEntry::try_parse` in ureq 3's src/proxy.rs. Blanks are not trimmed.
const UREQ_RULE: Rule = Rule {
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
    ..NO_LIST
};

/// `ProxySettings::for_url`: an entry is any suffix of the host, also the empty suffix (`a,,b`, `..`).
const ATTOHTTPC_RULE: Rule = Rule {
    split: |list| list.split(',').map(str::trim).collect(),
    read: |entry, patterns| {
        let text = entry.trim_start_matches('.').to_ascii_lowercase();
        patterns.push(Pattern::new(entry, Shape::Suffix(text)).on(Subject::Bracketed));
    },
    lone_star: true,
    ..NO_LIST
};

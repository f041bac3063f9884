//! libcurl, which git, cargo, dnf, PHP's curl and pycurl use.

use super::{Model, NO_LIST, Rule, lower, split_any};
use crate::client::network::{Network, atoi, decimal};
use crate::client::pattern::{Pattern, Scope, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    At, Blank, CapitalScheme, Hash, LeadingBlank, NotAProxy, OneSlash, Path, Question, Slash, TrailingBlank,
    UserOnly,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Empty, LOWER_ALL, LOWER_FIRST_OR_ALL, LOWER_HTTPS, Sources};

/// `curl_getenv` treats an empty variable as unset. HTTP_PROXY is never read (lib/url.c, `detect_proxy`).
const SOURCES: Sources = Sources { http: &[&["http_proxy"], LOWER_ALL], ..LOWER_FIRST_OR_ALL };

const SYNTAX: Syntax = Syntax {
    fails: &[LeadingBlank, TrailingBlank, NotAProxy, At, Hash, Question, Slash, Blank],
    accepts: &[OneSlash],
    ..ANY_VALUE
};

/// libcurl before 7.86.
pub const CURL_7_74: Model = Model {
    sources: SOURCES,
    syntax: Syntax {
        fails: &[LeadingBlank, TrailingBlank, NotAProxy, At, Hash, Question, Slash],
        ..ANY_VALUE
    },
    rule: RULE_7_74,
    ..Model::DEFAULT
};

/// libcurl from 7.86.
pub const CURL_7_86: Model = Model { sources: SOURCES, syntax: SYNTAX, rule: RULE_7_86, ..Model::DEFAULT };

/// libcurl from 8.18; also dnf, PHP's curl and pycurl.
pub const CURL_8_18: Model = Model { sources: SOURCES, syntax: SYNTAX, rule: RULE_8_18, ..Model::DEFAULT };

/// cargo 1.95, whose libcurl is newer than 8.9 and older than 8.18.
pub const CARGO: Model = Model { sources: SOURCES, syntax: SYNTAX, rule: RULE_8_9, ..Model::DEFAULT };

/// git itself reads the proxy variables and keeps an empty variable (`http_init` in http.c); libcurl matches the list.
pub const GIT_2_47: Model = Model {
    sources: GIT_SOURCES,
    syntax: Syntax { fails: &[TrailingBlank, Path, NotAProxy, Hash, Question, Slash, UserOnly], ..ANY_VALUE },
    rule: RULE_7_86,
    ..Model::DEFAULT
};

/// git 2.55 with libcurl 8.23.
pub const GIT_2_55: Model = Model {
    sources: GIT_SOURCES,
    syntax: Syntax {
        fails: &[
            CapitalScheme,
            LeadingBlank,
            TrailingBlank,
            Path,
            NotAProxy,
            Hash,
            Question,
            Slash,
            UserOnly,
        ],
        ..ANY_VALUE
    },
    rule: RULE_8_18,
    ..Model::DEFAULT
};

/// sentry-cli passes `http_proxy` to libcurl for every URL (`get_proxy_url` in src/config.rs).
pub const SENTRY_CLI: Model = Model {
    sources: Sources { https: &[&["http_proxy"], LOWER_HTTPS, LOWER_ALL], empty: Empty::Disables, ..SOURCES },
    ..CURL_8_18
};

const GIT_SOURCES: Sources = Sources { empty: Empty::Disables, empty_list: Empty::Hides, ..SOURCES };

/// `check_noproxy` in lib/url.c, before 7.86: every entry is compared as a name, also with an address.
const RULE_7_74: Rule = Rule {
    split: |list| split_any(list, |letter| matches!(letter, ',' | ' ')),
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(lower(text))));
    },
    lone_star: true,
    ..NO_LIST
};

/// `Curl_check_noproxy` in lib/noproxy.c, as tagged 7.88.1: IPv4 networks since 7.86. The function recognizes an
/// IPv6 host by the brackets, but the caller has removed the brackets, so an IPv6 host is compared as a name.
const RULE_7_86: Rule = Rule {
    split: |list| split_any(list, |letter| matches!(letter, ',' | ' ' | '\t')),
    read: |entry, patterns| {
        name(entry, Scope::Names, patterns);
        name(entry, Scope::V6, patterns);
        let (base, bits) = entry.split_once('/').map_or((entry, 0), |(base, bits)| (base, atoi(bits)));
        let network = u32::try_from(bits).ok().and_then(|bits| network(base, bits));
        patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network)).scope(Scope::V4)));
    },
    lone_star: true,
    ..NO_LIST
};

/// Since 8.9 a blank without a comma after it ends the list.
const RULE_8_9: Rule = Rule { split: until_blank, ..RULE_7_86 };

/// Since 8.18 an IPv6 host is recognized without brackets, and the prefix length must be a number.
const RULE_8_18: Rule = Rule {
    read: |entry, patterns| {
        name(entry, Scope::Names, patterns);
        patterns.extend(strict_network(entry).map(|network| Pattern::new(entry, Shape::Network(network))));
    },
    ..RULE_8_9
};

/// Adds a name. One trailing dot is removed from the entry and the host, and one leading dot from the entry.
fn name<'a>(entry: &'a str, scope: Scope, patterns: &mut Vec<Pattern<'a>>) {
    let text = entry.strip_suffix('.').unwrap_or(entry);
    let text = text.strip_prefix('.').unwrap_or(text);
    let pattern = Pattern::new(entry, Shape::Domain(lower(text)));
    patterns.push(pattern.scope(scope).on(Subject::Undotted));
}

fn strict_network(entry: &str) -> Option<Network> {
    match entry.split_once('/') {
        None => network(entry, 0),
        Some((base, bits)) => network(base, decimal(bits)?),
    }
}

/// Parses a network. As in curl, a prefix length of 0 means all bits of the address.
fn network(base: &str, bits: u32) -> Option<Network> {
    let address = base.parse().ok()?;
    if bits == 0 { Some(Network::single(address)) } else { Network::new(address, bits) }
}

fn until_blank(list: &str) -> Vec<&str> {
    let blank = |letter: char| matches!(letter, ' ' | '\t');
    let mut entries = Vec::new();
    for part in list.split(',') {
        let part = part.trim_start_matches(blank);
        let (entry, rest) = part.split_at(part.find(blank).unwrap_or(part.len()));
        if !entry.is_empty() {
            entries.push(entry);
        }
        if !rest.trim_start_matches(blank).is_empty() {
            break;
        }
    }
    entries
}

//! Programs in C and C++ with a matcher of their own: apt, apk, aria2, gRPC.

use std::net::IpAddr;

use super::{Model, NO_LIST, Rule, commas, commas_trimmed, lower, split_any};
use crate::client::network::{Network, atoi, decimal};
use crate::client::pattern::{Pattern, Scope, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    At, Bracket, CapitalScheme, Hash, HttpsProxy, HttpsProxyForHttps, LeadingBlank, NoScheme,
    NoSchemeButColon, NoSchemeForHttps, NoSlashes, NotAProxy, Percent, Question, Slash, TrailingBlank,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Empty, NOTHING, Sources, UPPER_FIRST};

/// apt: methods/http.cc. An https URL falls back to `http_proxy`.
pub const APT: Model = Model {
    sources: Sources {
        http: &[&["http_proxy"]],
        https: &[&["https_proxy"], &["http_proxy"]],
        no_proxy: &["no_proxy"],
        ..NOTHING
    },
    syntax: Syntax {
        fails: &[NoScheme, NoSchemeButColon, NoSchemeForHttps, CapitalScheme, LeadingBlank, Slash],
        goes_direct: &[NotAProxy],
        accepts: &[NoSlashes],
        ..ANY_VALUE
    },
    rule: APT_RULE,
    ..Model::DEFAULT
};

/// apk: `http_make_proxy_url` in apk-tools' libfetch/http.c.
pub const APK: Model = Model {
    sources: Sources { empty: Empty::Hides, empty_list: Empty::Hides, ..UPPER_FIRST },
    syntax: Syntax {
        fails: &[At],
        goes_direct: &[
            NoScheme,
            NoSchemeButColon,
            NoSchemeForHttps,
            HttpsProxy,
            HttpsProxyForHttps,
            CapitalScheme,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            Slash,
            Percent,
        ],
        ..ANY_VALUE
    },
    rule: APK_RULE,
    ..Model::DEFAULT
};

/// aria2: `overrideWithEnv` in src/option_processing.cc.
pub const ARIA2: Model = Model {
    sources: Sources {
        http: &[&["http_proxy"], &["all_proxy"]],
        https: &[&["https_proxy"], &["all_proxy"]],
        no_proxy: &["no_proxy"],
        ..NOTHING
    },
    syntax: Syntax {
        fails: &[NotAProxy, At],
        goes_direct: &[CapitalScheme, LeadingBlank, TrailingBlank, Hash, Question, Slash, Bracket],
        ..ANY_VALUE
    },
    rule: ARIA2_RULE,
    ..Model::DEFAULT
};

/// gRPC: `GetHttpProxyServer` in `http_proxy_mapper.cc`; one proxy for both schemes.
pub const GRPC: Model = Model {
    sources: Sources {
        http: &[&["grpc_proxy", "https_proxy", "http_proxy"]],
        https: &[&["grpc_proxy", "https_proxy", "http_proxy"]],
        no_proxy: &["no_grpc_proxy", "no_proxy"],
        empty: Empty::Disables,
        empty_list: Empty::Hides,
        ..NOTHING
    },
    syntax: Syntax {
        fails: &[Hash, Question, Slash],
        goes_direct: &[NoScheme, NoSchemeButColon, HttpsProxy, LeadingBlank, NotAProxy],
        ..ANY_VALUE
    },
    rule: GRPC_RULE,
    ..Model::DEFAULT
};

/// lftp: `ResMgr::ClassInit` in src/resource.cc sets `http:proxy` and `https:proxy` from the lower-case variables.
pub const LFTP: Model = Model {
    sources: Sources {
        http: &[&["http_proxy"]],
        https: &[&["https_proxy"]],
        no_proxy: &["no_proxy"],
        empty: Empty::Disables,
        empty_list: Empty::Hides,
        ..NOTHING
    },
    syntax: Syntax { fails: &[LeadingBlank, Slash], goes_direct: &[CapitalScheme, NotAProxy], ..ANY_VALUE },
    rule: LFTP_RULE,
    ..Model::DEFAULT
};

/// `NetAccess::NoProxy` in lftp's src/NetAccess.cc: an entry is any suffix of the host, whatever the letter case.
const LFTP_RULE: Rule = Rule {
    split: |list| split_any(list, |letter| matches!(letter, ',' | ' ')),
    read: |entry, patterns| patterns.push(Pattern::new(entry, Shape::Suffix(lower(entry)))),
    ..NO_LIST
};

/// `CheckDomainList` in apt-pkg/contrib/strutl.cc: an entry is any suffix of the host. Blanks are not trimmed.
const APT_RULE: Rule = Rule {
    split: commas,
    read: |entry, patterns| {
        if !entry.is_empty() {
            patterns.push(Pattern::new(entry, Shape::Suffix(lower(entry))));
        }
    },
    ..NO_LIST
};

/// `fetch_no_proxy_match` and `cidr_match` in apk-tools' libfetch/common.c.
const APK_RULE: Rule = Rule {
    split: |list| split_any(list, |letter| letter == ',' || letter.is_ascii_whitespace() || letter == '\x0b'),
    read: |entry, patterns| {
        patterns.push(Pattern::new(entry, Shape::Suffix(lower(entry))));
        let network = entry.split_once('/').and_then(|(base, bits)| {
            let bits = u32::try_from(atoi(bits)).ok().filter(|bits| *bits > 0)?;
            Network::new(base.parse().ok()?, bits)
        });
        patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network))));
    },
    lone_star: true,
    ..NO_LIST
};

/// `inNoProxy` in aria2's AbstractCommand.cc with `util::noProxyDomainMatch`: a host, or `.domain` for subdomains.
const ARIA2_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| match entry.split_once('/') {
        Some((base, bits)) => {
            let network = base.parse::<IpAddr>().ok().zip(decimal(bits)).and_then(|(base, bits)| {
                let width = if base.is_ipv4() { 32 } else { 128 };
                Network::new(base, bits.min(width))
            });
            patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network))));
        }
        None if entry.starts_with('.') => {
            let pattern = Pattern::new(entry, Shape::Suffix(entry.to_owned()));
            patterns.push(pattern.scope(Scope::Names).on(Subject::Raw));
        }
        None => patterns.push(Pattern::new(entry, Shape::Exact(entry.to_owned())).on(Subject::Raw)),
    },
    ..NO_LIST
};

/// `AddressIncluded` in gRPC's `http_proxy_mapper.cc`.
const GRPC_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(lower(text))));
        let network = entry.split_once('/').and_then(|(base, bits)| {
            let base: IpAddr = base.parse().ok()?;
            Network::new(base, decimal(bits)?.min(if base.is_ipv4() { 32 } else { 128 }))
        });
        patterns.extend(network.map(|network| Pattern::new(entry, Shape::Network(network))));
    },
    ..NO_LIST
};

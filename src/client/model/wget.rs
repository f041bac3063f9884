//! GNU Wget, GNU Wget2 and BusyBox wget.

use super::{Model, NO_LIST, Rule, commas, dotted_or_domain, lower};
use crate::client::network::{Network, decimal};
use crate::client::pattern::{Pattern, Port, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    At, Blank, Bracket, CapitalScheme, EscapedAt, Hash, HttpsProxy, HttpsProxyForHttps, LeadingBlank,
    NoScheme, NoSchemeForHttps, NotAProxy, Percent, Question, Slash, TrailingBlank,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Empty, LOWER_FIRST, LOWER_HTTP, LOWER_HTTPS, NOTHING, Sources};

/// GNU Wget: `getproxy` in src/retr.c.
pub const WGET: Model = Model {
    sources: Sources {
        http: &[&["http_proxy"]],
        https: &[&["https_proxy"]],
        no_proxy: &["no_proxy"],
        ..NOTHING
    },
    syntax: Syntax {
        fails: &[HttpsProxy, LeadingBlank, TrailingBlank, NotAProxy, At, Hash, Question, Slash, Bracket],
        ..ANY_VALUE
    },
    rule: WGET_RULE,
    ..Model::DEFAULT
};

/// GNU Wget2, as measured. An https URL falls back to the http proxy.
pub const WGET2: Model = Model {
    sources: Sources {
        https: &[LOWER_HTTPS, LOWER_HTTP],
        empty: Empty::Hides,
        empty_list: Empty::Hides,
        ..LOWER_FIRST
    },
    syntax: Syntax {
        fails: &[At, EscapedAt],
        goes_direct: &[
            NoScheme,
            NoSchemeForHttps,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            Hash,
            Question,
            Slash,
            Percent,
        ],
        ..ANY_VALUE
    },
    rule: WGET2_RULE,
    ..Model::DEFAULT
};

/// BusyBox wget: `download_one_url` in networking/wget.c reads one proxy for both schemes, and no list.
pub const BUSYBOX_WGET: Model = Model {
    sources: Sources { http: &[&["http_proxy"]], https: &[&["http_proxy"]], ..NOTHING },
    syntax: Syntax {
        fails: &[
            HttpsProxy,
            HttpsProxyForHttps,
            CapitalScheme,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            Hash,
            Question,
            Slash,
        ],
        ..ANY_VALUE
    },
    rule: NO_LIST,
    ..Model::DEFAULT
};

/// BusyBox wget 1.38: as before, and a blank in the userinfo fails too.
pub const BUSYBOX_WGET_1_38: Model = Model {
    syntax: Syntax {
        fails: &[
            HttpsProxy,
            HttpsProxyForHttps,
            CapitalScheme,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            Hash,
            Question,
            Slash,
            Blank,
        ],
        ..ANY_VALUE
    },
    ..BUSYBOX_WGET
};

/// GNU Wget: `sufmatch` in src/host.c compares. `sepstring` in src/utils.c splits: blanks are skipped only after a
/// comma, and empty entries stay, which cover the hosts that end in a dot.
const WGET_RULE: Rule = Rule {
    split: |list| {
        let mut entries = commas(list);
        entries.iter_mut().skip(1).for_each(|entry| *entry = entry.trim_start());
        entries
    },
    read: |entry, patterns| patterns.push(Pattern::new(entry, dotted_or_domain(lower(entry)))),
    ..NO_LIST
};

/// wget2 2.2, as measured: networks, a leading `.` or `*.`, and an explicit port. The letter case must match, and
/// blanks are not trimmed.
const WGET2_RULE: Rule = Rule {
    split: commas,
    read: |entry, patterns| {
        if entry == "*" {
            patterns.push(Pattern::new(entry, Shape::All));
            return;
        }
        let network = Network::parse(entry).or_else(|| Some(Network::single(entry.parse().ok()?)));
        if let Some(network) = network {
            patterns.push(Pattern::new(entry, Shape::Network(network)));
            return;
        }
        let (host, port) = match entry.split_once(':') {
            Some((host, port)) => (host, decimal(port).map_or(Port::Never, Port::Explicit)),
            None => (entry, Port::Any),
        };
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let host = host.strip_prefix('.').unwrap_or(host);
        if !host.is_empty() {
            patterns.push(Pattern::new(entry, Shape::Domain(host.to_owned())).port(port).on(Subject::Raw));
        }
    },
    ..NO_LIST
};

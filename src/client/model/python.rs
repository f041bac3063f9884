//! Python: urllib, boto3 and the AWS CLI, requests and pip, aiohttp, httplib2.

use super::{Model, NO_LIST, Rule, SecondList, commas, commas_trimmed, lower};
use crate::client::network::{Network, aton};
use crate::client::pattern::{Pattern, Scope, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    Backslash, Bracket, CapitalScheme, EscapedNonAscii, Hash, HttpsProxy, HttpsProxyForHttps, Ipv6,
    LeadingBlank, NoScheme, NoSchemeButColon, NoSchemeForHttps, NonAscii, NotAProxy, Question, Slash,
    TrailingBlank,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Cgi, Empty, LOWER_ALL, LOWER_FIRST, LOWER_HTTP, LOWER_HTTPS, Sources};

/// `getproxies_environment` in Lib/urllib/request.py: an empty lower-case variable removes the upper-case variable.
const URLLIB_SOURCES: Sources =
    Sources { empty: Empty::Hides, empty_list: Empty::Hides, cgi: Cgi::HidesUpper, ..LOWER_FIRST };
/// `getproxies_environment` reads all_proxy too; requests and httpx use all_proxy as fallback.
pub const REQUESTS_SOURCES: Sources =
    Sources { http: &[LOWER_HTTP, LOWER_ALL], https: &[LOWER_HTTPS, LOWER_ALL], ..URLLIB_SOURCES };

/// Python's urllib.request.
pub const URLLIB: Model = Model {
    sources: URLLIB_SOURCES,
    syntax: Syntax { fails: &[LeadingBlank, NotAProxy], ..ANY_VALUE },
    rule: URLLIB_RULE,
    ..Model::DEFAULT
};

/// boto3 and the AWS CLI: botocore gets the proxies from urllib and passes the proxies to urllib3.
pub const BOTO: Model = Model {
    syntax: Syntax {
        fails: &[
            CapitalScheme,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            Hash,
            Question,
            Slash,
            Bracket,
            Backslash,
            NonAscii,
            EscapedNonAscii,
        ],
        ..ANY_VALUE
    },
    ..URLLIB
};

/// aiohttp with `trust_env=True`.
pub const AIOHTTP: Model = Model {
    sources: URLLIB_SOURCES,
    syntax: Syntax {
        fails: &[
            NoScheme,
            NoSchemeButColon,
            NoSchemeForHttps,
            NotAProxy,
            Hash,
            Question,
            Slash,
            Bracket,
            Backslash,
        ],
        goes_direct: &[HttpsProxy, HttpsProxyForHttps],
        ..ANY_VALUE
    },
    rule: AIOHTTP_RULE,
    ..Model::DEFAULT
};

/// requests up to 2.31, and pip with that version inside. `get_proxy` in requests/utils.py uses the upper-case
/// list when the lower-case list is empty.
pub const REQUESTS_2_31: Model = Model {
    sources: Sources { empty_list: Empty::Skipped, ..REQUESTS_SOURCES },
    syntax: Syntax {
        fails: &[
            NoSchemeButColon,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            Hash,
            Question,
            Slash,
            Bracket,
            Backslash,
        ],
        ..ANY_VALUE
    },
    rule: REQUESTS_2_31_RULE,
    ..Model::DEFAULT
};

/// requests 2.34, and pip 26 with that version inside.
pub const REQUESTS_2_34: Model = Model { rule: REQUESTS_2_34_RULE, ..REQUESTS_2_31 };

/// httplib2: `proxy_info_from_environment` in httplib2/__init__.py.
pub const HTTPLIB2: Model = Model {
    sources: Sources { cgi: Cgi::Ignored, ..URLLIB_SOURCES },
    syntax: Syntax {
        fails: &[TrailingBlank, Ipv6, Hash, Question, Slash, Bracket],
        goes_direct: &[NoScheme, NoSchemeButColon, NoSchemeForHttps, NotAProxy],
        ..ANY_VALUE
    },
    rule: HTTPLIB2_RULE,
    ..Model::DEFAULT
};

/// Mercurial: `proxyhandler` in mercurial/url.py reads one lower-case variable for both schemes.
pub const MERCURIAL: Model = Model {
    sources: Sources { http: &[&["http_proxy"]], https: &[&["http_proxy"]], ..URLLIB_SOURCES },
    rule: URLLIB_RULE,
    second_list: Some(SecondList { names: &["no_proxy"], rule: MERCURIAL_RULE }),
    ..Model::DEFAULT
};

/// `proxyhandler.proxy_open` in mercurial/url.py: exact hosts, and suffixes after `.` or `*.` without a boundary.
/// `localhost` and 127.0.0.1 are always on the list. Then urllib matches the list by urllib's own rule.
const MERCURIAL_RULE: Rule = Rule {
    split: |list| ["localhost", "127.0.0.1"].into_iter().chain(commas_trimmed(list)).collect(),
    read: |entry, patterns| {
        let text = lower(entry);
        let suffix = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')).map(str::to_owned);
        // The host is cut off at the first colon, so an IPv6 address matches no entry.
        for scope in [Scope::Names, Scope::V4] {
            let suffix = suffix.clone().map(|suffix| Pattern::new(entry, Shape::Suffix(suffix)).scope(scope));
            patterns.extend(suffix);
            patterns.push(Pattern::new(entry, Shape::Exact(text.clone())).scope(scope));
        }
    },
    ..NO_LIST
};

/// Selenium's Python client: `get_proxy_url` in selenium/webdriver/remote/client_config.py. The proxy goes to
/// urllib3's `ProxyManager`, without its user and password.
pub const SELENIUM: Model = Model {
    sources: Sources { empty: Empty::Hides, empty_list: Empty::Hides, ..LOWER_FIRST },
    syntax: Syntax {
        fails: &[
            NoScheme,
            NoSchemeButColon,
            NoSchemeForHttps,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            Hash,
            Question,
            Slash,
            Bracket,
        ],
        ..ANY_VALUE
    },
    rule: SELENIUM_RULE,
    ..Model::DEFAULT
};

/// `_no_proxy_entry_matches`: a host or `host:port` with its subdomains, or the same part of a URL.
const SELENIUM_RULE: Rule = Rule {
    split: |list| list.split(',').map(str::trim).collect(),
    read: |entry, patterns| {
        if entry == "*" {
            patterns.push(Pattern::new(entry, Shape::All));
            return;
        }
        let authority = entry.split_once("://").map_or(entry, |(_, rest)| rest);
        let authority =
            if entry.contains("://") { authority.split(['/', '?', '#']).next() } else { Some(authority) };
        let text = authority.unwrap_or_default().trim().trim_start_matches('.').to_ascii_lowercase();
        let text = text.replace(['[', ']'], "");
        if !text.is_empty() {
            patterns.push(Pattern::new(entry, Shape::Domain(text.clone())));
            patterns.push(Pattern::new(entry, Shape::Domain(text)).on(Subject::BareAuthority));
        }
    },
    ..NO_LIST
};

/// `proxy_bypass_environment` in Lib/urllib/request.py, called with `host:port`.
const URLLIB_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let text = entry.trim_start_matches('.').to_ascii_lowercase();
        patterns.push(Pattern::new(entry, Shape::Domain(text.clone())).on(Subject::Bracketed));
        patterns.push(Pattern::new(entry, Shape::Domain(text)).on(Subject::Authority));
    },
    lone_star: true,
    ..NO_LIST
};

/// `get_env_proxy_for_url` in aiohttp/helpers.py calls urllib with the host alone.
const AIOHTTP_RULE: Rule = Rule { read: host_only, ..URLLIB_RULE };

/// `should_bypass_proxies` in requests/utils.py up to 2.31: an entry is any suffix of the host; then urllib's rule.
const REQUESTS_2_31_RULE: Rule =
    Rule { split: commas, read: |entry, patterns| requests(entry, Shape::Suffix, patterns), ..URLLIB_RULE };

/// In 2.34 the suffix begins at a label, as in urllib.
const REQUESTS_2_34_RULE: Rule = Rule {
    read: |entry, patterns| {
        let domain = |text: String| Shape::Domain(text.trim_start_matches('.').to_owned());
        requests(entry, domain, patterns);
    },
    ..REQUESTS_2_31_RULE
};

/// Spaces are removed from the list, other blanks stay. Then urllib parses the same list by urllib's own rule.
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

/// `bypass_host` in httplib2/__init__.py. Blanks are not trimmed.
const HTTPLIB2_RULE: Rule = Rule {
    split: commas,
    read: |entry, patterns| match entry.strip_prefix('.') {
        Some(domain) => patterns.push(Pattern::new(entry, Shape::Domain(domain.to_owned()))),
        None if entry.is_empty() => (),
        None => patterns.push(Pattern::new(entry, Shape::Exact(entry.to_owned()))),
    },
    lone_star: true,
    ..NO_LIST
};

//! Perl: LWP and `HTTP::Tiny`.

use super::{Model, NO_LIST, Rule};
use crate::client::pattern::{Pattern, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    At, Hash, HttpsProxyForHttps, LeadingBlank, NoScheme, NoSchemeButColon, NoSchemeForHttps, NotAProxy,
    Path, Question, Slash, TrailingBlank,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Cgi, LOWER_FIRST_OR_ALL, Sources, UPPER_FIRST};

/// LWP up to 6.68: `env_proxy` in LWP/UserAgent.pm walks the sorted environment, so that capitals come first, and
/// skips empty variables.
pub const LWP_6_68: Model = Model {
    sources: Sources { cgi: Cgi::HidesUpper, ..UPPER_FIRST },
    syntax: Syntax {
        fails: &[NoSchemeButColon, NoSchemeForHttps, Hash, Question, Slash],
        fails_at_start: &[NoScheme, LeadingBlank, NotAProxy],
        ..ANY_VALUE
    },
    rule: LWP_6_68_RULE,
    ..Model::DEFAULT
};

/// LWP 6.83.
pub const LWP_6_83: Model = Model { rule: LWP_6_83_RULE, ..LWP_6_68 };

/// `HTTP::Tiny`: `_set_proxies` in HTTP/Tiny.pm. The list is read in lower case only.
pub const HTTP_TINY: Model = Model {
    sources: Sources { no_proxy: &["no_proxy"], cgi: Cgi::HidesUpper, ..LOWER_FIRST_OR_ALL },
    syntax: Syntax {
        fails: &[NoSchemeForHttps, HttpsProxyForHttps, TrailingBlank, At, Hash],
        fails_at_start: &[NoScheme, NoSchemeButColon, Path, NotAProxy, Question, Slash],
        ..ANY_VALUE
    },
    rule: HTTP_TINY_RULE,
    ..Model::DEFAULT
};

/// `_need_proxy` in LWP/UserAgent.pm up to 6.68: an entry is any suffix of the host, also the empty suffix.
const LWP_6_68_RULE: Rule = Rule {
    split: around_commas,
    read: |entry, patterns| {
        patterns.push(Pattern::new(entry, Shape::Suffix(entry.to_owned())).on(Subject::Raw));
    },
    ..NO_LIST
};

/// In 6.83 a leading dot is dropped, and a match begins at a label.
const LWP_6_83_RULE: Rule = Rule {
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(text.to_owned())).on(Subject::Raw));
    },
    ..LWP_6_68_RULE
};

/// `_open_handle` in HTTP/Tiny.pm converts the host to lower case, but not the list.
const HTTP_TINY_RULE: Rule = Rule {
    read: |entry, patterns| {
        patterns.push(Pattern::new(entry, Shape::Suffix(entry.to_owned())).on(Subject::Bracketed));
    },
    ..LWP_6_68_RULE
};

/// Splits as `split /\s*,\s*/` does: blanks at both ends of the list and inner empty fields stay, trailing empty
/// fields are dropped.
pub fn around_commas(list: &str) -> Vec<&str> {
    let end = list.matches(',').count();
    let mut entries: Vec<_> = list
        .split(',')
        .enumerate()
        .map(|(place, entry)| if place == 0 { entry } else { entry.trim_start() })
        .enumerate()
        .map(|(place, entry)| if place == end { entry } else { entry.trim_end() })
        .collect();
    while entries.last().is_some_and(|entry| entry.is_empty()) {
        entries.pop();
    }
    entries
}

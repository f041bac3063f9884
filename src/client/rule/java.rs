//! Java's http.nonProxyHosts, given as the list with every comma made a `|`.

use super::super::pattern::{Pattern, Shape, Subject};
use super::{NONE, Rule, lower};

/// `toPattern` and `disjunctToRegex` in sun.net.spi.DefaultProxySelector: a `*` counts only first and last.
pub(in super::super) const JAVA: Rule = Rule {
    split: |list| {
        let mut entries: Vec<_> = list.split([',', '|']).filter(|entry| !entry.is_empty()).collect();
        // The defaults are added to any list, but an empty one switches them off (measured).
        if !entries.is_empty() {
            entries.extend(DEFAULTS);
        }
        entries
    },
    read: |entry, patterns| {
        let text = lower(entry);
        let inner = text.strip_prefix('*').map_or(text.as_str(), |rest| rest);
        let shape = match (text.starts_with('*'), inner.strip_suffix('*')) {
            (true, Some(middle)) => Shape::Contains(middle.to_owned()),
            (true, None) => Shape::Suffix(inner.to_owned()),
            (false, Some(start)) => Shape::Prefix(start.to_owned()),
            (false, None) => Shape::Exact(text),
        };
        patterns.push(Pattern::new(entry, shape).on(Subject::Bracketed));
    },
    ..NONE
};

const DEFAULTS: [&str; 5] = ["localhost", "127.*", "[::1]", "0.0.0.0", "[::0]"];

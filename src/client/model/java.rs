//! Java's http.nonProxyHosts: the list with `|` in place of every comma.

use super::{Model, NO_LIST, Rule, lower};
use crate::client::pattern::{Pattern, Shape, Subject};
use crate::client::proxy_value::ANY_VALUE;
use crate::client::sources::LOWER_FIRST;

/// Java reads system properties. The variables stand for the properties that `setup --java` makes of them.
pub const JAVA_PROPERTIES: Model = Model { sources: LOWER_FIRST, syntax: ANY_VALUE, rule: RULE };

/// `toPattern` and `disjunctToRegex` in sun.net.spi.DefaultProxySelector: a `*` is a wildcard only as the first or
/// last letter.
const RULE: Rule = Rule {
    split: |list| {
        let mut entries: Vec<_> = list.split([',', '|']).filter(|entry| !entry.is_empty()).collect();
        // The defaults are added to every list except an empty one, which disables them (measured).
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
    ..NO_LIST
};

const DEFAULTS: [&str; 5] = ["localhost", "127.*", "[::1]", "0.0.0.0", "[::0]"];

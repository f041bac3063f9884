//! Java's http.nonProxyHosts: the list with `|` in place of every comma.

use super::{Input, Model, NO_LIST, Note, Rule, lower};
use crate::client::pattern::{Pattern, Shape, Subject};
use crate::client::proxy_value::ANY_VALUE;
use crate::client::sources::LOWER_FIRST;

/// Java reads system properties. The model reads the variables from which `setup --for java` makes the properties.
pub const JAVA_PROPERTIES: Model =
    Model { input: Input::Properties, sources: LOWER_FIRST, syntax: ANY_VALUE, rule: RULE, ..Model::DEFAULT };

/// Maven 3.8 and 4 read the properties of the JVM. Maven 3.9 reads the properties with
/// `-Daether.connector.http.useSystemProperties=true` (apache/maven#9260). Blanks in a property split the options.
pub const MAVEN: Model = Model {
    rule: Rule {
        read: |entry, patterns| {
            if entry.contains(char::is_whitespace) {
                patterns
                    .push(Pattern::new(entry, Shape::Fails("a blank in a property splits Java's options")));
            }
            (RULE.read)(entry, patterns);
        },
        validates_first: true,
        ..RULE
    },
    note: Note::Always(
        "with what setup --for maven sets up; without that Maven reads no proxy, and a password only in ~/.m2/settings.xml",
    ),
    ..JAVA_PROPERTIES
};

/// Gradle and its wrapper read the properties of the JVM and of `~/.gradle/gradle.properties`.
pub const GRADLE: Model = Model {
    note: Note::Always("with what setup --for gradle sets up; without that Gradle reads no proxy"),
    ..JAVA_PROPERTIES
};

/// `toPattern` and `disjunctToRegex` in sun.net.spi.DefaultProxySelector: a `*` is a wildcard only as the first or
/// last letter.
const RULE: Rule = Rule {
    split: |list| {
        let mut entries: Vec<_> = list.split([',', '|']).filter(|entry| !entry.is_empty()).collect();
        // Java adds the defaults to every list except an empty list. An empty list disables the defaults (measured).
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

/// The entries that Java adds to every list.
const DEFAULTS: [&str; 5] = ["localhost", "127.*", "[::1]", "0.0.0.0", "[::0]"];

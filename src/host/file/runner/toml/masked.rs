//! Redacts a `config.toml`.

use std::ops::Range;

use toml_edit::Item;

use super::Toml;
use super::quote::basic;
use crate::host::redact::{HIDDEN, hide};

impl Toml {
    /// Returns the text with every value replaced by what `show` returns, and with hidden comments where a comment
    /// may hold a value. The line ends stay. `show` gets the last key of the path to the value, and the value if the
    /// value is a string.
    pub fn masked(&self, show: &dyn Fn(&str, Option<&str>) -> Option<String>) -> String {
        let mut values = Vec::new();
        collect("", self.document.as_item(), &mut values);
        values.sort_by_key(|(_, span, _)| span.start);
        let (mut out, mut at) = (String::new(), 0);
        for (key, span, string) in values {
            out.push_str(&without_comments(&self.text()[at..span.start]));
            let value = &self.text()[span.clone()];
            let shown = show(&key, string.as_deref());
            out.push_str(&match (shown, string) {
                (Some(shown), Some(_)) => in_place_of(value, &shown),
                (Some(_), None) => value.to_owned(),
                (None, _) => hide(value),
            });
            at = span.end;
        }
        out + &without_comments(&self.text()[at..])
    }
}

/// Collects every value that is neither a table nor an array: the last key of the path, the place, and the text of a
/// string.
fn collect(key: &str, item: &Item, found: &mut Vec<(String, Range<usize>, Option<String>)>) {
    match item {
        Item::None => {}
        Item::Table(table) => table.iter().for_each(|(key, item)| collect(key, item, found)),
        Item::ArrayOfTables(tables) => {
            for table in tables {
                table.iter().for_each(|(key, item)| collect(key, item, found));
            }
        }
        Item::Value(value) => collect_value(key, value, found),
    }
}

fn collect_value(
    key: &str,
    value: &toml_edit::Value,
    found: &mut Vec<(String, Range<usize>, Option<String>)>,
) {
    match value {
        toml_edit::Value::Array(array) => array.iter().for_each(|value| collect_value(key, value, found)),
        toml_edit::Value::InlineTable(table) => {
            table.iter().for_each(|(key, value)| collect_value(key, value, found));
        }
        value => {
            found.extend(value.span().map(|span| (key.to_owned(), span, value.as_str().map(str::to_owned))));
        }
    }
}

/// Returns `shown` in the quotes of `value` and in as many lines as `value`; hides the value where the number of
/// lines differs.
fn in_place_of(value: &str, shown: &str) -> String {
    let delimiter =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| value.starts_with(quotes)).unwrap_or("'");
    let lines = value.split('\n').count();
    let text = match delimiter {
        "\"" => basic(shown),
        "'" => format!("'{shown}'"),
        _ if value[3..].starts_with(['\r', '\n']) => format!("{delimiter}\n{shown}{delimiter}"),
        _ => format!("{delimiter}{shown}{delimiter}"),
    };
    if text.split('\n').count() == lines { text } else { hide(value) }
}

/// Returns the text between two values, without comments that may hold a value.
fn without_comments(text: &str) -> String {
    let line = |line: &str| match line.split_once('#') {
        Some((before, comment)) if comment.contains(['=', '@']) || comment.contains("://") => {
            format!("{before}# {HIDDEN}")
        }
        _ => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

//! Sets and removes one member of a JSON text. Every other byte stays: other keys, their order, numbers, escapes and
//! indentation.

use std::ops::Range;

use anyhow::Result;
use serde_json::value::RawValue;

mod members;

pub use members::{Member, check_depth, first_value, members};

/// Returns the text with the string `value` at `path`. Missing objects of the path are made, also in place of `null`.
///
/// # Errors
/// A value of the path is not an object.
pub fn set(json: &str, path: &[&str], value: &str) -> Result<String> {
    let style = Style::of(json)?;
    let mut object = json;
    for (depth, key) in path.iter().enumerate() {
        let inside = members(object)?;
        let offset = offset(json, object);
        let Some((_, found)) = inside.iter().find(|(name, _)| name == key) else {
            let (place, text) = match inside.last() {
                None => (offset..offset + object.len(), style.build(&path[depth..], value, depth)),
                Some((_, last)) => {
                    let end = offset_of_end(json, last);
                    let lead = lead(object, &inside, inside.len() - 1);
                    let member = style.member(&path[depth..], value, depth);
                    (end..end, format!(",{lead}{member}"))
                }
            };
            return Ok(splice(json, place, &text));
        };
        object = found.get();
    }
    let start = offset(json, object);
    Ok(splice(json, start..start + object.len(), &quote(value)))
}

/// Returns the text without the member at `path`, or the same text where the member is missing.
///
/// # Errors
/// A value of the path is not an object.
pub fn remove(json: &str, path: &[&str]) -> Result<String> {
    let Some((key, parents)) = path.split_last() else { return Ok(json.to_owned()) };
    let mut object = json;
    for parent in parents {
        match members(object)?.iter().find(|(name, _)| name == parent) {
            Some((_, found)) => object = found.get(),
            None => return Ok(json.to_owned()),
        }
    }
    let inside = members(object)?;
    let Some(at) = inside.iter().position(|(name, _)| name == key) else { return Ok(json.to_owned()) };
    let start = offset(json, object);
    let place = match (at, inside.len()) {
        (0, 1) => start + 1..start + object.len() - 1,
        (0, _) => key_start(json, start + 1)..key_start(json, offset_of_end(json, inside[0].1) + 1),
        (at, _) => offset_of_end(json, inside[at - 1].1)..offset_of_end(json, inside[at].1),
    };
    Ok(splice(json, place, ""))
}

/// The layout of the text: the line end, one level of indentation, and the white space after a colon.
struct Style<'a> {
    newline: &'a str,
    indent: &'a str,
    after_colon: &'a str,
}

impl<'a> Style<'a> {
    fn of(json: &'a str) -> Result<Self> {
        let inside = members(json)?;
        let Some((_, first)) = inside.first() else {
            // Docker's own layout.
            return Ok(Self { newline: "\n", indent: "\t", after_colon: " " });
        };
        let lead = lead(json, &inside, 0);
        let value = offset(json, first.get());
        let after_colon = &json[json[..value].trim_end().len()..value];
        let after_colon = if after_colon.contains('\n') { " " } else { after_colon };
        Ok(match lead.rfind('\n') {
            Some(at) => Self {
                newline: if lead.contains("\r\n") { "\r\n" } else { "\n" },
                indent: &lead[at + 1..],
                after_colon,
            },
            None => Self { newline: "", indent: "", after_colon },
        })
    }

    /// Returns `"key": value`, where the value has one object for each further key of `path`.
    fn member(&self, path: &[&str], value: &str, depth: usize) -> String {
        format!("{}:{}{}", quote(path[0]), self.after_colon, self.build(&path[1..], value, depth + 1))
    }

    /// Returns the value, wrapped in one object for each key of `path`.
    fn build(&self, path: &[&str], value: &str, depth: usize) -> String {
        if path.is_empty() {
            return quote(value);
        }
        let (newline, indent) = (self.newline, self.indent);
        let (inner, outer) = (indent.repeat(depth + 1), indent.repeat(depth));
        format!("{{{newline}{inner}{}{newline}{outer}}}", self.member(path, value, depth))
    }
}

/// Returns `text` as a JSON string.
#[must_use]
pub fn quote(text: &str) -> String {
    // Writing a string to memory cannot fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// Returns the offset of a part of the text, in bytes.
fn offset(json: &str, part: &str) -> usize {
    part.as_ptr().addr() - json.as_ptr().addr()
}

fn offset_of_end(json: &str, value: &RawValue) -> usize {
    offset(json, value.get()) + value.get().len()
}

/// Returns the start of the first key at or after `from`.
fn key_start(json: &str, from: usize) -> usize {
    from + json[from..].find('"').unwrap_or(0)
}

/// Returns the white space before the key of a member.
fn lead<'a>(object: &'a str, inside: &[Member], at: usize) -> &'a str {
    let start = if at == 0 { object.find('{') } else { Some(offset_of_end(object, inside[at - 1].1)) };
    let start = start.unwrap_or(0);
    let start = if at == 0 { start + 1 } else { start + object[start..].find(',').unwrap_or(0) + 1 };
    &object[start..key_start(object, start)]
}

fn splice(json: &str, place: Range<usize>, text: &str) -> String {
    [&json[..place.start], text, &json[place.end..]].concat()
}

#[cfg(test)]
mod tests;

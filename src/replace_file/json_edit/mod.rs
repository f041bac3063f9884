//! Sets and removes members of a JSON text. Every other byte stays: other keys, their order, numbers, escapes and
//! indentation.

use std::ops::Range;

use anyhow::Result;
use serde_json::value::RawValue;

mod members;

pub use members::{Member, check_depth, first_value, members};

/// Returns the text with these names and strings in the object at `path`. Missing objects of the path are made, also in place
/// of `null`.
///
/// # Errors
/// A value of the path is not an object.
pub fn set(json: &str, path: &[&str], wanted: &[(&str, &str)]) -> Result<String> {
    let style = Style::of(json)?;
    let (mut object, mut inside) = (json, members(json)?);
    for (depth, key) in path.iter().enumerate() {
        let Some((_, found)) = inside.iter().find(|(name, _)| name == key) else {
            let member = style.member(key, &style.build(&path[depth + 1..], wanted, depth + 1));
            return Ok(append(json, object, &inside, &style, depth, &[member]));
        };
        object = found.get();
        inside = members(object)?;
    }
    let mut text = json.to_owned();
    let mut new = Vec::new();
    let mut places = Vec::new();
    for (key, value) in wanted {
        match inside.iter().find(|(name, _)| name == key) {
            Some((_, found)) => places.push((offset(json, found.get()), found.get().len(), *value)),
            None => new.push(style.member(key, &quote(value))),
        }
    }
    if !new.is_empty() {
        text = append(json, object, &inside, &style, path.len(), &new);
    }
    // The last place comes first, so that the other places stay valid.
    places.sort_unstable();
    for (start, length, value) in places.into_iter().rev() {
        text.replace_range(start..start + length, &quote(value));
    }
    Ok(text)
}

/// Returns the text with `new` behind the members of `object`, which is `depth` levels deep.
fn append(
    json: &str,
    object: &str,
    inside: &[Member],
    style: &Style,
    depth: usize,
    new: &[String],
) -> String {
    let start = offset(json, object);
    match inside.last() {
        None => splice(json, start..start + object.len(), &style.object(new, depth)),
        Some((_, last)) => {
            let end = offset_of_end(json, last);
            let lead = lead(object, inside, inside.len() - 1);
            let text: String = new.iter().flat_map(|member| [",", lead, member]).collect();
            splice(json, end..end, &text)
        }
    }
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

    /// Returns `"key": value`.
    fn member(&self, key: &str, value: &str) -> String {
        [&quote(key), ":", self.after_colon, value].concat()
    }

    /// Returns an object with these members, `depth` levels deep.
    fn object(&self, members: &[String], depth: usize) -> String {
        let (inner, outer) = (self.indent.repeat(depth + 1), self.indent.repeat(depth));
        let members = members.join(&[",", self.newline, &inner].concat());
        ["{", self.newline, &inner, &members, self.newline, &outer, "}"].concat()
    }

    /// Returns an object with these names and strings, inside of one object for each key of `path`.
    fn build(&self, path: &[&str], wanted: &[(&str, &str)], depth: usize) -> String {
        let members = match path.split_first() {
            Some((key, rest)) => vec![self.member(key, &self.build(rest, wanted, depth + 1))],
            None => wanted.iter().map(|(key, value)| self.member(key, &quote(value))).collect(),
        };
        self.object(&members, depth)
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

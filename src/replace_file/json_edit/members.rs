//! Reads the members of a JSON object with their places in the text, as Go's `encoding/json` reads them.

use std::fmt;
use std::ops::Range;

use anyhow::{Error, Result, anyhow, bail, ensure};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// The deepest nesting that Go accepts, and so docker (Go, encoding/json, `maxNestingDepth`).
pub(super) const MAX_DEPTH: usize = 10_000;

/// A member of an object: the name, and the value as written.
pub type Member<'a> = (String, &'a RawValue);

/// Returns the members of an object in order, duplicates included. `null` is an object without members, as for Go.
///
/// # Errors
/// The text is not JSON, or not an object. The error never quotes the text, which may be a password.
pub fn members(json: &str) -> Result<Vec<Member<'_>>> {
    match serde_json::from_str::<Option<Members>>(json) {
        Ok(members) => Ok(members.map_or_else(Vec::new, |Members(members)| members)),
        Err(error) => Err(described(&error)),
    }
}

/// Returns the byte range of the first JSON value in the text. A Go program that decodes one value from a file never
/// reads the text after that value (docker/cli, configfile.LoadFromReader).
///
/// # Errors
/// As [`members`].
pub fn first_value(text: &str) -> Result<Range<usize>> {
    let start = text.len() - text.trim_ascii_start().len();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    match values.next() {
        Some(Ok(value)) => Ok(start..start + value.get().len()),
        Some(Err(error)) => Err(described(&error)),
        None => bail!("empty"),
    }
}

fn described(error: &serde_json::Error) -> Error {
    match error.classify() {
        Category::Data => anyhow!("not an object"),
        _ => anyhow!("not valid JSON at line {} column {}", error.line(), error.column()),
    }
}

/// Checks that the text is nested at most `MAX_DEPTH` levels deep.
///
/// # Errors
/// The text is nested deeper than Go accepts.
pub fn check_depth(json: &str) -> Result<()> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        ensure!(depth <= MAX_DEPTH, "nested more than {MAX_DEPTH} levels deep");
    }
    Ok(())
}

/// Members in order, duplicates included. `serde_json`'s own map would drop the first of two members with the same
/// name.
struct Members<'a>(Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// The name of a member. Half of a surrogate pair, which Go accepts and a Rust string cannot hold, becomes a
/// replacement character.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Name, E> {
                Ok(Name(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

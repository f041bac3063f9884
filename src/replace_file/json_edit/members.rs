//! Reads the members of a JSON object where they stand, as Go's `encoding/json` does.

use std::fmt;
use std::ops::Range;

use anyhow::{Error, Result, anyhow, bail, ensure};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// Docker gives up where a file is nested deeper (Go, encoding/json, `maxNestingDepth`).
pub(super) const MAX_DEPTH: usize = 10_000;

/// A member of an object: its name, and its value as it is written.
pub type Member<'a> = (String, &'a RawValue);

/// The members of the object that `json` is, in order, with all that occur twice. `null` is an object without members,
/// as Go reads it.
///
/// # Errors
/// It is not JSON, or not an object. The error never quotes the text: it may be a password.
pub fn members(json: &str) -> Result<Vec<Member<'_>>> {
    match serde_json::from_str::<Option<Members>>(json) {
        Ok(members) => Ok(members.map_or_else(Vec::new, |Members(members)| members)),
        Err(error) => Err(described(&error)),
    }
}

/// The first JSON value of the text. A Go program that decodes one value from a file never reads what stands after it
/// (docker/cli, configfile.LoadFromReader).
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

/// Refuses what Go refuses.
///
/// # Errors
/// The text is nested too deep.
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

/// Members in order; `serde_json`'s own map would drop the first of two that have one name.
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

/// A name with half of a surrogate pair in it, which Go takes and a Rust string cannot hold, has a replacement character
/// there.
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

//! Edits of a JSON text that leave every byte alone that is not meant: other keys, their order, numbers, escapes
//! and indentation stay as they were written.

use std::fmt;
use std::ops::Range;

use anyhow::{Error, Result, anyhow, bail, ensure};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// Docker gives up where a file is nested deeper (Go, encoding/json, `maxNestingDepth`).
const MAX_DEPTH: usize = 10_000;

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

/// The text with the string `value` at `path`; objects on the way are made where they are missing or `null`.
///
/// # Errors
/// Something on the path is not an object.
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

/// The text without the member at `path`; as it is when there is none.
///
/// # Errors
/// Something on the path is not an object.
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

/// How the text is laid out.
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

    /// `"key": value`, with the objects in between when `path` has more keys.
    fn member(&self, path: &[&str], value: &str, depth: usize) -> String {
        format!("{}:{}{}", quote(path[0]), self.after_colon, self.build(&path[1..], value, depth + 1))
    }

    /// The value at the end of `path`, inside of the objects that lead to it.
    fn build(&self, path: &[&str], value: &str, depth: usize) -> String {
        if path.is_empty() {
            return quote(value);
        }
        let (newline, indent) = (self.newline, self.indent);
        let (inner, outer) = (indent.repeat(depth + 1), indent.repeat(depth));
        format!("{{{newline}{inner}{}{newline}{outer}}}", self.member(path, value, depth))
    }
}

/// The JSON string that holds `text`.
#[must_use]
pub fn quote(text: &str) -> String {
    // Writing a string to memory cannot fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// Where a part of the text begins in it.
fn offset(json: &str, part: &str) -> usize {
    part.as_ptr().addr() - json.as_ptr().addr()
}

fn offset_of_end(json: &str, value: &RawValue) -> usize {
    offset(json, value.get()) + value.get().len()
}

/// The start of the next key at or after `from`.
fn key_start(json: &str, from: usize) -> usize {
    from + json[from..].find('"').unwrap_or(0)
}

/// The white space before the key of a member.
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
mod tests {
    use super::*;

    const PATH: [&str; 3] = ["proxies", "default", "httpProxy"];

    #[test]
    fn a_member_is_set_in_the_layout_that_is_there() {
        for (json, expected) in [
            ("{}", "{\n\t\"proxies\": {\n\t\t\"default\": {\n\t\t\t\"httpProxy\": \"v\"\n\t\t}\n\t}\n}"),
            (r#"{"a":1}"#, r#"{"a":1,"proxies":{"default":{"httpProxy":"v"}}}"#),
            (r#"{"a": 1, "b": 2}"#, r#"{"a": 1, "b": 2, "proxies": {"default": {"httpProxy": "v"}}}"#),
            (r#"{ "a": 1 }"#, r#"{ "a": 1, "proxies": {"default": {"httpProxy": "v"}} }"#),
            (
                "{\n  \"a\": 1\n}\n",
                "{\n  \"a\": 1,\n  \"proxies\": {\n    \"default\": {\n      \"httpProxy\": \"v\"\n    }\n  }\n}\n",
            ),
            (
                "{\r\n\t\"proxies\": {}\r\n}",
                "{\r\n\t\"proxies\": {\r\n\t\t\"default\": {\r\n\t\t\t\"httpProxy\": \"v\"\r\n\t\t}\r\n\t}\r\n}",
            ),
            (
                r#"{"proxies":{"default":{"noProxy":"n"}}}"#,
                r#"{"proxies":{"default":{"noProxy":"n","httpProxy":"v"}}}"#,
            ),
            (
                r#"{"proxies":{"default":{"httpProxy":"o"}},"z":1}"#,
                r#"{"proxies":{"default":{"httpProxy":"v"}},"z":1}"#,
            ),
        ] {
            assert_eq!(set(json, &PATH, "v").unwrap(), expected);
        }
    }

    #[test]
    fn what_set_made_remove_takes_away() {
        for json in [
            r#"{"a":1}"#,
            "{\n    \"a\": {\"b\": [1.0, 1e400, -0, \"\\u0041\\ud800\"]},\n    \"a\": 12345678901234567890\n}\n",
            r#"{"proxies":{"default":{"noProxy":"n"}}}"#,
        ] {
            let path = if json.contains("proxies") { &PATH[..] } else { &PATH[..1] };
            assert_eq!(remove(&set(json, &PATH, "v").unwrap(), path).unwrap(), json);
        }
        assert_eq!(remove(r#"{ "a": 1, "b": 2 }"#, &["a"]).unwrap(), r#"{ "b": 2 }"#);
        assert_eq!(remove(r#"{"a":1}"#, &["a"]).unwrap(), "{}");
        assert_eq!(remove(r#"{"a":1}"#, &["b", "c"]).unwrap(), r#"{"a":1}"#);
    }

    #[test]
    fn values_come_back_as_they_were_meant() {
        let value = "q\"b\\n\u{1f600}\n\u{0}";
        let json = set("{}", &["k"], value).unwrap();
        let inside = members(&json).unwrap();
        assert_eq!(serde_json::from_str::<String>(inside[0].1.get()).unwrap(), value);
    }

    #[test]
    fn an_error_says_where_and_quotes_nothing() {
        for (json, expected) in [
            ("{\n \"a\": s3cret}", "not valid JSON at line 2 column 7"),
            ("\"s3cret\"", "not an object"),
            ("[1]", "not an object"),
            ("{\"a\":1,}", "not valid JSON at line 1 column 8"),
            ("\u{feff}{}", "not valid JSON at line 1 column 1"),
        ] {
            assert_eq!(members(json).err().unwrap().to_string(), expected, "{json}");
        }
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings_only() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(check_depth(&nested(MAX_DEPTH)).is_ok());
        assert!(check_depth(&nested(MAX_DEPTH + 1)).is_err());
        assert!(check_depth(&format!("\"\\\"{}\"", nested(1000))).is_ok());
    }
}

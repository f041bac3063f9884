//! dockerd's `daemon.json`. Where the file has `proxies`, these override the environment of dockerd (docker, "Daemon
//! proxy configuration").

use anyhow::{Context as _, Result, anyhow, ensure};

use super::{Edited, Managed, Record, Removed, foreign_mode, take_back_recorded};
use crate::host::redact;
use crate::proxy_url::redact_proxy;
use crate::replace_file::json_edit::{Member, check_depth, members, quote, remove, set};

const PATH: &str = "/etc/docker/daemon.json";

/// The keys of `proxies` and the variables that they override.
const KEYS: [(&str, &str); 3] =
    [("http-proxy", "HTTP_PROXY"), ("https-proxy", "HTTPS_PROXY"), ("no-proxy", "NO_PROXY")];

/// `/etc/docker/daemon.json`.
pub struct DaemonJson {
    /// Keys of `proxies` and their values.
    wanted: Vec<(&'static str, String)>,
    /// Whether one of the values holds a password.
    secret: bool,
}

impl DaemonJson {
    pub fn new(variables: &[(&str, String)], secret: bool) -> Self {
        let value =
            |variable: &str| variables.iter().find(|(name, _)| *name == variable).map(|(_, value)| value);
        let wanted =
            KEYS.iter().filter_map(|(key, variable)| Some((*key, value(variable)?.clone()))).collect();
        Self { wanted, secret }
    }
}

/// Returns the members of `proxies`; `None` where the file has no such key.
fn proxies(text: &str) -> Result<Option<Vec<Member<'_>>>> {
    check_depth(text)?;
    let top = members(text)?;
    let Some((_, proxies)) = top.into_iter().find(|(name, _)| name == "proxies") else { return Ok(None) };
    let inside = members(proxies.get()).context("proxies")?;
    for (name, value) in &inside {
        let known = KEYS.iter().any(|(key, _)| key == name);
        ensure!(
            !known || value.get().starts_with('"'),
            "proxies.{name} is not a string; dockerd does not start with it"
        );
    }
    Ok(Some(inside))
}

/// Returns the text of a JSON string.
fn string(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_default()
}

/// Returns the value of one key of `proxies`.
fn value(text: &str, key: &str) -> Option<String> {
    let inside = proxies(text).ok()??;
    inside.iter().find(|(name, _)| name == key).map(|(_, value)| string(value.get()))
}

impl Managed for DaemonJson {
    fn path(&self) -> &str {
        PATH
    }

    fn service(&self) -> Option<&'static str> {
        Some("docker")
    }

    fn is_own(&self) -> bool {
        false
    }

    fn mode(&self, content: &[u8], old: Option<u32>) -> u32 {
        let text = String::from_utf8_lossy(content);
        let is_set = |(key, wanted): &(&str, String)| value(&text, key).as_ref() == Some(wanted);
        foreign_mode(old.unwrap_or(0o644), self.secret && self.wanted.iter().any(is_set))
    }

    fn edit(&self, old: Option<&[u8]>) -> Result<Edited> {
        let Some(old) = old else { return Ok(Edited::default()) };
        let mut text = std::str::from_utf8(old).map_err(|_| anyhow!("{PATH}: not UTF-8"))?.to_owned();
        if !text.trim().is_empty() {
            let context = || format!("{PATH}: dockerd does not start with this file");
            let has: Vec<String> = proxies(&text)
                .with_context(context)?
                .unwrap_or_default()
                .into_iter()
                .filter(|(_, value)| !string(value.get()).is_empty())
                .map(|(name, _)| name)
                .collect();
            for (key, value) in self.wanted.iter().filter(|(key, _)| has.iter().any(|name| name == key)) {
                text = set(&text, &["proxies"], &[(key, value)]).with_context(context)?;
            }
        }
        Ok(Edited { content: Some(text.into_bytes()), findings: Vec::new() })
    }

    fn remove(&self, now: &[u8], record: Option<&Record>) -> Removed {
        let can_be_read = std::str::from_utf8(now).is_ok_and(|text| proxies(text).is_ok());
        let bytes = take_back_recorded(now, record, can_be_read);
        let (Some(record), Ok(text)) = (record, std::str::from_utf8(&bytes)) else {
            return Removed { content: Some(bytes), left: Vec::new() };
        };
        let (mut text, mut left) = (text.to_owned(), Vec::new());
        let [before, after] = [&record.before, &record.after].map(|bytes| String::from_utf8_lossy(bytes));
        for (key, _) in KEYS {
            let (was, made, is) = (value(&before, key), value(&after, key), value(&text, key));
            if made == was || is == was || is.is_none() {
                continue;
            }
            // The file still has a value of `apply`: another program rewrote the file in another layout.
            let back = match was {
                _ if is != made => None,
                Some(was) => set(&text, &["proxies"], &[(key, &was)]).ok(),
                None => remove(&text, &["proxies", key]).ok(),
            };
            match back {
                Some(back) => text = back,
                None => left.push(format!("{PATH}: proxies.{key} was changed since and stays")),
            }
        }
        Removed { content: Some(text.into_bytes()), left }
    }

    fn masked(&self, text: &[u8]) -> String {
        let Ok(text) = std::str::from_utf8(text) else { return redact::hide(&String::from_utf8_lossy(text)) };
        let (mut shown, mut rest) = (String::new(), text);
        // Only the strings of `proxies` and the names of keys are shown.
        while let Some(start) = rest.find('"') {
            let length = string_length(&rest[start..]);
            let (before, string_and_rest) = rest.split_at(start);
            let (literal, after) = string_and_rest.split_at(length);
            shown.push_str(before);
            let key = after.trim_start().starts_with(':');
            let own = KEYS.iter().any(|(key, _)| shown.trim_end().ends_with(&format!("\"{key}\":")));
            shown.push_str(&match (key, own) {
                (true, _) => literal.to_owned(),
                (false, true) => quote(&redact_list_or_proxy(&string(literal))),
                (false, false) => format!("\"{}\"", redact::hide(literal)),
            });
            rest = after;
        }
        shown + rest
    }
}

fn redact_list_or_proxy(value: &str) -> String {
    if value.contains("://") || value.contains('@') { redact_proxy(value) } else { value.to_owned() }
}

/// Returns the length in bytes of the string literal at the start of a text, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> DaemonJson {
        DaemonJson::new(&[("HTTP_PROXY", "http://u:pw@p:1".to_owned()), ("NO_PROXY", "a".to_owned())], true)
    }

    fn edit(old: &str) -> Result<String> {
        Ok(String::from_utf8(file().edit(Some(old.as_bytes()))?.content.unwrap()).unwrap())
    }

    #[test]
    fn only_existing_keys_are_set_and_everything_else_stays() {
        for (old, expected) in [
            ("", ""),
            ("{}", "{}"),
            (r#"{"features": {"buildkit": true}}"#, r#"{"features": {"buildkit": true}}"#),
            (
                "{\r\n \"x\": 1.0, \"proxies\": {\"http-proxy\": \"http://o\", \"no-proxy\":\"\"}, \"y\": []}",
                "{\r\n \"x\": 1.0, \"proxies\": {\"http-proxy\": \"http://u:pw@p:1\", \"no-proxy\":\"\"}, \"y\": []}",
            ),
        ] {
            assert_eq!(edit(old).unwrap(), expected);
            assert_eq!(edit(expected).unwrap(), expected);
        }
        for (old, part) in [
            ("{", "not valid JSON at line 1"),
            ("[]", "not an object"),
            (r#"{"proxies": []}"#, "proxies: not an object"),
            (r#"{"proxies": {"http-proxy": 1}}"#, "proxies.http-proxy is not a string"),
        ] {
            let error = format!("{:#}", edit(old).unwrap_err());
            assert!(error.starts_with("/etc/docker/daemon.json: ") && error.contains(part), "{error}");
        }
    }

    #[test]
    fn applied_values_are_taken_out_of_a_file_in_another_layout() {
        let before = r#"{"proxies":{"http-proxy":"http://o","no-proxy":"n"},"x":1}"#;
        let record = Record { before: before.into(), after: edit(before).unwrap().into() };
        assert_eq!(file().remove(&record.after, Some(&record)).content.unwrap(), before.as_bytes());
        let now =
            "{\n \"proxies\": {\n  \"http-proxy\": \"http://u:pw@p:1\",\n  \"no-proxy\": \"mine\"\n }\n}";
        let removed = file().remove(now.as_bytes(), Some(&record));
        let text = String::from_utf8(removed.content.unwrap()).unwrap();
        assert_eq!(text, now.replace("http://u:pw@p:1", "http://o"));
        assert_eq!(removed.left, ["/etc/docker/daemon.json: proxies.no-proxy was changed since and stays"]);
    }

    #[test]
    fn only_proxies_are_shown_and_no_login() {
        let text = "{\n \"proxies\": {\"http-proxy\": \"http://u:pw@p:1\", \"no-proxy\": \"a\"},\n \"x\": [\"s3cr\\\"et\", 1]\n}";
        assert_eq!(
            file().masked(text.as_bytes()),
            "{\n \"proxies\": {\"http-proxy\": \"http://***@p:1\", \"no-proxy\": \"a\"},\n \"x\": [\"***\", 1]\n}"
        );
    }
}

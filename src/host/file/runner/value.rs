//! Reads values of a `[[runners]]` table.

use anyhow::{Result, anyhow};
use toml_edit::Table;

use crate::host::redact;

/// The values that distinguish a runner from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    pub token: String,
    pub name: String,
    pub url: String,
}

impl Id {
    pub fn of(runner: &Table) -> Self {
        let text = |key| runner.get(key).and_then(toml_edit::Item::as_str).unwrap_or_default().to_owned();
        Self { token: text("token"), name: text("name"), url: text("url") }
    }

    /// Returns the position of this runner in `all`: by the token, or by name and URL, since a token is renewed.
    /// Several runners may have one name and URL (the default name is the name of the host); `place` is then the
    /// position among these runners.
    pub fn find(&self, all: &[Self], place: usize) -> Option<usize> {
        let by_token = all.iter().position(|other| !self.token.is_empty() && other.token == self.token);
        let mut named = all.iter().enumerate().filter(|(_, other)| other.has_name_of(self));
        by_token.or_else(|| named.nth(place).map(|(at, _)| at))
    }

    pub fn has_name_of(&self, other: &Self) -> bool {
        (&self.name, &self.url) == (&other.name, &other.url)
    }
}

/// Returns the strings of an array of a runner; no strings where the key is missing.
///
/// # Errors
/// The value is not an array of strings; gitlab-runner refuses such a file.
pub fn strings(runner: &Table, path: &[&str]) -> Result<Vec<String>> {
    let mut item = runner.get(path[0]);
    for key in &path[1..] {
        item = item.and_then(|item| item.as_table_like()?.get(key));
    }
    let Some(item) = item else { return Ok(Vec::new()) };
    let array = item.as_array().ok_or_else(|| anyhow!("{} is not an array", path.join(".")))?;
    let text = |value: &toml_edit::Value| value.as_str().map(str::to_owned);
    array
        .iter()
        .map(text)
        .collect::<Option<_>>()
        .ok_or_else(|| anyhow!("{} is not an array of strings", path.join(".")))
}

/// Returns a string of a runner; an empty string where the key is missing.
pub fn string(runner: &Table, key: &str) -> Result<String> {
    match runner.get(key) {
        None => Ok(String::new()),
        Some(item) => item.as_str().map(str::to_owned).ok_or_else(|| anyhow!("{key} is not a string")),
    }
}

/// Returns the value of a key, redacted; `None` hides the value. Numbers and switches (`text` is `None`) are shown.
pub fn show(key: &str, text: Option<&str>) -> Option<String> {
    let Some(text) = text else { return Some(String::new()) };
    match key {
        "environment" => Some(redact::variable(text)),
        "url" | "host" | "clone_url" => Some(crate::proxy_url::redact(text)),
        _ if key.starts_with("pre_") || key.starts_with("post_") => Some(redact::script(text)),
        "name" | "executor" | "shell" | "image" | "helper_image" | "volumes" | "pull_policy"
        | "network_mode" => Some(redact::script(text)),
        _ => None,
    }
}

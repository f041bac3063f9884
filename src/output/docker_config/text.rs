//! The text of docker's config, and the one JSON value in it.

use anyhow::{Result, anyhow};

use super::REMEDY;
use crate::replace_file::json_edit::{check_depth, first_value};

/// The text of a config: docker reads one JSON value and nothing after it.
pub struct Text {
    /// The value.
    pub json: String,
    before: String,
    after: String,
    is_utf8: bool,
}

impl Text {
    /// Splits the content of a file. An empty file is an empty object to docker. Docker also reads strings that are
    /// not UTF-8 (Go, encoding/json): in such a file every byte is edited as one character, so that no byte changes.
    pub fn read(content: &[u8]) -> Result<Self> {
        let utf8 = std::str::from_utf8(content);
        let text =
            utf8.map_or_else(|_| content.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
        if text.trim().is_empty() {
            return Ok(Self {
                json: "{}".to_owned(),
                before: String::new(),
                after: String::new(),
                is_utf8: true,
            });
        }
        check_depth(&text).map_err(|error| anyhow!("{error}; {REMEDY}"))?;
        let place = first_value(&text).map_err(|error| anyhow!("{error}; {REMEDY}"))?;
        let [before, json, after] =
            [&text[..place.start], &text[place.clone()], &text[place.end..]].map(str::to_owned);
        Ok(Self { json, before, after, is_utf8: utf8.is_ok() })
    }

    /// Returns the content of the file with another JSON value.
    pub fn with(&self, json: &str) -> Vec<u8> {
        let text = [&self.before, json, &self.after].concat();
        if self.is_utf8 { text.into_bytes() } else { text.chars().map(|letter| letter as u8).collect() }
    }

    /// Whether only blanks stand around the value.
    pub fn is_plain(&self) -> bool {
        self.before.trim().is_empty() && self.after.trim().is_empty()
    }
}

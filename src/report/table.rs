//! The answers of `explain`, for people and for programs.

use crate::client::{Answer, Client, Decision};
use crate::proxy_url::redact;
use crate::target::json_edit::quote;

/// What one client does with one URL.
pub struct Row<'a> {
    /// As it was given.
    pub url: &'a str,
    /// Who was asked.
    pub client: &'a Client,
    /// What it does, and why.
    pub answer: Answer<'a>,
}

/// The widest line for people.
const WIDTH: usize = 100;

impl Row<'_> {
    fn name(&self) -> String {
        format!("{}@{}", self.client.name, self.client.version)
    }

    fn proxy(&self) -> Option<String> {
        self.answer.proxy.map(|(_, value)| redact(value))
    }

    fn decision(&self) -> &'static str {
        match self.answer.decision {
            Decision::Direct => "direct",
            Decision::Proxied => "proxied",
            Decision::Fails => "fails",
        }
    }
}

/// An aligned block for each URL, in plain ASCII.
#[must_use]
pub fn text(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name().len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut heading = None;
    for row in rows {
        if heading != Some(row.url) {
            heading = Some(row.url);
            let blank = if text.is_empty() { "" } else { "\n" };
            let mut url = redact(row.url);
            url.truncate(WIDTH);
            text.push_str(&format!("{blank}{url}\n"));
        }
        let start = format!("  {:<width$}  {:<7}  ", row.name(), row.decision());
        let through = row.proxy().map(|proxy| format!("{proxy}: ")).unwrap_or_default();
        wrap(&mut text, &start, &format!("{through}{}", row.answer.reason));
    }
    text
}

/// `start` and then `words`, in lines that are no wider than they may be.
fn wrap(text: &mut String, start: &str, words: &str) {
    let mut line = start.to_owned();
    for word in words.split(' ') {
        if line.len() > start.len() && line.len() + word.len() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(start.len());
        }
        line.push_str(word);
        line.push(' ');
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// An array of objects.
#[must_use]
pub fn json(rows: &[Row]) -> String {
    let optional = |value: Option<&str>| value.map_or_else(|| "null".to_owned(), quote);
    let object = |row: &Row| {
        let proxy = row.proxy();
        let entry = row.answer.entry.map(redact);
        format!(
            "  {{\"url\": {}, \"client\": {}, \"decision\": {}, \"proxy\": {}, \"entry\": {}, \"reason\": {}}}",
            quote(&redact(row.url)),
            quote(&row.name()),
            quote(row.decision()),
            optional(proxy.as_deref()),
            optional(entry.as_deref()),
            quote(&row.answer.reason)
        )
    };
    array(rows.iter().map(object))
}

/// A JSON array with an element in each line.
pub fn array(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<String> = elements.collect();
    if elements.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", elements.join(",\n")) }
}

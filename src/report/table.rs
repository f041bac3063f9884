//! The answers of `explain`, for people and for programs.

use serde::Serialize;

use crate::client::{Answer, Client, Decision};
use crate::proxy_url::{redact, redact_proxy};

/// What one client does with one URL.
pub struct Row<'a> {
    /// As it was given.
    pub url: &'a str,
    /// Who was asked.
    pub client: &'a Client,
    /// What it does, and why.
    pub answer: Answer<'a>,
}

/// A row as `--format json` prints it.
#[derive(Serialize)]
struct Object {
    url: String,
    client: String,
    decision: &'static str,
    proxy: Option<String>,
    entry: Option<String>,
    reason: String,
}

/// The widest line for people.
const WIDTH: usize = 100;

impl Row<'_> {
    fn name(&self) -> String {
        format!("{}@{}", self.client.name, self.client.version)
    }

    fn proxy(&self) -> Option<String> {
        self.answer.proxy.map(|(_, value)| redact_proxy(value))
    }

    fn decision(&self) -> &'static str {
        match self.answer.decision {
            Decision::Direct => "direct",
            Decision::Proxied => "proxied",
            Decision::Fails => "fails",
            Decision::Unknown => "unknown",
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
    let object = |row: &Row| Object {
        url: redact(row.url),
        client: row.name(),
        decision: row.decision(),
        proxy: row.proxy(),
        entry: row.answer.entry.map(redact),
        reason: row.answer.reason.clone(),
    };
    super::json(&rows.iter().map(object).collect::<Vec<_>>())
}

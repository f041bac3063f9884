//! The answers of `explain`, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer as _};

use crate::proxy_url::{redact, redact_proxy};

/// What one client does with one URL.
pub struct Row<'a> {
    /// The URL as given.
    pub url: &'a str,
    /// The client's name and version.
    pub client: &'a str,
    /// The client's decision in one word.
    pub decision: &'static str,
    /// The proxy of a proxied request, with its password; shown without.
    pub proxy: Option<&'a str>,
    /// The NO_PROXY entry that decided.
    pub entry: Option<&'a str>,
    /// Why the client decides so: one line of ASCII without a password.
    pub reason: &'a str,
}

/// A row as `--format json` prints it.
#[derive(Serialize)]
struct Object<'a> {
    url: String,
    client: &'a str,
    decision: &'static str,
    proxy: Option<String>,
    entry: Option<String>,
    reason: &'a str,
}

impl<'a> Object<'a> {
    fn new(row: &'a Row) -> Self {
        Self {
            url: redact(row.url),
            client: row.client,
            decision: row.decision,
            proxy: row.proxy(),
            entry: row.entry.map(redact),
            reason: row.reason,
        }
    }
}

impl Row<'_> {
    fn proxy(&self) -> Option<String> {
        self.proxy.map(redact_proxy)
    }
}

/// The widest line on a terminal, in characters.
const WIDTH: usize = 100;

/// Writes rows one by one, so that memory does not grow with their number.
pub struct Sink<'w, W: Write> {
    /// The output of the rows.
    pub output: &'w mut W,
    /// A JSON array of objects; else aligned text.
    pub is_json: bool,
    /// Lines of text are wrapped for a terminal.
    pub wraps: bool,
    /// The length of the longest client name.
    pub width: usize,
}

impl<W: Write> Sink<'_, W> {
    /// Writes the rows that `produce` prints.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write(
        self,
        produce: impl FnOnce(&mut dyn FnMut(&Row) -> io::Result<()>) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.is_json {
            let mut serializer = serde_json::Serializer::pretty(&mut *self.output);
            let mut array = serializer.serialize_seq(None)?;
            produce(&mut |row| Ok(array.serialize_element(&Object::new(row))?))?;
            array.end()?;
            return self.output.write_all(b"\n");
        }
        let Self { output, wraps, width, .. } = self;
        let mut heading = None;
        produce(&mut |row| {
            if heading.as_deref() != Some(row.url) {
                let blank = if heading.is_none() { "" } else { "\n" };
                let mut url = redact(row.url);
                url.truncate(if wraps { WIDTH } else { url.len() });
                writeln!(output, "{blank}{url}")?;
                heading = Some(row.url.to_owned());
            }
            let decision = row.decision;
            let start = format!("  {:<width$}  {decision:<7}  ", row.client);
            let through = row.proxy().map(|proxy| format!("{proxy}: ")).unwrap_or_default();
            let words = format!("{through}{}", row.reason);
            if wraps { wrap(output, &start, &words) } else { writeln!(output, "{start}{words}") }
        })
    }
}

/// Writes `start` and then `words`, in lines of at most [`WIDTH`] characters where blanks allow.
fn wrap(output: &mut impl Write, start: &str, words: &str) -> io::Result<()> {
    let mut line = start.to_owned();
    for word in words.split(' ') {
        if line.len() > start.len() && line.len() + word.len() > WIDTH {
            writeln!(output, "{}", line.trim_end())?;
            line = " ".repeat(start.len());
        }
        line.push_str(word);
        line.push(' ');
    }
    writeln!(output, "{}", line.trim_end())
}

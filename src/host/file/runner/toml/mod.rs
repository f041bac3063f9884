//! Edits a `config.toml`; every other byte stays. `toml_edit` only finds the places: the text is cut and joined here,
//! since `toml_edit` would write line ends of its own.

use std::ops::Range;

use anyhow::{Result, anyhow, bail};
use toml_edit::{Document, Item, Table};

mod masked;
mod place;
mod quote;

pub use quote::{quote, quote_script};

/// A TOML text, parsed.
#[derive(Debug)]
pub struct Toml {
    document: Document<String>,
}

impl Toml {
    /// # Errors
    /// The text is not TOML. The error says where, and never quotes the text, which holds tokens.
    pub fn parse(text: &str) -> Result<Self> {
        let document = Document::parse(text.to_owned()).map_err(|error| {
            let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            anyhow!("not valid TOML at line {line} column {column}")
        })?;
        Ok(Self { document })
    }

    pub fn text(&self) -> &str {
        self.document.raw()
    }

    /// Returns the `[[runners]]` tables, in order.
    ///
    /// # Errors
    /// `runners` is not written as `[[runners]]` tables.
    pub fn runners(&self) -> Result<Vec<&Table>> {
        match self.document.as_table().get("runners") {
            None => Ok(Vec::new()),
            Some(Item::ArrayOfTables(tables)) => Ok(tables.iter().collect()),
            Some(_) => bail!("runners is not written as [[runners]] tables"),
        }
    }

    fn runner(&self, at: usize) -> Result<&Table> {
        self.runners()?.get(at).copied().ok_or_else(|| anyhow!("has no runner {at}"))
    }

    /// Returns the place of the value at `path` in a runner; `None` where the key is missing.
    fn span(&self, at: usize, path: &[&str]) -> Result<Option<Range<usize>>> {
        Ok(item(self.runner(at)?, path).and_then(Item::span))
    }

    /// Sets a key of a runner to a value that is written in TOML.
    ///
    /// # Errors
    /// The table of the key is written in one line, so that the text has no place for the key.
    pub fn set(&self, at: usize, path: &[&str], value: &str) -> Result<Self> {
        if let Some(span) = self.span(at, path)? {
            return self.splice(span, value);
        }
        let runner = self.runner(at)?;
        let Some((key, [table])) = path.split_last() else {
            let (end, indent) = self.place(runner)?;
            return self.splice(end..end, &format!("{}{indent}{} = {value}", self.newline(), path[0]));
        };
        match runner.get(table) {
            Some(Item::Table(inside)) if inside.is_dotted() => {
                let (end, indent) = self.place(runner)?;
                self.splice(end..end, &format!("{}{indent}{table}.{key} = {value}", self.newline()))
            }
            Some(Item::Table(inside)) if !inside.is_implicit() => {
                let (end, indent) = self.place(inside)?;
                self.splice(end..end, &format!("{}{indent}{key} = {value}", self.newline()))
            }
            Some(Item::Value(_)) => bail!("{table} is written in one line; write it as [runners.{table}]"),
            _ => {
                let (end, indent) = self.place(runner)?;
                let newline = self.newline();
                let header = format!("{newline}{indent}[runners.{table}]");
                self.splice(end..end, &format!("{header}{newline}{indent}  {key} = {value}"))
            }
        }
    }

    /// Removes a key of a runner, and the line or lines of the key.
    pub fn unset(&self, at: usize, path: &[&str]) -> Result<Self> {
        let (Some(span), Some((key, tables))) = (self.span(at, path)?, path.split_last()) else {
            return self.splice(0..0, "");
        };
        let mut table: &dyn toml_edit::TableLike = self.runner(at)?;
        for name in tables {
            let inside = table.get(name).and_then(Item::as_table_like);
            table = inside.ok_or_else(|| anyhow!("{name} is no table"))?;
        }
        let start = table.key(key).and_then(toml_edit::Key::span).map_or(span.start, |key| key.start);
        let start = self.text()[..start].rfind('\n').map_or(0, |at| at + 1);
        self.splice(start..self.line_end(span.end, true), "")
    }

    /// Appends a string to the array at `path`, in the layout of the array.
    pub fn push(&self, at: usize, path: &[&str], text: &str) -> Result<Self> {
        let array = item(self.runner(at)?, path).and_then(Item::as_array);
        let Some(array) = array else { return self.set(at, path, &format!("[{}]", quote(text))) };
        let Some(last) = array.iter().last().and_then(toml_edit::Value::span) else {
            return self.set(at, path, &format!("[{}]", quote(text)));
        };
        let lead = self.lead(array, last.start);
        self.splice(last.end..last.end, &format!(",{lead}{}", quote(text)))
    }

    /// Replaces an element of the array at `path`. Without `text` removes the element.
    pub fn replace(&self, at: usize, path: &[&str], index: usize, text: Option<&str>) -> Result<Self> {
        let array = item(self.runner(at)?, path).and_then(Item::as_array);
        let spans: Vec<_> = array.into_iter().flatten().filter_map(toml_edit::Value::span).collect();
        let Some(span) = spans.get(index) else { bail!("{} has no element {index}", path.join(".")) };
        if let Some(text) = text {
            return self.splice(span.clone(), &quote(text));
        }
        let place = match (spans.get(index + 1), index) {
            (Some(next), _) => span.start..next.start,
            (None, 0) => {
                let comma = self.text()[span.end..].trim_start().starts_with(',');
                let end = self.text()[span.end..].find(',').filter(|_| comma).map_or(0, |at| at + 1);
                span.start..span.end + end
            }
            (None, _) => spans[index - 1].end..span.end,
        };
        self.splice(place, "")
    }

    pub fn newline(&self) -> &'static str {
        if self.text().contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn splice(&self, place: Range<usize>, text: &str) -> Result<Self> {
        let old = self.text();
        Self::parse(&[&old[..place.start], text, &old[place.end..]].concat())
    }
}

/// Returns the item at `path`.
fn item<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Item> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(first)?, |item, key| item.as_table_like()?.get(key))
}

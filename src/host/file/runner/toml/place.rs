//! Finds the place of a new key or element, in the layout of the file.

use anyhow::{Result, anyhow};
use toml_edit::{Array, Item, Table};

use super::Toml;

impl Toml {
    /// Returns the white space before the last element: a blank, or a line end and the indentation.
    pub(super) fn lead(&self, array: &Array, last: usize) -> String {
        let start = array.span().map_or(last, |span| span.start + 1);
        let blank = self.text()[start..last].rfind(|c: char| !c.is_whitespace());
        let lead = blank.map_or(&self.text()[start..last], |at| &self.text()[start + at + 1..last]);
        match lead.rfind('\n') {
            Some(at) => format!("{}{}", self.newline(), &lead[at + 1..]),
            None => " ".to_owned(),
        }
    }

    /// Returns the place of a new key of a table, and the indentation: after the last key of the table itself, before
    /// any table inside of the table.
    pub(super) fn place(&self, table: &Table) -> Result<(usize, String)> {
        let header = table.span().ok_or_else(|| anyhow!("a table has no header"))?;
        let mut last = None;
        for (key, item) in table {
            let end = end_of(item);
            if let (Some(key), Some(end)) = (table.key(key).and_then(toml_edit::Key::span), end)
                && last.as_ref().is_none_or(|(_, before)| *before < end)
            {
                last = Some((key.start, end));
            }
        }
        let line_start = |at: usize| self.text()[..at].rfind('\n').map_or(0, |at| at + 1);
        let indent = |start: usize| {
            let line = &self.text()[line_start(start)..];
            line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned()
        };
        Ok(match last {
            Some((key, end)) => (self.line_end(end, false), indent(key)),
            None => (self.line_end(header.end, false), format!("{}  ", indent(header.start))),
        })
    }

    /// Returns the end of the line at `from`, after or before the line end.
    pub(super) fn line_end(&self, from: usize, with_end: bool) -> usize {
        let rest = &self.text()[from..];
        match rest.find('\n') {
            Some(at) if with_end => from + at + 1,
            Some(at) => from + at - usize::from(rest[..at].ends_with('\r')),
            None => self.text().len(),
        }
    }
}

/// Returns the place where the text of a value ends; `None` for a table with a header of its own.
fn end_of(item: &Item) -> Option<usize> {
    match item {
        Item::Value(value) => value.span().map(|span| span.end),
        Item::Table(table) if table.is_dotted() => table.iter().filter_map(|(_, item)| end_of(item)).max(),
        _ => None,
    }
}

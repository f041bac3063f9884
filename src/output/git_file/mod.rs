//! Git's config files: the places of the values, and the removal of values.

use std::ops::Range;

use anyhow::{Result, anyhow};

mod reader;

use reader::{Reader, is_space};

/// A value in the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Value {
    /// Section, subsection and name, as `git config --list` prints them: `http.https://git.corp.proxy`.
    pub key: String,
    /// `None` for a name without `=`.
    pub value: Option<String>,
    /// The place from the first byte of the name to the end of the line.
    place: Range<usize>,
    /// The number of the section, from 1; 0 before the first header.
    section: usize,
}

/// A config file and the places of its values.
#[derive(Debug, Default)]
pub struct GitFile {
    /// The values, in the order of the file.
    pub values: Vec<Value>,
    /// The places of the section headers.
    headers: Vec<Range<usize>>,
}

impl GitFile {
    /// Reads the file.
    ///
    /// # Errors
    /// Git refuses the file; the error names the line.
    pub fn parse(content: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(content);
        reader.read().ok_or_else(|| {
            anyhow!("git cannot read line {}; fix that line or move the file away", reader.line())
        })
    }

    /// The content without the values that `is_unwanted` picks, and without the headers of sections that then hold
    /// nothing.
    #[must_use]
    pub fn without(&self, content: &[u8], is_unwanted: &dyn Fn(&Value) -> bool) -> Vec<u8> {
        let mut cuts: Vec<Range<usize>> = Vec::new();
        for (number, header) in self.headers.iter().enumerate() {
            let end = self.headers.get(number + 1).map_or(content.len(), |next| next.start);
            let inside: Vec<&Value> =
                self.values.iter().filter(|value| value.section == number + 1).collect();
            let unwanted: Vec<&&Value> = inside.iter().filter(|value| is_unwanted(value)).collect();
            let Some(last) = unwanted.last().filter(|_| unwanted.len() == inside.len()) else { continue };
            let places = [header].into_iter().chain(inside.iter().map(|value| &value.place));
            let mut at = header.start;
            let is_all = places.chain([&(end..end)]).all(|place| {
                let between = &content[at..place.start];
                at = place.end;
                between.iter().all(|byte| is_space(*byte))
            });
            if is_all {
                cuts.push(whole_lines(content, header.start..last.place.end));
            }
        }
        for value in self.values.iter().filter(|value| is_unwanted(value)) {
            if !cuts.iter().any(|cut| cut.contains(&value.place.start)) {
                cuts.push(whole_lines(content, value.place.clone()));
            }
        }
        cuts.sort_by_key(|cut| cut.start);
        let mut kept = Vec::with_capacity(content.len());
        let mut at = 0;
        for cut in cuts {
            kept.extend_from_slice(&content[at..cut.start]);
            at = cut.end;
        }
        kept.extend_from_slice(&content[at..]);
        kept
    }
}

/// Extends a place to whole lines, where nothing but blanks stands beside the place on its lines.
fn whole_lines(content: &[u8], place: Range<usize>) -> Range<usize> {
    let blanks = content[..place.start].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = place.start - blanks;
    if start > 0 && content[start - 1] != b'\n' {
        return place;
    }
    match content[place.end..].iter().position(|byte| *byte == b'\n') {
        Some(end) => start..place.end + end + 1,
        // A file that does not end with a newline gets none.
        None => start.saturating_sub(1)..content.len(),
    }
}

#[cfg(test)]
mod tests;

//! The syntax of git's config files: where the values stand, and how they are taken out.
//!
//! It follows git's own reader character by character (git, config.c, `git_parse_source` and what that calls), so that
//! no git needs to be started, or be there at all.

use std::ops::Range;

use anyhow::{Result, anyhow};

/// A value in the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Value {
    /// Section, subsection and name, as `git config --list` prints them: `http.https://git.corp.proxy`.
    pub key: String,
    /// `None` for a name without `=`.
    pub value: Option<String>,
    /// From the name's first byte up to the end of the line.
    place: Range<usize>,
    /// Number of its section.
    section: usize,
}

/// A config file, understood.
#[derive(Debug, Default)]
pub struct GitFile {
    /// In the order of the file.
    pub values: Vec<Value>,
    /// The places of the headers.
    headers: Vec<Range<usize>>,
}

impl GitFile {
    /// Reads the file.
    ///
    /// # Errors
    /// The line that git refuses.
    pub fn parse(content: &[u8]) -> Result<Self> {
        let mut reader = Reader { content, at: 0, ended: false };
        reader.read().ok_or_else(|| {
            let read = &content[..reader.at.min(content.len()).saturating_sub(1)];
            let line = read.split(|byte| *byte == b'\n').count();
            anyhow!("git cannot read line {line}; fix that line or move the file away")
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

/// The place with the blanks before it and the end of its line, when nothing else stands on the lines.
fn whole_lines(content: &[u8], place: Range<usize>) -> Range<usize> {
    let blanks = content[..place.start].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = place.start - blanks;
    if start > 0 && content[start - 1] != b'\n' {
        return place;
    }
    match content[place.end..].iter().position(|byte| *byte == b'\n') {
        Some(end) => start..place.end + end + 1,
        // A file whose last line has no end stays such a file.
        None => start.saturating_sub(1)..content.len(),
    }
}

/// What git's `isspace` is.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

struct Reader<'a> {
    content: &'a [u8],
    at: usize,
    /// Whether the last character was the line end that git sees at the end of the file.
    ended: bool,
}

impl Reader<'_> {
    /// The next character, with any line end as `\n`.
    fn next(&mut self) -> u8 {
        let rest = self.content.get(self.at..).unwrap_or_default();
        self.ended = rest.is_empty();
        self.at += if rest.starts_with(b"\r\n") { 2 } else { 1 };
        match rest {
            [] | [b'\r', b'\n', ..] => b'\n',
            [byte, ..] => *byte,
        }
    }

    /// `None` where git says "bad config line".
    fn read(&mut self) -> Option<GitFile> {
        let mut file = GitFile::default();
        let mut prefix = Vec::new();
        let mut in_comment = false;
        if self.content.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        loop {
            let start = self.at;
            match self.next() {
                b'\n' if self.ended => return Some(file),
                b'\n' => in_comment = false,
                _ if in_comment => {}
                b'#' | b';' => in_comment = true,
                b'[' => {
                    prefix = self.header()?;
                    prefix.push(b'.');
                    file.headers.push(start..self.at);
                }
                byte if is_space(byte) => {}
                byte if byte.is_ascii_alphabetic() => {
                    let mut key = prefix.clone();
                    key.push(byte.to_ascii_lowercase());
                    let (has_value, value) = self.value(&mut key)?;
                    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
                    let end = self.line_end();
                    let section = file.headers.len();
                    file.values.push(Value {
                        key: text(key),
                        value: has_value.then(|| text(value)),
                        place: start..end,
                        section,
                    });
                }
                _ => return None,
            }
        }
    }

    /// Where the line that was read last ends.
    fn line_end(&self) -> usize {
        let end = self.at.min(self.content.len());
        let end = end - usize::from(!self.ended && self.content[..end].ends_with(b"\n"));
        end - usize::from(!self.ended && self.content[..end].ends_with(b"\r"))
    }

    /// `section]` or `section "subsection"]`; the name of a section is in lower case.
    fn header(&mut self) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        loop {
            match self.next() {
                b'\n' if self.ended => return None,
                // Git refuses a section without a name (git, config.c, `git_parse_source`).
                b']' => return (!name.is_empty()).then_some(name),
                byte if is_space(byte) => return self.subsection(name, byte),
                byte if is_key(byte) || byte == b'.' => name.push(byte.to_ascii_lowercase()),
                _ => return None,
            }
        }
    }

    fn subsection(&mut self, mut name: Vec<u8>, mut byte: u8) -> Option<Vec<u8>> {
        while is_space(byte) {
            if byte == b'\n' {
                return None;
            }
            byte = self.next();
        }
        if byte != b'"' {
            return None;
        }
        name.push(b'.');
        loop {
            let byte = match self.next() {
                b'"' => break,
                b'\\' => self.next(),
                byte => byte,
            };
            if byte == b'\n' {
                return None;
            }
            name.push(byte);
        }
        (self.next() == b']').then_some(name)
    }

    /// The rest of a name, whether there is a `=`, and what follows that.
    fn value(&mut self, key: &mut Vec<u8>) -> Option<(bool, Vec<u8>)> {
        let mut byte = self.next();
        while is_key(byte) {
            key.push(byte.to_ascii_lowercase());
            byte = self.next();
        }
        while matches!(byte, b' ' | b'\t') {
            byte = self.next();
        }
        match byte {
            b'\n' => Some((false, Vec::new())),
            b'=' => Some((true, self.text()?)),
            _ => None,
        }
    }

    /// Up to the end of the line, without quotes, escapes, a comment and the blanks around it.
    fn text(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let (mut quoted, mut in_comment, mut blanks) = (false, false, 0);
        loop {
            let byte = self.next();
            if byte == b'\n' {
                return (!quoted).then_some(text);
            }
            if in_comment {
                continue;
            }
            if is_space(byte) && !quoted {
                blanks += usize::from(!text.is_empty());
                continue;
            }
            if matches!(byte, b';' | b'#') && !quoted {
                in_comment = true;
                continue;
            }
            text.resize(text.len() + std::mem::take(&mut blanks), b' ');
            match byte {
                b'\\' => match self.next() {
                    b'\n' => {}
                    b't' => text.push(b'\t'),
                    b'b' => text.push(8),
                    b'n' => text.push(b'\n'),
                    same @ (b'\\' | b'"') => text.push(same),
                    _ => return None,
                },
                b'"' => quoted = !quoted,
                byte => text.push(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! Reads git's config files character by character, as git does (git, config.c, `git_parse_source` and the functions that
//! it calls), so that jobproxy needs no git program.

use super::{GitFile, Value};

/// Whether git's `isspace` holds for the byte (git, git-compat-util.h).
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

pub(super) struct Reader<'a> {
    content: &'a [u8],
    at: usize,
    /// Whether the last character was the newline that git reads at the end of every file.
    ended: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        Self { content, at: 0, ended: false }
    }

    /// Returns the number of the line that was read last.
    pub(super) fn line(&self) -> usize {
        let read = &self.content[..self.at.min(self.content.len()).saturating_sub(1)];
        read.split(|byte| *byte == b'\n').count()
    }

    /// Returns the next character; `\r\n` and the end of the file are `\n`.
    fn next(&mut self) -> u8 {
        let rest = self.content.get(self.at..).unwrap_or_default();
        self.ended = rest.is_empty();
        self.at += if rest.starts_with(b"\r\n") { 2 } else { 1 };
        match rest {
            [] | [b'\r', b'\n', ..] => b'\n',
            [byte, ..] => *byte,
        }
    }

    /// Reads the whole file. Returns `None` where git reports "bad config line"; [`Reader::line`] is then that line.
    pub(super) fn read(&mut self) -> Option<GitFile> {
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

    /// Returns the place of the end of the line that was read last.
    fn line_end(&self) -> usize {
        let end = self.at.min(self.content.len());
        let end = end - usize::from(!self.ended && self.content[..end].ends_with(b"\n"));
        end - usize::from(!self.ended && self.content[..end].ends_with(b"\r"))
    }

    /// Reads `section]` or `section "subsection"]`, and returns the name with the section in lower case.
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

    /// Reads the rest of a name into `key`. Returns whether a `=` follows, and the value behind the `=`.
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

    /// Reads a value up to the end of its line. Quotes, escapes, a comment and outer blanks are resolved as git does it.
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

//! How what `setup` wrote is taken back.
//!
//! Most of it can be told from the file itself. Where it cannot (a value of somebody else's was replaced, an empty
//! object was filled), `setup` first writes down, beside the file, what stood there: the bytes that went, and by
//! length and checksum the content that came. It holds for that very content only.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Applied, State};
use crate::replace_file::{self, Done, Peers, read, remove};

/// A file without what is ours.
#[derive(Debug, PartialEq, Eq)]
pub enum Reverted {
    /// There is nothing of ours in it.
    Same,
    /// What is left of it.
    Content(Vec<u8>),
    /// Nothing is left: it was made by us.
    Gone,
}

/// What was there before, when it cannot be told from what is there now.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    /// How many bytes before and after the change stayed.
    kept: (usize, usize),
    /// Length and checksum of the content after the change.
    after: (usize, u64),
    /// The bytes that went.
    removed: Vec<u8>,
}

impl Record {
    fn of(before: &[u8], after: &[u8]) -> Self {
        let most = before.len().min(after.len());
        let start = before.iter().zip(after).take_while(|(one, other)| one == other).count();
        let end = before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count();
        let end = end.min(most - start);
        let removed = before[start..before.len() - end].to_vec();
        Self { kept: (start, end), after: (after.len(), checksum(after)), removed }
    }

    /// What was there before, if `after` is the content that it speaks of.
    fn restore(&self, after: &[u8]) -> Option<Vec<u8>> {
        let (start, end) = self.kept;
        let ours = (after.len(), checksum(after)) == self.after && start.checked_add(end)? <= after.len();
        ours.then(|| [&after[..start], &self.removed, &after[after.len() - end..]].concat())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let Self { kept: (start, end), after: (length, sum), removed } = self;
        [format!("{start} {end} {length} {sum}\n").as_bytes(), removed].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        let mut numbers = std::str::from_utf8(&bytes[..line]).ok()?.split(' ');
        let mut size = || numbers.next()?.parse().ok();
        let (kept, length) = ((size()?, size()?), size()?);
        let sum = numbers.next()?.parse().ok()?;
        Some(Self { kept, after: (length, sum), removed: bytes[line + 1..].to_vec() })
    }
}

/// FNV-1a, 64 bits. It tells an accident from our own content; an enemy who can write the record can write the file.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn record_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".jobproxy.undo");
    name.into()
}

fn recorded(path: &Path, after: &[u8]) -> Option<Vec<u8>> {
    Record::from_bytes(&read(&record_path(path)).ok()??)?.restore(after)
}

/// Writes down what `before` was, where `reverted` (what [`undo`] would make of `after`) is not that.
pub fn remember(path: &Path, before: Option<&[u8]>, after: &[u8], reverted: &Reverted) {
    let original = before.and_then(|before| recorded(path, before));
    let right = match (original.as_deref().or(before), reverted) {
        (None, Reverted::Gone) => true,
        (Some(before), Reverted::Content(content)) => before == content,
        (before, _) => before.is_none(),
    };
    if let Some(before) = original.as_deref().or(before).filter(|_| !right) {
        let record = Record::of(before, after).to_bytes();
        // Where there can be no record, setup itself is not to fail.
        let _ = replace_file::update(&record_path(path), Peers::Docker, false, &mut |old| {
            Ok((old != Some(&record)).then(|| record.clone()))
        });
    }
}

/// Takes back what `setup` wrote: what was recorded, else what `revert` makes of the content.
///
/// # Errors
/// The file cannot be read or replaced, or `revert` finds it wrong.
pub fn undo(
    path: &Path,
    peers: Peers,
    dry_run: bool,
    revert: &dyn Fn(&[u8]) -> Result<Reverted>,
) -> Result<Applied> {
    let Some(content) = read(path)? else { return Ok(Applied::new(path, State::Unchanged)) };
    let back = |content: &[u8]| match recorded(path, content) {
        Some(before) => Ok(Reverted::Content(before)),
        None => revert(content),
    };
    let state = if back(&content)? == Reverted::Gone {
        if !dry_run && !remove(path, peers, &content)? {
            return undo(path, peers, dry_run, revert);
        }
        State::Removed
    } else {
        let done = replace_file::update(path, peers, dry_run, &mut |content| match content
            .map(back)
            .transpose()?
        {
            Some(Reverted::Content(content)) => Ok(Some(content)),
            _ => Ok(None),
        })?;
        if done == Done::Unchanged { State::Unchanged } else { State::Restored }
    };
    if !dry_run {
        let _ = std::fs::remove_file(record_path(path));
    }
    Ok(Applied::new(path, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gives_back_what_was_there_and_holds_for_nothing_else() {
        for (before, after) in
            [("abc", "axc"), ("", "x"), ("aaa", "aaaa"), ("aaaa", "aa"), ("a\nb", "a\n\nb"), ("x", "y")]
        {
            let record = Record::of(before.as_bytes(), after.as_bytes());
            let read = Record::from_bytes(&record.to_bytes()).unwrap();
            assert_eq!(read, record);
            assert_eq!(read.restore(after.as_bytes()).unwrap(), before.as_bytes());
            assert_eq!(read.restore(b"something else"), None);
        }
        for bytes in ["", "1 2 3", "1 2 3\n", "a b c d\n", "9 9 1 12638153115695167455\n"] {
            assert_eq!(
                Record::from_bytes(bytes.as_bytes()).and_then(|record| record.restore(b"a")),
                None,
                "{bytes}"
            );
        }
    }
}

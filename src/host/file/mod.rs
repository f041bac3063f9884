//! The files of the host, each with its own rules: what the file should contain, and what `remove` takes out of the
//! file.

use anyhow::Result;

use super::diff::take_back;
use super::finding::Finding;

pub mod binary;
pub mod cntlm;
pub mod daemon_json;
pub mod dropin;
pub mod runner;

/// The content that a file should have, and the findings about the file.
#[derive(Debug, Default)]
pub struct Edited {
    /// `None`: the file does not exist and is not created.
    pub content: Option<Vec<u8>>,
    pub findings: Vec<Finding>,
}

/// What remains of a file after `remove`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// `None`: the file is removed.
    pub content: Option<Vec<u8>>,
    /// What in the file stays as `apply` or a later edit left it, and why.
    pub left: Vec<String>,
}

/// The content of a foreign file before `apply`, and the content that `apply` wrote.
#[derive(Debug)]
pub struct Record {
    pub before: Vec<u8>,
    pub after: Vec<u8>,
}

/// A file that `apply` writes. All of these functions are pure.
pub trait Managed {
    fn path(&self) -> &str;

    /// The systemd unit that must be restarted to read the file.
    fn service(&self) -> Option<&'static str>;

    /// Whether the whole file belongs to this program. Every other file is a foreign file: the file is edited, and a
    /// copy is kept.
    fn is_own(&self) -> bool;

    /// Returns the permission bits for this content. `old`: the permission bits of the existing file.
    fn mode(&self, content: &[u8], old: Option<u32>) -> u32;

    /// Returns the content that the file should have, if the file has the content `old` now. Editing twice changes
    /// nothing.
    ///
    /// # Errors
    /// The program that reads the file would refuse `old`.
    fn edit(&self, old: Option<&[u8]>) -> Result<Edited>;

    /// Takes out of `now` what `apply` put in. Works on any content, also on content that does not parse.
    fn remove(&self, now: &[u8], record: Option<&Record>) -> Removed;

    /// Returns the text with hidden values and the same line ends.
    fn masked(&self, text: &[u8]) -> String;
}

/// Returns the mode of a foreign file: the old mode. Where the content holds a password, the bits for users outside
/// of the group (0o007) are removed.
fn foreign_mode(old: u32, secret: bool) -> u32 {
    if secret { old & !0o007 } else { old }
}

/// Takes the changes in the record back, line by line. Where a later edit touches one of these lines, only half of
/// the changes could be taken back, and the program that reads the file could refuse the rest. With `can_be_read`
/// (the file parses) the content then stays, and the rules of the file take the changes out.
fn take_back_recorded(now: &[u8], record: Option<&Record>, can_be_read: bool) -> Vec<u8> {
    let taken = record.map(|Record { before, after }| take_back(before, after, now));
    match taken {
        Some((content, conflicts)) if conflicts == 0 || !can_be_read => content,
        _ => now.to_vec(),
    }
}

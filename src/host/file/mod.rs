//! The files of the host, each with its own rules: what it should contain, and what `remove` takes out of it.

use anyhow::Result;

use super::diff::take_back;
use super::finding::Finding;

pub mod binary;
pub mod cntlm;
pub mod daemon_json;
pub mod dropin;
pub mod runner;

/// What a file should contain, and what a person should know of it.
#[derive(Debug, Default)]
pub struct Edited {
    /// `None`: there is no such file, and none is made.
    pub content: Option<Vec<u8>>,
    pub findings: Vec<Finding>,
}

/// What remains of a file when `apply` is taken back.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// `None`: the file goes.
    pub content: Option<Vec<u8>>,
    /// What of it is not as it was before `apply`, and why.
    pub left: Vec<String>,
}

/// A foreign file as it was before `apply`, and as `apply` made it.
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

    /// Whether the whole file belongs to this program. A foreign file is edited, and a copy of it is kept.
    fn is_own(&self) -> bool;

    /// The permission bits for this content; `old` are those of the file that is there.
    fn mode(&self, content: &[u8], old: Option<u32>) -> u32;

    /// What the file should contain, if it contains `old` now. Editing twice changes nothing.
    ///
    /// # Errors
    /// The file is not what its owner reads.
    fn edit(&self, old: Option<&[u8]>) -> Result<Edited>;

    /// Takes out what `apply` put in. Works on any content.
    fn remove(&self, now: &[u8], record: Option<&Record>) -> Removed;

    /// The text as people may see it, with the same line ends.
    fn masked(&self, text: &[u8]) -> String;
}

/// The mode of a foreign file: as it is, but a password is not for everybody.
fn foreign_mode(old: u32, secret: bool) -> u32 {
    if secret { old & !0o007 } else { old }
}

/// Takes back line by line what is recorded. Where lines were edited since, half of a change could be taken back and
/// leave a file that cannot be read: a file that `can_be_read` stays as it is then, for its own rules to look at.
fn take_back_recorded(now: &[u8], record: Option<&Record>, can_be_read: bool) -> Vec<u8> {
    let taken = record.map(|Record { before, after }| take_back(before, after, now));
    match taken {
        Some((content, conflicts)) if conflicts == 0 || !can_be_read => content,
        _ => now.to_vec(),
    }
}

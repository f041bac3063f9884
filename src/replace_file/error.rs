//! Errors about a file: those of the operating system, and those for a file that jobproxy refuses.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Error, anyhow};

/// The action in the error when the new file cannot get the owner of the old file.
pub const KEEP_OWNER: &str = "keep the owner of";

/// An error about a file, in one line.
#[derive(Debug)]
struct Failed {
    doing: &'static str,
    kind: ErrorKind,
    line: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl std::error::Error for Failed {}

/// Whether an error means that no new file can be renamed over the old file: the old file is a bind mount or belongs to
/// another user, or its folder is read-only.
pub fn prevents_rename(error: &Error) -> bool {
    error.downcast_ref::<Failed>().is_some_and(|failed| {
        failed.doing == KEEP_OWNER
            || matches!(
                failed.kind,
                ErrorKind::PermissionDenied
                    | ErrorKind::ReadOnlyFilesystem
                    | ErrorKind::ResourceBusy
                    | ErrorKind::CrossesDevices
            )
    })
}

/// Whether the error is about this one file, so that a file in another folder may work.
#[must_use]
pub fn is_of_system(error: &Error) -> bool {
    error.is::<Failed>() && !is_interrupted(error)
}

/// Adds a remedy to an error about a file: free space for a full disk, `elsewhere` for every other error.
#[must_use]
pub fn with_remedy(error: &Error, elsewhere: &str) -> Error {
    let kind = error.downcast_ref::<Failed>().map(|failed| failed.kind);
    match kind {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => anyhow!("{error}; free some space there"),
        _ => anyhow!("{error}; {elsewhere}"),
    }
}

/// Whether a signal interrupted the call, so that the call can be repeated.
#[must_use]
pub fn is_interrupted(error: &Error) -> bool {
    error.downcast_ref::<Failed>().is_some_and(|failed| failed.kind == ErrorKind::Interrupted)
}

/// Returns an error of the operating system in one line: the path, the action, the cause.
pub fn failed(doing: &'static str, path: &Path, error: impl Into<io::Error>) -> Error {
    let error = error.into();
    let line = format!("{}: cannot {doing}: {}", path.display(), cause(&error));
    Failed { doing, kind: error.kind(), line }.into()
}

/// Returns the words of the C library for an error of the operating system, in lower case and without the number. Rust's
/// [`ErrorKind`] has words for a part of the errors only: the others are an "uncategorized error".
#[must_use]
pub fn cause(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_ascii_lowercase()
}

/// The error for a lock that another program held for longer than `PATIENCE`, or runs of jobproxy for longer than
/// `LONGEST`.
pub fn locked(lock: &Path) -> Error {
    let line = format!(
        "{}: another program holds this lock; if no such program runs, remove the lock",
        lock.display()
    );
    Failed { doing: "write", kind: ErrorKind::WouldBlock, line }.into()
}

/// The error for a file of another user in a folder that every user can write to. The other user could read a password
/// from the file.
pub fn planted(path: &Path) -> Error {
    let line = format!(
        "{}: belongs to another user, in a folder that everybody may write to, and is not used",
        path.display()
    );
    Failed { doing: "read", kind: ErrorKind::Other, line }.into()
}

/// The error for a path that is no regular file.
pub fn not_a_file(path: &Path, what: &str) -> Error {
    let line = format!("{}: is {what}, not a regular file", path.display());
    Failed { doing: "read", kind: ErrorKind::InvalidInput, line }.into()
}

/// The error for a file of more than `most` bytes.
pub fn too_big(path: &Path, most: u64) -> Error {
    let line = format!("{}: is bigger than {} MiB", path.display(), most / 1024 / 1024);
    Failed { doing: "read", kind: ErrorKind::FileTooLarge, line }.into()
}

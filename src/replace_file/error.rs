//! Errors of the system about a file.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Error, anyhow};

/// What could not be done when a new file cannot get the owner of the old one.
pub const KEEP_OWNER: &str = "keep the owner of";

/// An error of the system about a file, in one line.
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

/// Whether an error means that no new file can be renamed over the old one: the old one is a bind mount or of another
/// user, or its folder is read-only.
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

/// Whether the system refused to read or write the file, whatever the file holds: another place may do.
#[must_use]
pub fn is_of_system(error: &Error) -> bool {
    error.is::<Failed>() && !is_interrupted(error)
}

/// The error of the system with the way out; `elsewhere` is what to do where the place is at fault.
#[must_use]
pub fn with_remedy(error: &Error, elsewhere: &str) -> Error {
    let kind = error.downcast_ref::<Failed>().map(|failed| failed.kind);
    match kind {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => anyhow!("{error}; free some space there"),
        _ => anyhow!("{error}; {elsewhere}"),
    }
}

/// Whether a signal interrupted the call: a second try does it.
#[must_use]
pub fn is_interrupted(error: &Error) -> bool {
    error.downcast_ref::<Failed>().is_some_and(|failed| failed.kind == ErrorKind::Interrupted)
}

/// Puts an error of the system into a line.
pub fn failed(doing: &'static str, path: &Path, error: impl Into<io::Error>) -> Error {
    let error = error.into();
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let line = format!("{}: cannot {doing}: {}", path.display(), text.to_ascii_lowercase());
    Failed { doing, kind: error.kind(), line }.into()
}

/// Says that another program does not give up its lock.
pub fn locked(lock: &Path) -> Error {
    let line =
        format!("{}: another program holds this lock; if none is at work, remove the lock", lock.display());
    Failed { doing: "write", kind: ErrorKind::WouldBlock, line }.into()
}

/// Says that another user may have put something there to read a password from.
pub fn planted(path: &Path) -> Error {
    let line = format!(
        "{}: belongs to another user, in a folder that everybody may write to, so it is not used",
        path.display()
    );
    Failed { doing: "read", kind: ErrorKind::Other, line }.into()
}

/// Says that something stands at the path that is no regular file.
pub fn not_a_file(path: &Path, what: &str) -> Error {
    let line = format!("{}: is {what}, not a regular file", path.display());
    Failed { doing: "read", kind: ErrorKind::InvalidInput, line }.into()
}

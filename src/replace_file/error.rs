//! Errors of the system about a file.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::Error;

/// An error of the system about a file, with its remedy, in one line.
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

/// Whether an error of [`update`] means that the file is read-only, or that no other can take its place: it is
/// mounted by itself, somebody else's, or in a folder that this user may not write to.
#[must_use]
pub fn is_in_the_way(error: &Error) -> bool {
    error.downcast_ref::<Failed>().is_some_and(|failed| {
        failed.doing != "read"
            && matches!(
                failed.kind,
                ErrorKind::PermissionDenied
                    | ErrorKind::ReadOnlyFilesystem
                    | ErrorKind::ResourceBusy
                    | ErrorKind::CrossesDevices
            )
    })
}

/// Whether a signal came in between: the file has nothing to do with it, and one only has to try again.
#[must_use]
pub fn is_interrupted(error: &Error) -> bool {
    error.downcast_ref::<Failed>().is_some_and(|failed| failed.kind == ErrorKind::Interrupted)
}

/// Puts an error of the system into a line.
pub fn failed(doing: &'static str, path: &Path, error: impl Into<io::Error>) -> Error {
    let error = error.into();
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => {
            "; let this user write there, or set DOCKER_CONFIG or GIT_CONFIG_GLOBAL"
        }
        ErrorKind::ReadOnlyFilesystem => "; set DOCKER_CONFIG or GIT_CONFIG_GLOBAL to a writable place",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space there",
        ErrorKind::NotADirectory => "; one of its folders is a file, move that away",
        _ => "",
    };
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let line = format!("{}: cannot {doing}: {}{remedy}", path.display(), text.to_ascii_lowercase());
    Failed { doing, kind: error.kind(), line }.into()
}

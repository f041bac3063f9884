//! A file to replace, with what was found at the path of the file.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::process::geteuid;

use super::private::parent;

/// A file to replace.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    seen: Option<Seen>,
}

/// What [`super::follow()`] found at a path.
#[derive(Debug)]
pub(super) struct Seen {
    /// The metadata of the file; `None` where the file does not exist.
    pub file: Option<Metadata>,
    /// The metadata of the last folder of the path that exists; `None` where no folder was examined.
    pub folder: Option<Metadata>,
    /// Whether the folder of the file does not exist.
    pub lacks_folder: bool,
}

impl Target {
    /// The file at `path`, as it is: links are not followed.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, seen: None }
    }

    /// The file at `path`, without links, where `seen` was found a moment ago.
    pub(super) fn seen(path: PathBuf, seen: Seen) -> Self {
        Self { path, seen: Some(seen) }
    }

    /// The path of the file, without symbolic links where [`super::follow()`] returned the target.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the metadata that was found, and otherwise looks up the metadata. `None`: the file does not exist.
    pub(super) fn metadata(&self) -> io::Result<Option<Metadata>> {
        match &self.seen {
            Some(seen) => Ok(seen.file.clone()),
            None => look(&self.path),
        }
    }

    /// Whether the folder of the file was missing.
    pub(super) fn lacks_folder(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.lacks_folder)
    }

    /// Returns the user and group that the new file gets, and folders that are made for the file.
    pub(super) fn new_owner(&self) -> Option<(u32, u32)> {
        match self.seen.as_ref().and_then(|seen| seen.folder.as_ref()) {
            Some(folder) => is_run_by_root().then(|| owner_below(folder))?,
            None => new_owner(parent(&self.path)),
        }
    }
}

/// Returns the metadata of a file, links not followed; `None` where the file does not exist.
pub(super) fn look(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the user and group that new files in `folder` get: those of the folder, if root runs jobproxy and another
/// user owns the folder. `None`: new files keep the user that creates them.
pub(super) fn new_owner(folder: &Path) -> Option<(u32, u32)> {
    owner_below(&is_run_by_root().then(|| fs::metadata(folder).ok())??)
}

fn owner_below(folder: &Metadata) -> Option<(u32, u32)> {
    (folder.uid() != 0).then(|| (folder.uid(), folder.gid()))
}

/// Whether root runs this program; asked once.
fn is_run_by_root() -> bool {
    static IS_ROOT: OnceLock<bool> = OnceLock::new();
    *IS_ROOT.get_or_init(|| geteuid().is_root())
}

//! How a file is replaced so that nothing is ever lost: locked, written beside, swapped in as a whole, and
//! started over when somebody else was faster.
//!
//! A lock has a name that is known, so what a killed run left behind is found and removed by the next one; a living
//! run holds a `flock` on it. Where git locks too, the new content is written into the lock itself, as git does it
//! (git, lockfile.h); elsewhere beside it.
//!
//! A file whose place no other can take (it is mounted by itself, or somebody else's) is written as it stands,
//! after a copy of it was made.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Result, bail};
use rustix::fs::{CWD, RenameFlags, renameat_with};

mod error;
mod follow;
mod lock;
mod private;
mod snapshot;

use error::failed;
use follow::follow;
use lock::{Lock, remove_stale};
use snapshot::Snapshot;

pub use error::{is_in_the_way, is_interrupted};
pub use lock::{Turn, lock_path};
pub use private::{create, create_folder, private_path};

/// How often an edit is tried of a file that somebody else changes at that very moment.
const TRIES: u32 = 200;
/// What else writes to the file, and how one keeps out of its way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Peers {
    /// git: whoever creates `FILE.lock` may replace FILE.
    Git,
    /// docker: reads, and later renames a new file over FILE; nobody locks (docker/cli, configfile/file.go).
    Docker,
}

/// What [`update`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The file has the new content.
    Replaced {
        /// Other names of the old file, which keep the old content.
        hard_links: u64,
    },
    /// The edit had nothing to change.
    Unchanged,
    /// It would have been replaced, but nothing may be written.
    WouldReplace,
}

/// Reads `path` (`None`: it is not there), lets `edit` make the new content of it and swaps that in. `edit`
/// returns `None` when the file is right as it is, and is called again when the file changed meanwhile. With
/// `dry_run` nothing is written.
///
/// Symbolic links are followed, dangling ones too, but none that a stranger may have planted. Mode and owner of an
/// existing file are kept.
///
/// # Errors
/// Names the file and what to do; the file then is what it was.
pub fn update(
    path: &Path,
    peers: Peers,
    dry_run: bool,
    edit: &mut dyn FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>>,
) -> Result<Done> {
    let path = follow(path)?;
    let mut lock = None::<Lock>;
    for _ in 0..TRIES {
        let before = Snapshot::take(&path)?;
        let Some(content) = edit(before.as_ref().map(|before| before.content.as_slice()))? else {
            if !dry_run && lock.is_none() {
                // The second is of a turn at git's file.
                let _ = [peers, Peers::Docker].map(|peers| remove_stale(&lock_path(&path, peers), peers));
            }
            return Ok(Done::Unchanged);
        };
        if dry_run {
            return Ok(Done::WouldReplace);
        }
        let kept = lock.take();
        let swapped = kept.map_or_else(|| Lock::acquire(&path, peers), Ok).and_then(|held| {
            let lock = lock.insert(held);
            lock.fill(&content, before.as_ref())?;
            lock.swap_in(&path, before.as_ref())
        });
        // None is left where it was replaced while it was read.
        let mut hard_links = before.as_ref().map_or(0, |before| before.metadata.nlink().saturating_sub(1));
        let replaced = match (swapped, &before) {
            (Err(error), Some(before)) if is_in_the_way(&error) => {
                hard_links = 0;
                before.overwrite(&path, &content)
            }
            (swapped, _) => swapped,
        };
        if replaced? {
            return Ok(Done::Replaced { hard_links });
        }
        // Once it is ours, our lock keeps other runs away while we try again. Git's is held as briefly as can be:
        // a git that finds it taken fails.
        if peers == Peers::Git {
            lock = None;
        }
    }
    bail!("{}: somebody else keeps changing it; try again", path.display())
}

/// Removes a file that still holds `content`; false when it holds something else by now.
///
/// # Errors
/// Names the file and what to do; the file then is what it was.
pub fn remove(path: &Path, peers: Peers, content: &[u8]) -> Result<bool> {
    let path = follow(path)?;
    let mut lock = Lock::acquire(&path, peers)?;
    // Moved away before it is looked at: nobody can change it between the look and the removal.
    fs::rename(&path, &lock.new).map_err(|error| failed("remove", &path, error))?;
    let removed = Snapshot::take(&lock.new)?.is_some_and(|moved| moved.content == content);
    if !removed {
        lock.held = renameat_with(CWD, &lock.new, CWD, &path, RenameFlags::NOREPLACE).is_err();
    }
    Ok(removed)
}

/// The content of a file that may not be there.
///
/// # Errors
/// It cannot be read or is no regular file.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    Ok(Snapshot::take(&follow(path)?)?.map(|snapshot| snapshot.content))
}

//! Replaces a file as a whole or not at all: writes the new content into a new file beside the file and renames the new
//! file over the old file, as docker and git do.
//!
//! The name of the new file is fixed. The next run therefore finds the new file that a killed run left behind, and of
//! two runs at the same time the later run waits. For git the name is `FILE.lock`, the lock that every git respects
//! (git, lockfile.h). Docker has no lock: of two programs that write at the same moment the later program wins
//! (docker/cli, configfile.Save).
//!
//! A file that cannot be renamed over (a bind mount, or a file in a directory of another user) is overwritten in
//! place by `Snapshot::overwrite`. A copy of the old content is made first. The copy is removed at the end, unless
//! neither the new nor the old content can be written.
//!
//! The steps of one replacement, in order, each with the failure that the step guards against:
//!
//! 1. `follow`, which the caller runs before [`update`], resolves symbolic links, so that the rename hits the file
//!    and not a link that the user made. Links in HOME and its parents stay: a rename follows these.
//! 2. `Snapshot::take` reads the old file and keeps device, inode, size and modification time.
//! 3. `NewFile::create` creates the new file, for git under the name of git's lock. The step waits while a git holds
//!    the lock, for `PATIENCE` at most. A new file of jobproxy that stays unchanged for longer than `PATIENCE` was
//!    left behind by a killed run and is removed.
//! 4. `NewFile::fill` writes the content, sets the owner and mode of the old file, and flushes the new file where a
//!    full quota would otherwise be noticed only after the rename, or a power cut would lose the content.
//! 5. `is_unchanged` compares the old file with the snapshot. Where another program changed the file in the meantime
//!    (docker wrote a login), the replacement starts again at step 2. Where no old file existed, the rename of step 6
//!    fails instead when another program created the file (renameat2(2), RENAME_NOREPLACE).
//! 6. `NewFile::rename` renames the new file. A kill before the rename leaves the old file, a kill after the rename
//!    leaves the new file. Docker takes no lock: a login that docker writes between steps 5 and 6 is lost, as with
//!    two `docker login` at the same time.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Result, bail};

mod error;
mod follow;
pub mod json_edit;
mod limited;
mod new_file;
mod private;
mod publish;
mod snapshot;
mod target;

use error::{failed, prevents_rename};
use new_file::{NewFile, remove_left_over};
use private::NEW_FILE;
use snapshot::{Snapshot, is_same};
use target::look;

pub use error::{cause, is_interrupted, is_of_system, with_remedy};
pub use follow::follow;
pub use limited::{MOST_OF_A_CONFIG, read_limited};
pub use new_file::{Locking, lock_path};
pub use private::{create_folder, is_inside, is_trusted, no_folder, slot_folder, temporary_folders};
pub use publish::{add_to_copy, create_readable_folder, is_as_made, publish};
pub use target::Target;

/// The largest number of attempts to edit a file that another program keeps changing.
const TRIES: u32 = 200;

/// What [`update`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The file has the new content.
    Replaced {
        /// The number of other names of the old file, which keep the old content.
        hard_links: u64,
        /// The mode of the file.
        mode: u32,
    },
    /// The file was removed.
    Removed,
    /// The edit changed nothing.
    Unchanged {
        /// The mode of the file; `None` where the file does not exist.
        mode: Option<u32>,
    },
}

/// What [`update`] does with a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// The file stays as it is.
    Nothing,
    /// The file gets this content.
    Content(Vec<u8>),
    /// The file is removed. A file that cannot be removed (a bind mount) is emptied.
    Removal,
}

/// Reads a file (`edit` gets `None` where the file does not exist) and replaces its content by what `edit` returns.
/// `edit` is called again when another program changed the file meanwhile. Mode and owner of an existing file are kept.
///
/// # Errors
/// The error names the file and the cause. The file has its old content; where the old content could not be written
/// back, the error names a copy of the old content.
pub fn update(
    target: &Target,
    locking: Locking,
    edit: &mut dyn FnMut(Option<&[u8]>) -> Result<Change>,
) -> Result<Done> {
    let path = target.path();
    for attempt in 0..TRIES {
        let found = if attempt == 0 { target.metadata() } else { look(path) };
        let before = Snapshot::take(path, found)?;
        let mode = before.as_ref().map(|before| before.metadata.mode());
        let content = match edit(before.as_ref().map(|before| before.content.as_slice()))? {
            Change::Nothing => {
                remove_left_over(target, locking);
                return Ok(Done::Unchanged { mode });
            }
            Change::Content(content) => content,
            Change::Removal => match before.as_ref().map(|before| remove(target, locking, before)) {
                Some(Ok(true)) => return Ok(Done::Removed),
                Some(Ok(false)) => continue,
                Some(Err(error)) if prevents_rename(&error) => Vec::new(),
                Some(Err(error)) => return Err(error),
                None => return Ok(Done::Unchanged { mode }),
            },
        };
        // The number of other names of the old file. `nlink` counts the file's own name too, and is 0 when another
        // program replaced the file after the file was opened.
        let mut hard_links = before.as_ref().map_or(0, |before| before.metadata.nlink().saturating_sub(1));
        let replaced = match (replace(target, locking, before.as_ref(), &content), &before) {
            (Err(error), Some(before)) if prevents_rename(&error) => {
                hard_links = 0;
                before.overwrite(path, &content)
            }
            (replaced, _) => replaced,
        };
        if replaced? {
            return Ok(Done::Replaced { hard_links, mode: mode.unwrap_or(NEW_FILE) });
        }
    }
    bail!("{}: another program keeps changing the file; try again", path.display())
}

/// Renames a new file over the file. Returns false when another program changed the file, or another run removed the
/// new file, in the meantime.
fn replace(target: &Target, locking: Locking, before: Option<&Snapshot>, content: &[u8]) -> Result<bool> {
    let new = NewFile::create(target, locking)?;
    new.fill(content, before)?;
    // Without an old file the rename itself notices a file that another program created.
    Ok(before.is_none_or(|before| is_unchanged(target.path(), before)) && new.rename(before)?)
}

/// Removes the file. Returns false when another program changed or locked the file. No lock is taken: a killed run
/// would leave the lock behind, and perhaps no later run comes that removes the lock.
fn remove(target: &Target, locking: Locking, before: &Snapshot) -> Result<bool> {
    let path = target.path();
    if fs::symlink_metadata(lock_path(path, locking)).is_ok() {
        // Waits for the other program, and removes the lock of a killed run.
        drop(NewFile::create(target, locking)?);
        return Ok(false);
    }
    if !is_unchanged(path, before) {
        return Ok(false);
    }
    fs::remove_file(path).map_err(|error| failed("remove", path, error))?;
    Ok(true)
}

/// Whether the file is still the file of the snapshot.
fn is_unchanged(path: &Path, before: &Snapshot) -> bool {
    fs::symlink_metadata(path).is_ok_and(|now| is_same(&before.metadata, &now))
}

/// Returns the content of a file; `None` where the file does not exist.
///
/// # Errors
/// The file cannot be read or is no regular file.
pub fn read(target: &Target) -> Result<Option<Vec<u8>>> {
    Ok(Snapshot::take(target.path(), target.metadata())?.map(|snapshot| snapshot.content))
}

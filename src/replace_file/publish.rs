//! Files without secrets that every user may read. The caller derives the name from the content, so jobproxy never changes a
//! published file.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Result, bail};
use rustix::process::geteuid;
use tempfile::Builder;

use super::error::failed;
use super::new_file::{Locking, NewFile, READABLE, remove_left_over};
use super::private::parent;
use super::snapshot::Snapshot;
use super::{TRIES, Target, read};

const FOLDER: u32 = 0o755;

/// Makes a folder that every user can read and only this user can write to. Where a file of another user has the name
/// already, the new folder gets a random suffix. Returns the path of the folder.
///
/// # Errors
/// The folder cannot be made.
pub fn create_readable_folder(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    let open = |path: &Path| {
        fs::set_permissions(path, Permissions::from_mode(FOLDER))
            .map_err(|error| failed("create", path, error))
    };
    match fs::DirBuilder::new().mode(FOLDER).create(&path) {
        // mkdir applies the umask to the mode, chmod does not.
        Ok(()) => open(&path).map(|()| path),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed("create", &path, error)),
        Err(_) if mode_of_own(&path) == Some(FOLDER) => Ok(path),
        // An earlier run was killed between mkdir and chmod.
        Err(_) if mode_of_own(&path).is_some() => open(&path).map(|()| path),
        Err(_) => {
            let prefix = format!("{name}-");
            let other = Builder::new().prefix(&prefix).tempdir_in(folder);
            let other = other.map_err(|error| failed("create", &path, error))?.keep();
            open(&other).map(|()| other)
        }
    }
}

/// Returns the mode of a folder that this user owns and no other user can write to; `None` for any other path.
fn mode_of_own(folder: &Path) -> Option<u32> {
    let found = fs::symlink_metadata(folder).ok()?;
    let is_own = found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o022 == 0;
    is_own.then(|| found.mode() & 0o7777)
}

/// Writes a file with this content and mode `READABLE`, unless the file has both already. A file that a job has changed,
/// for example by `cat other.pem >>"$SSL_CERT_FILE"`, is replaced.
///
/// # Errors
/// The file cannot be written.
pub fn publish(path: &Path, content: &[u8]) -> Result<()> {
    let target = Target::new(path.to_owned());
    for _ in 0..TRIES {
        if is_published(&target, content) {
            remove_left_over(&target, Locking::None);
            return Ok(());
        }
        let changed = Snapshot::take(path, target.metadata())?;
        let new = NewFile::create(&target, Locking::None)?;
        new.fill_readable(content)?;
        if new.rename(changed.as_ref())? {
            return Ok(());
        }
    }
    bail!("{}: another program keeps changing the file; try again", path.display())
}

/// The modification time of a file that [`add_to_copy`] made. A file that another program has changed since has another time.
/// The content shows no change: `add` does not make the same bytes twice.
const MADE: SystemTime = SystemTime::UNIX_EPOCH;

/// Whether [`add_to_copy`] made the file at `path`, and no other program has changed the file.
#[must_use]
pub fn is_as_made(path: &Path) -> bool {
    let is_made = |found: fs::Metadata| {
        found.is_file()
            && found.mode() & 0o7777 == READABLE
            && found.modified().is_ok_and(|time| time == MADE)
    };
    fs::symlink_metadata(path).is_ok_and(is_made)
}

/// Writes a file with `content` and with what `add` adds. `add` gets the path of a new file, which is then renamed to `path`.
/// Runs at the same time use new files of their own, since `add` may take seconds.
///
/// # Errors
/// The file cannot be written, or `add` fails.
pub fn add_to_copy(path: &Path, content: &[u8], add: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    let write = |error: io::Error| failed("write", path, error);
    let name = path.file_name().unwrap_or_default();
    let new = Builder::new().prefix(name).suffix(".jobproxy").tempfile_in(parent(path)).map_err(write)?;
    new.as_file().write_all(content).map_err(write)?;
    add(new.path())?;
    let made = File::open(new.path()).map_err(write)?;
    made.set_permissions(Permissions::from_mode(READABLE)).map_err(write)?;
    made.set_modified(MADE).map_err(write)?;
    new.persist(path).map(drop).map_err(|error| failed("replace", path, error.error))
}

fn is_published(target: &Target, content: &[u8]) -> bool {
    let is_readable = |found: fs::Metadata| {
        found.is_file() && found.mode() & 0o7777 == READABLE && found.len() == content.len() as u64
    };
    fs::symlink_metadata(target.path()).is_ok_and(is_readable)
        && matches!(read(target), Ok(Some(found)) if found == content)
}

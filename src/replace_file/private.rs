//! Files and folders that only this user can read.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::geteuid;
use tempfile::{Builder, NamedTempFile};

use super::error::failed;
use super::target::new_owner;

/// The mode of a new file.
pub const NEW_FILE: u32 = 0o600;
/// The mode of a new folder.
const NEW_FOLDER: u32 = 0o700;

/// Returns the parent directory; `.` for a name without a directory.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder and its parent directories. `owner` is the user and group that they get (`Target::new_owner`).
pub fn make_folder(path: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    let made = match new_folder(path, owner) {
        Err(error) if error.kind() == ErrorKind::NotFound && parent(path) != path => {
            make_folder(parent(path), owner)?;
            new_folder(path, owner)
        }
        made => made,
    };
    // mkdir also fails with `AlreadyExists` for a dangling link and for a file; only a folder is a success.
    made.or_else(|error| if path.is_dir() { Ok(()) } else { Err(error) })
}

/// Makes a folder that only its owner can read, whatever the umask is.
fn new_folder(path: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    fs::DirBuilder::new().mode(NEW_FOLDER).create(path)?;
    let Some((user, group)) = owner else {
        return fs::set_permissions(path, Permissions::from_mode(NEW_FOLDER));
    };
    // The owner of the parent folder may replace the new folder at once. Owner and mode are therefore set on the open
    // folder.
    let folder =
        File::from(open(path, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?);
    if folder.metadata()?.uid() == 0 {
        // In a user namespace the owner of the folder may have no user ID. That owner then cannot use the folder
        // anyway.
        let _ = fchown(&folder, Some(user), Some(group));
        folder.set_permissions(Permissions::from_mode(NEW_FOLDER))?;
    }
    Ok(())
}

/// Whether this user owns the folder and no other user can read it, so that another user cannot have planted the
/// folder.
#[must_use]
pub fn is_trusted(folder: &Path) -> bool {
    let private = |found: Metadata| {
        found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o7777 == NEW_FOLDER
    };
    fs::symlink_metadata(folder).is_ok_and(private)
}

/// Makes a folder that only this user can read. Where a file of another user has the name already, the new folder
/// gets a random suffix. Returns the path of the folder.
///
/// # Errors
/// The folder cannot be made.
pub fn create_folder(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    match new_folder(&path, new_owner(folder)) {
        Ok(()) => return Ok(path),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed("create", &path, error)),
        Err(_) if is_trusted(&path) => return Ok(path),
        Err(_) => {}
    }
    let prefix = format!("{name}-");
    let made = Builder::new()
        .prefix(&prefix)
        .permissions(Permissions::from_mode(NEW_FOLDER))
        .tempdir_in(folder)
        .map_err(|error| failed("create", &path, error))?
        .keep();
    fs::set_permissions(&made, Permissions::from_mode(NEW_FOLDER))
        .map_err(|error| failed("create", &made, error))?;
    Ok(made)
}

/// Returns the folders for private files, the best folder first: the folder that GitLab Runner keeps beside the work
/// tree of a job (shells/abstract.go, `TmpProjectDir`), `temporary` (TMPDIR), and `/tmp`. A folder inside of the work
/// tree, or in which another user can replace files, is left out.
pub fn temporary_folders(project: Option<&Path>, temporary: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    let candidates = [project.map(slot_folder), temporary.map(Path::to_owned), Some("/tmp".into())];
    let absolute = |folder: PathBuf| env::current_dir().unwrap_or_default().join(folder);
    let is_outside = move |folder: &PathBuf| project.is_none_or(|project| !is_inside(folder, project));
    candidates.into_iter().flatten().map(absolute).filter(|folder| is_safe(folder)).filter(is_outside)
}

/// Returns the folder `PROJECT.tmp` that GitLab Runner keeps beside the work tree `project`. Only one job at a time
/// has this work tree, and so this folder.
#[must_use]
pub fn slot_folder(project: &Path) -> PathBuf {
    let mut name = OsString::from(project);
    name.push(".tmp");
    name.into()
}

/// Whether a user is root. In a user namespace without root, the owner of `/` counts as root.
pub fn is_root(user: u32) -> bool {
    user == 0 || fs::symlink_metadata("/").is_ok_and(|root| root.uid() == user)
}

/// Whether no other user can replace this user's files in the folder.
fn is_safe(folder: &Path) -> bool {
    let safe = |found: Metadata| {
        found.is_dir()
            && (found.uid() == geteuid().as_raw() || is_root(found.uid()))
            && (found.mode() & 0o002 == 0 || found.mode() & 0o1000 != 0)
    };
    fs::metadata(folder).is_ok_and(safe)
}

/// Whether a path leads into a folder, with symbolic links resolved. The end of the path need not exist.
#[must_use]
pub fn is_inside(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| {
        let existing = path.ancestors().find_map(|part| Some((part, fs::canonicalize(part).ok()?)));
        match existing {
            Some((part, real)) => real.join(path.strip_prefix(part).unwrap_or(Path::new(""))),
            None => path.to_owned(),
        }
    };
    real(path).starts_with(real(folder))
}

/// Makes a temporary file with this content that only this user can read.
pub fn create_temporary(content: &[u8]) -> Result<NamedTempFile> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let (project, temporary) = (variable("CI_PROJECT_DIR"), variable("TMPDIR"));
    let mut folders = temporary_folders(project.as_deref(), temporary.as_deref());
    let folder = folders.next().ok_or_else(no_folder)?;
    let failed = |error| failed("create a temporary copy of", &folder, error);
    let mut file = Builder::new().prefix("jobproxy-").tempfile_in(&folder).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    Ok(file)
}

/// The error where no folder is safe for private files.
#[must_use]
pub fn no_folder() -> anyhow::Error {
    anyhow!(
        "TMPDIR: no folder for private files; set TMPDIR to a folder of this user outside of the work tree"
    )
}

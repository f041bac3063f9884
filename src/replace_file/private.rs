//! Files and folders that only this user can look into.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use rustix::rand::{GetRandomFlags, getrandom};

use super::error::failed;

/// The mode of a file that was not there before, and of a folder made for it.
pub const NEW_FILE: u32 = 0o600;
const NEW_FOLDER: u32 = 0o700;

/// A name under `$TMPDIR` or `/tmp` that nobody can guess.
///
/// Without the tempfile package, whose thread-local random numbers are 9 KB of a static binary.
///
/// # Errors
/// The system has no random numbers.
pub fn private_path() -> Result<PathBuf> {
    let folder = env::var_os("TMPDIR").filter(|name| !name.is_empty()).unwrap_or_else(|| "/tmp".into());
    let folder = env::current_dir().unwrap_or_default().join(folder);
    let mut random = [0; 8];
    getrandom(&mut random, GetRandomFlags::empty())
        .map_err(|error| failed("choose a name in", &folder, error))?;
    Ok(folder.join(format!("jobproxy-{:016x}", u64::from_ne_bytes(random))))
}

/// Makes a folder that only this user can look into.
///
/// # Errors
/// It cannot be made.
pub fn create_folder(path: &Path) -> Result<()> {
    new_folder(path).map_err(|error| failed("create", path, error))
}

/// Makes a file that only this user can read; when it cannot be completed, it is gone again.
///
/// # Errors
/// It cannot be made.
pub fn create(path: &Path, content: &[u8]) -> Result<()> {
    let failed = |error| failed("create", path, error);
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(NEW_FILE).open(path).map_err(failed)?;
    let done =
        file.set_permissions(fs::Permissions::from_mode(NEW_FILE)).and_then(|()| file.write_all(content));
    done.map_err(|error| {
        let _ = fs::remove_file(path);
        failed(error)
    })
}

/// Makes a folder, readable by this user only whatever the umask is.
///
/// # Errors
/// It cannot be made, or is there.
pub fn new_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(NEW_FOLDER).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(NEW_FOLDER))
}

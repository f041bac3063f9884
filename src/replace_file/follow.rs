//! Resolves symbolic links, and refuses links, files and folders that another user may have planted.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rustix::process::geteuid;

use super::error::{failed, planted};
use super::private::is_root;

/// Returns the path without symbolic links. A dangling link leads to the file to create, as for docker and git.
/// `home` and its parent directories are trusted, since HOME names them; every other part of the path is examined.
///
/// # Errors
/// A folder of the path cannot be read, or a part of the path may have been planted by another user.
pub fn follow(path: &Path, home: Option<&Path>) -> Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let Some((link, target)) = first_link(&path, home)? else { return Ok(path) };
        let rest = path.strip_prefix(&link).unwrap_or(Path::new(""));
        let target = link.parent().unwrap_or(Path::new("")).join(target);
        path = if rest.as_os_str().is_empty() { target } else { target.join(rest) };
    }
    bail!("{}: too many symbolic links; remove the loop", path.display())
}

/// Returns the first symbolic link in a path, and the target of the link. Links in `home` itself stay: a rename follows
/// links in the folders of a path, and these are trusted.
fn first_link(path: &Path, home: Option<&Path>) -> Result<Option<(PathBuf, PathBuf)>> {
    let mut folder = home.filter(|home| path.starts_with(home)).and_then(|home| fs::metadata(home).ok());
    let skipped = folder.as_ref().and(home);
    let is_examined =
        |part: &&Path| !part.as_os_str().is_empty() && skipped.is_none_or(|home| !home.starts_with(part));
    let parts: Vec<&Path> = path.ancestors().filter(is_examined).collect();
    for part in parts.into_iter().rev() {
        let metadata = match fs::symlink_metadata(part) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", path, error)),
        };
        let is_chosen = home.is_some_and(|home| home.starts_with(part));
        if let Some(folder) = folder.as_ref().filter(|_| !is_chosen) {
            refuse_planted(part, &metadata, folder)?;
        }
        if metadata.is_symlink() {
            let target = fs::read_link(part).map_err(|error| failed("read", path, error))?;
            return Ok(Some((part.to_owned(), target)));
        }
        folder = Some(metadata);
    }
    Ok(None)
}

/// Refuses a link, a file or a folder in a folder that every user can write to, unless the owner is this user, root
/// or the owner of the folder. For links this is the kernel's own rule where fs.protected_symlinks is on (Linux,
/// fs/namei.c, `may_follow_link`). A password that is written to a file or a folder of another user can be read by
/// that user.
fn refuse_planted(path: &Path, found: &Metadata, folder: &Metadata) -> Result<()> {
    let trusted = folder.mode() & 0o002 == 0
        || [geteuid().as_raw(), folder.uid()].contains(&found.uid())
        || is_root(found.uid());
    if trusted { Ok(()) } else { Err(planted(path)) }
}

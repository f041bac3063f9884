//! Which file is meant: symbolic links, followed with care.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use rustix::process::geteuid;

use super::error::failed;

/// The file behind all symbolic links; as docker and git do it, a dangling link names the file to create.
pub fn follow(path: &Path) -> Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let Some((link, target)) = first_link(&path)? else { return Ok(path) };
        let rest = path.strip_prefix(&link).unwrap_or(Path::new(""));
        let target = link.parent().unwrap_or(Path::new("")).join(target);
        path = if rest.as_os_str().is_empty() { target } else { target.join(rest) };
    }
    bail!("{}: too many symbolic links; remove the loop", path.display())
}

/// The first symbolic link on the way to a file, and where it leads.
fn first_link(path: &Path) -> Result<Option<(PathBuf, PathBuf)>> {
    let ancestors: Vec<&Path> = path.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    for part in ancestors.into_iter().rev() {
        match fs::read_link(part) {
            Ok(target) => {
                refuse_planted(part)?;
                return Ok(Some((part.to_owned(), target)));
            }
            // Not a link.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", path, error)),
        }
    }
    Ok(None)
}

/// Where everybody may write, a link counts only when it is this user's, root's or the folder's owner's: the
/// kernel's own rule where fs.protected_symlinks is on (Linux, fs/namei.c, `may_follow_link`), which it is not
/// everywhere.
fn refuse_planted(link: &Path) -> Result<()> {
    let folder = link.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let (Ok(owner), Ok(folder)) = (fs::symlink_metadata(link), fs::metadata(folder)) {
        let trusted = [geteuid().as_raw(), folder.uid(), 0].contains(&owner.uid());
        ensure!(
            trusted || folder.mode() & 0o002 == 0,
            "{}: another user's symbolic link in a folder that everybody may write to is not followed; remove it",
            link.display()
        );
    }
    Ok(())
}

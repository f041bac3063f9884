//! Resolves symbolic links, and refuses links, files and folders that another user may have planted.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rustix::process::geteuid;

use super::error::{failed, planted};
use super::private::is_root;
use super::target::{Seen, Target, look};

/// The path of HOME, and its metadata if HOME exists.
pub type Home<'a> = (&'a Path, Option<&'a Metadata>);

/// Returns the file that a path means, without symbolic links. A dangling link leads to the file to create, as for docker
/// and git. HOME and its parent directories are trusted, since HOME names them; every other part of the path is examined.
///
/// # Errors
/// A folder of the path cannot be read, or a part of the path may have been planted by another user.
pub fn follow(path: &Path, home: Option<Home>) -> Result<Target> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let (seen, link) = walk(&path, home)?;
        let Some(link) = link else { return Ok(Target::seen(path, seen)) };
        let target = fs::read_link(&link).map_err(|error| failed("read", &path, error))?;
        let rest = path.strip_prefix(&link).unwrap_or(Path::new(""));
        let target = link.parent().unwrap_or(Path::new("")).join(target);
        path = if rest.as_os_str().is_empty() { target } else { target.join(rest) };
    }
    bail!("{}: too many symbolic links; remove the loop", path.display())
}

/// Walks along a path to its end, to the first part that does not exist, or to the first symbolic link. Returns what was
/// found there, and the path of the link. Links in HOME itself stay: a rename follows links in the folders of a path, and
/// these are trusted.
fn walk(path: &Path, home: Option<Home>) -> Result<(Seen, Option<PathBuf>)> {
    let below_home = home.and_then(|(home, found)| Some((home, found?, path.strip_prefix(home).ok()?)));
    let (mut part, mut folder, rest) = match below_home {
        Some((home, found, rest)) => (home.to_owned(), Some(found.clone()), rest),
        None => (PathBuf::new(), None, path),
    };
    let mut names = rest.components().peekable();
    while let Some(name) = names.next() {
        part.push(name);
        let is_last = names.peek().is_none();
        let Some(metadata) = look(&part).map_err(|error| failed("read", path, error))? else {
            return Ok((Seen { file: None, folder, lacks_folder: !is_last }, None));
        };
        let is_chosen = below_home.is_none() && home.is_some_and(|(home, _)| home.starts_with(&part));
        if let Some(folder) = folder.as_ref().filter(|_| !is_chosen) {
            refuse_planted(&part, &metadata, folder)?;
        }
        if is_last || metadata.is_symlink() {
            let link = metadata.is_symlink().then_some(part);
            return Ok((Seen { file: Some(metadata), folder, lacks_folder: false }, link));
        }
        folder = Some(metadata);
    }
    // The path is HOME itself.
    Ok((Seen { file: folder, folder: None, lacks_folder: false }, None))
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

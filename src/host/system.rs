//! Reads and writes the files of the host. No other module of `jobproxy-host` writes a file.
//!
//! Every path is a path of the host and is resolved below `--root`, and so are symbolic links: an absolute link in an
//! image leads to a file of the image.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Error, Result, anyhow, bail, ensure};
use rustix::fs::{FlockOperation, XattrFlags, flock, getxattr, setxattr};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::replace_file::{Change, Locking, Target, cause, lock_path, update};

/// A file with the content and mode that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub content: Vec<u8>,
    /// Permission bits.
    pub mode: u32,
    /// Whether this program runs as root and the file belongs to another user.
    pub is_foreign: bool,
}

/// The host, or the image of a host.
pub struct System {
    root: PathBuf,
    lock: Option<File>,
}

/// The attribute with the SELinux label of a file. A renamed file keeps its own label, so the new file gets the label
/// of the old file.
const LABEL: &str = "security.selinux";

impl System {
    pub fn new(root: &Path) -> Result<Self> {
        let root = fs::canonicalize(root).map_err(|error| failed("read", root, &error))?;
        Ok(Self { root, lock: None })
    }

    /// Whether this is the running host, and not a folder that `--root` names.
    pub fn is_running(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Takes a lock that keeps other runs of this program away until this run ends.
    pub fn lock(&mut self) -> Result<()> {
        let folder = self.resolve("/etc")?;
        let file = File::open(&folder).map_err(|error| failed("read", &folder, &error))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => self.lock = Some(file),
            Err(Errno::WOULDBLOCK) => {
                bail!("another jobproxy-host is at work; try again when that has ended")
            }
            // The file system has no locks: the run continues without the lock.
            Err(_) => {}
        }
        Ok(())
    }

    /// Reads a file; `None` where the file does not exist.
    pub fn read(&self, path: &str) -> Result<Option<Found>> {
        let full = self.resolve(path)?;
        let metadata = match fs::metadata(&full) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|error| failed("read", Path::new(path), &error))?,
        };
        ensure!(metadata.is_file(), "{path}: is not a regular file; move it away");
        let content = fs::read(&full).map_err(|error| failed("read", Path::new(path), &error))?;
        let is_foreign = geteuid().is_root() && metadata.uid() != 0;
        Ok(Some(Found { content, mode: metadata.mode() & 0o7777, is_foreign }))
    }

    /// Whether there is anything at `path`.
    pub fn exists(&self, path: &str) -> bool {
        self.resolve(path).is_ok_and(|full| full.exists())
    }

    /// Whether two paths lead to the same file or folder.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        matches!((self.resolve(one), self.resolve(other)), (Ok(one), Ok(other)) if one == other)
    }

    /// Returns the names in a folder, sorted; no names where the folder does not exist.
    pub fn list(&self, path: &str) -> Vec<String> {
        let Ok(entries) = self.resolve(path).and_then(|full| Ok(fs::read_dir(full)?)) else {
            return Vec::new();
        };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Replaces the file as a whole, or creates the file. Fails when the content is no longer that of `before`.
    pub fn write(&self, path: &str, before: Option<&Found>, content: &[u8], mode: u32) -> Result<()> {
        let full = self.resolve(path)?;
        make_folder(full.parent().unwrap_or(Path::new("/")))?;
        self.clean(path)?;
        let change_mode = |mode: u32| {
            fs::set_permissions(&full, Permissions::from_mode(mode))
                .map_err(|error| failed("change the mode of", Path::new(path), &error))
        };
        // `update` gives the new file the mode of the old file. Bits that `mode` lacks are removed before, so that a
        // user who may not read the new content cannot read the new content for a moment.
        if let Some(old) = before.filter(|old| old.mode & !mode != 0) {
            change_mode(old.mode & mode)?;
        }
        let label = label(&full);
        update(&Target::new(full.clone()), Locking::None, &mut |now| {
            ensure!(
                now == before.map(|before| before.content.as_slice()),
                "{path}: changed while jobproxy-host was at work; run it again"
            );
            Ok(if now == Some(content) { Change::Nothing } else { Change::Content(content.to_vec()) })
        })?;
        if let Some(label) = label {
            // A system without SELinux may refuse the label.
            let _ = setxattr(&full, LABEL, &label, XattrFlags::empty());
        }
        change_mode(mode)
    }

    /// Makes root the owner of a file, if this program runs as root: jobs run the binary, so no other user may change
    /// the binary.
    pub fn own(&self, path: &str) -> Result<()> {
        if !geteuid().is_root() {
            return Ok(());
        }
        chown(self.resolve(path)?, Some(0), Some(0))
            .map_err(|error| failed("change the owner of", Path::new(path), &error))
    }

    /// Returns the time of the last change of a file; `None` where the file cannot be read.
    pub fn modified(&self, path: &str) -> Option<SystemTime> {
        fs::metadata(self.resolve(path).ok()?).ok()?.modified().ok()
    }

    /// Removes a file. With `folder_too` also removes the folder of the file, if the folder is empty then.
    pub fn remove(&self, path: &str, folder_too: bool) -> Result<()> {
        let full = self.resolve(path)?;
        remove_if_there(&beside(&full))?;
        remove_if_there(&full)?;
        if let Some(folder) = full.parent().filter(|_| folder_too) {
            // rmdir removes an empty folder only.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    /// Removes the new file that a killed run left beside `path`.
    pub fn clean(&self, path: &str) -> Result<()> {
        remove_if_there(&beside(&self.resolve(path)?))
    }

    /// Returns the path that a path of the host leads to, with every symbolic link followed inside of the root.
    fn resolve(&self, path: &str) -> Result<PathBuf> {
        let mut todo: Vec<OsString> = parts(Path::new(path));
        let (mut full, mut links) = (self.root.clone(), 0);
        while let Some(part) = todo.pop() {
            if part == ".." {
                if full != self.root {
                    full.pop();
                }
                continue;
            }
            let next = full.join(&part);
            match fs::read_link(&next) {
                Ok(target) => {
                    links += 1;
                    ensure!(links < 40, "{path}: too many symbolic links; remove the loop");
                    if target.is_absolute() {
                        full.clone_from(&self.root);
                    }
                    todo.extend(parts(&target));
                }
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    return Err(failed("read", Path::new(path), &error));
                }
                // Not a link, or not an existing file.
                Err(_) => full = next,
            }
        }
        Ok(full)
    }
}

/// Returns the components of a path, the last component first.
fn parts(path: &Path) -> Vec<OsString> {
    let part = |component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().rev().filter_map(part).collect()
}

/// Returns the path of the new file that becomes `full`. A file at this path was left behind by a killed run, since
/// the lock keeps other runs away.
fn beside(full: &Path) -> PathBuf {
    lock_path(full, Locking::None)
}

/// Returns the SELinux label of a file; `None` where the file has no label.
fn label(full: &Path) -> Option<Vec<u8>> {
    let mut label = [0; 512];
    let length = getxattr(full, LABEL, &mut label[..]).ok()?;
    Some(label[..length].to_vec())
}

/// Makes a folder and its parent directories with mode 0755, whatever the umask is: jobs read the binary, systemd
/// reads the drop-ins.
fn make_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
    }
    DirBuilder::new()
        .mode(0o755)
        .create(folder)
        .and_then(|()| fs::set_permissions(folder, Permissions::from_mode(0o755)))
        .map_err(|error| failed("create", folder, &error))
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Returns an error of the operating system about a file in one line, with a remedy.
fn failed(doing: &str, path: &Path, error: &std::io::Error) -> Error {
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => "; run jobproxy-host as root",
        ErrorKind::ResourceBusy => "; it is mounted by itself, run jobproxy-host where the file is kept",
        ErrorKind::ReadOnlyFilesystem => "; make it writable, or use --root",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space there",
        _ => "",
    };
    anyhow!("{}: cannot {doing}: {}{remedy}", path.display(), cause(error))
}

/// Reads a file that does not belong to the configuration of the host (a password, a binary to install). Returns
/// content and permission bits.
pub fn read_outside(path: &Path) -> Result<(Vec<u8>, u32)> {
    let file = File::open(path).map_err(|error| failed("read", path, &error))?;
    let mode = file.metadata().with_context(|| path.display().to_string())?.mode();
    let content = fs::read(path).map_err(|error| failed("read", path, &error))?;
    Ok((content, mode & 0o7777))
}

//! The new file, which is renamed over the old file.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::fs::{Mode, OFlags, fstatfs, open};
use rustix::io::Errno;
use tempfile::{NamedTempFile, TempPath};

use super::error::{KEEP_OWNER, failed, locked};
use super::private::{NEW_FILE, make_folder, parent};
use super::snapshot::Snapshot;
use super::target::Target;

/// The time to wait for the new file of another program. A run of jobproxy keeps its new file for a few milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// The time to wait where runs of jobproxy create one new file after the other.
const LONGEST: Duration = Duration::from_secs(20);

/// The mode of a file that every user may read.
pub const READABLE: u32 = 0o644;

/// The mode bit that distinguishes a new file of jobproxy from git's lock of the same name. The sticky bit has no
/// meaning on a file, and is set by the call that creates the file: no kill leaves a new file without the bit.
const MARK: u32 = 0o1000;

/// The locking protocol of the other programs that write to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// git's: the program that creates `FILE.lock` may replace FILE (git, lockfile.h).
    Git,
    /// No protocol: docker writes without a lock.
    None,
}

/// Returns the path of the new file; for git the path of git's lock.
#[must_use]
pub fn lock_path(path: &Path, locking: Locking) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(if locking == Locking::Git { ".lock" } else { ".jobproxy" });
    name.into()
}

/// A new file. `Drop` removes the file unless [`NewFile::rename`] was called.
pub struct NewFile<'a> {
    file: NamedTempFile,
    target: &'a Target,
    locking: Locking,
    created: Instant,
}

impl<'a> NewFile<'a> {
    /// Creates the new file beside the target. Waits while another program has a file of the same name there, and removes
    /// a file that a killed run of jobproxy left behind.
    pub fn create(target: &'a Target, locking: Locking) -> Result<Self> {
        let path = target.path();
        let lock = lock_path(path, locking);
        let make_folder =
            || make_folder(parent(&lock), target.new_owner()).map_err(|error| failed("create", path, error));
        let (mut waiting, mut folder_made) = (Waiting::default(), target.lacks_folder());
        if folder_made {
            make_folder()?;
        }
        loop {
            match create_new(&lock, NEW_FILE | mark(locking)) {
                Ok(file) => {
                    let file = NamedTempFile::from_parts(
                        file,
                        TempPath::try_from_path(lock).map_err(|error| failed("write", path, error))?,
                    );
                    return Ok(Self { file, target, locking, created: Instant::now() });
                }
                // The folder is made once at most: mkdir can report success where no file can be created afterwards,
                // as below /proc.
                Err(Errno::NOENT) if !folder_made => {
                    make_folder()?;
                    folder_made = true;
                }
                Err(Errno::EXIST) => waiting.wait(&lock, locking)?,
                Err(error) => return Err(failed("write", path, error)),
            }
        }
    }

    /// Writes the content, with owner and mode of the old file. Without an old file the mode is `NEW_FILE` and the
    /// owner is this user. If this user is root, the owner is that of the folder, who could not read the file
    /// otherwise.
    pub fn fill(&self, content: &[u8], before: Option<&Snapshot>) -> Result<()> {
        let mut file = self.file.as_file();
        let write = |error: io::Error| failed("write", self.target.path(), error);
        file.write_all(content).map_err(write)?;
        let old = before.map(|before| &before.metadata);
        if let Some(old) = old {
            let (now, owner) = (file.metadata().map_err(write)?, (old.uid(), old.gid()));
            if owner != (now.uid(), now.gid()) {
                fchown(file, Some(owner.0), Some(owner.1))
                    .map_err(|error| failed(KEEP_OWNER, self.target.path(), error))?;
            }
        } else if let Some((user, group)) = self.target.new_owner() {
            // In a user namespace the owner of the folder may have no user ID. That owner then cannot use the file
            // anyway.
            let _ = fchown(file, Some(user), Some(group));
        }
        // The mark stays until the rename, so that no other run takes the file for git's lock. The rename sets the mode
        // of a new file for git, which has no bits of others before.
        if old.is_some() || self.locking == Locking::None {
            file.set_permissions(Permissions::from_mode(mode(old) | mark(self.locking))).map_err(write)?;
        }
        flush(file, old.is_some()).map_err(write)
    }

    /// Writes content that every user may read. The owner is this user, also where an old file has another owner.
    pub fn fill_readable(&self, content: &[u8]) -> Result<()> {
        let mut file = self.file.as_file();
        let write = |error: io::Error| failed("write", self.target.path(), error);
        file.write_all(content).map_err(write)?;
        file.set_permissions(Permissions::from_mode(READABLE)).map_err(write)?;
        flush(file, false).map_err(write)
    }

    /// Renames the new file over the old file. Returns false when another run removed the new file, which looked like
    /// the new file of a killed run.
    pub fn rename(self, before: Option<&Snapshot>) -> Result<bool> {
        let Self { file, target, locking, created } = self;
        let path = target.path();
        if created.elapsed() > PATIENCE / 2 && !is_at(file.as_file(), file.path()) {
            let _ = file.keep();
            return Ok(false);
        }
        let persisted = match before {
            Some(_) => file.persist(path),
            // Fails where another program created the file in the meantime (renameat2(2), RENAME_NOREPLACE).
            None => match file.persist_noclobber(path) {
                Err(error) if error.error.kind() == ErrorKind::AlreadyExists => return Ok(false),
                // A file system or a seccomp filter may refuse the flag.
                Err(_) if fs::symlink_metadata(path).is_ok() => return Ok(false),
                Err(error) => error.file.persist(path),
                done => done,
            },
        };
        let replaced = persisted.map_err(|error| failed("replace", path, error.error))?;
        if locking == Locking::Git {
            // The mark has no meaning on the final file, so a failure to remove the mark does no harm.
            let _ =
                replaced.set_permissions(Permissions::from_mode(mode(before.map(|before| &before.metadata))));
        }
        Ok(true)
    }
}

/// Creates a file that does not exist yet, as `tempfile` does for a name of its own choice.
fn create_new(path: &Path, mode: u32) -> rustix::io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    loop {
        match open(path, flags, Mode::from_raw_mode(mode)) {
            Err(Errno::INTR) => {}
            opened => return opened.map(File::from),
        }
    }
}

/// Returns [`MARK`] where the new file has the name of git's lock.
fn mark(locking: Locking) -> u32 {
    if locking == Locking::Git { MARK } else { 0 }
}

/// Returns the mode of the file after the replacement.
fn mode(old: Option<&Metadata>) -> u32 {
    old.map_or(NEW_FILE, |old| old.mode() & 0o7777 & !MARK)
}

/// Whether the path still leads to the open file.
fn is_at(file: &File, path: &Path) -> bool {
    let inode = |metadata: Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata().map(inode), fs::symlink_metadata(path).map(inode)), (Ok(open), Ok(at_path)) if open == at_path)
}

/// Flushes the content to the disk where an error or a power cut would lose content after the rename. A network file
/// system reports a full quota only when the file is closed, after the rename (close(2), "NFS and quota"). XFS may
/// write the data after the rename, so that a power cut leaves an empty file. On a local disk only a file that
/// replaces an old file (`replaces_old`) is flushed, so that a power cut cannot lose the old content. Files in memory
/// and in a container's own layer are lost after a power cut anyway, and are not flushed.
pub fn flush(file: &File, replaces_old: bool) -> io::Result<()> {
    // statfs(2): tmpfs, ramfs, overlayfs; ext2 to ext4, btrfs, XFS.
    const SHORT_LIVED: [i64; 3] = [0x0102_1994, 0x8584_58f6, 0x794c_7630];
    const LOCAL: [i64; 3] = [0xef53, 0x9123_683e, 0x5846_5342];
    match fstatfs(file) {
        Ok(kind) if SHORT_LIVED.contains(&kind.f_type) => Ok(()),
        Ok(kind) if LOCAL.contains(&kind.f_type) && !replaces_old => Ok(()),
        // Some file systems cannot flush and report one of these errors.
        _ => match file.sync_data() {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied
                ) =>
            {
                Ok(())
            }
            done => done,
        },
    }
}

/// Whether a file with the name of a new file was made by jobproxy.
fn is_of_jobproxy(found: &Metadata, locking: Locking) -> bool {
    locking != Locking::Git || found.mode() & 0o7000 == MARK
}

/// Removes the new file that a killed run left behind, for a `target` that needs no change. Waits as
/// `NewFile::create` does, and ignores errors.
pub fn remove_left_over(target: &Target, locking: Locking) {
    let found = fs::symlink_metadata(lock_path(target.path(), locking));
    if found.is_ok_and(|found| is_of_jobproxy(&found, locking)) {
        drop(NewFile::create(target, locking));
    }
}

/// The wait for the new file of another program.
struct Waiting {
    started: Instant,
    /// The identity of the file that was seen last, and the time when that file was seen first.
    seen: Option<((u64, u64, i64, i64), Instant)>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { started: Instant::now(), seen: None }
    }
}

impl Waiting {
    /// Waits 10 ms. A new file of jobproxy that stays unchanged for longer than a run needs was left behind by a
    /// killed run and is removed, also when another user owns the file. `flock` cannot distinguish a running from a
    /// killed run: NFS may have no `flock`, and a file of another user cannot be opened. A lock of git is never
    /// removed: after `PATIENCE` the wait ends with an error.
    fn wait(&mut self, path: &Path, locking: Locking) -> Result<()> {
        let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
        let identity = (found.dev(), found.ino(), found.ctime(), found.ctime_nsec());
        let since = match self.seen {
            Some((seen, since)) if seen == identity => since,
            _ => self.seen.insert((identity, Instant::now())).1,
        };
        let of_jobproxy = is_of_jobproxy(&found, locking);
        if since.elapsed() > PATIENCE && of_jobproxy {
            fs::remove_file(path).map_err(|error| failed("remove", path, error))?;
        }
        let limit = if of_jobproxy { LONGEST } else { PATIENCE };
        if self.started.elapsed() > limit {
            return Err(locked(path));
        }
        sleep(Duration::from_millis(10));
        Ok(())
    }
}

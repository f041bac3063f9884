//! The new file, which is renamed over the old one.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::fs::fstatfs;
use tempfile::{Builder, NamedTempFile};

use super::error::{KEEP_OWNER, failed, locked};
use super::private::{NEW_FILE, make_folder, new_owner, parent};
use super::snapshot::Snapshot;

/// How long to wait for the new file of another program. A run of jobproxy keeps its new file for a few milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait while new files of other programs come and go.
const LONGEST: Duration = Duration::from_secs(20);

/// The mode bit that marks a new file as jobproxy's, since git's lock has the same name. The sticky bit has no meaning on a
/// file, and the call that creates the file sets the bit.
const MARK: u32 = 0o1000;

/// The locking protocol of the other programs that write to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// git's: the program that creates `FILE.lock` may replace FILE (git, lockfile.h).
    Git,
    /// No protocol, as docker has none.
    None,
}

/// The name of the new file; for git the name of git's lock.
#[must_use]
pub fn lock_path(path: &Path, locking: Locking) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(if locking == Locking::Git { ".lock" } else { ".jobproxy" });
    name.into()
}

/// A new file. `Drop` removes the file unless it was renamed over the old one.
pub struct NewFile<'a> {
    file: NamedTempFile,
    path: &'a Path,
    locking: Locking,
    created: Instant,
}

impl<'a> NewFile<'a> {
    /// Creates the new file beside `path`. Waits while another program has a new file there, and removes a file that a
    /// killed run of jobproxy left behind.
    pub fn create(path: &'a Path, locking: Locking) -> Result<Self> {
        let lock = lock_path(path, locking);
        let (folder, name) = (parent(&lock), lock.file_name().unwrap_or_default());
        let (mut waiting, mut folder_made) = (Waiting::default(), false);
        loop {
            let created = Builder::new()
                .prefix(name)
                .rand_bytes(0)
                .permissions(Permissions::from_mode(NEW_FILE | MARK))
                .tempfile_in(folder);
            match created {
                Ok(file) => return Ok(Self { file, path, locking, created: Instant::now() }),
                // mkdir can report success where no file can be created afterwards, as below /proc: one try only.
                Err(error) if error.kind() == ErrorKind::NotFound && !folder_made => {
                    make_folder(folder).map_err(|error| failed("create", path, error))?;
                    folder_made = true;
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    waiting.for_the_end_of(&lock, locking)?;
                }
                Err(error) => return Err(failed("write", path, error)),
            }
        }
    }

    /// Writes the content, with owner and mode of the old file. A file that did not exist belongs to this user; root's
    /// belongs to the owner of the folder, who could not read it otherwise.
    pub fn fill(&self, content: &[u8], before: Option<&Snapshot>) -> Result<()> {
        let mut file = self.file.as_file();
        let write = |error: io::Error| failed("write", self.path, error);
        file.write_all(content).map_err(write)?;
        let old = before.map(|before| &before.metadata);
        if let Some(old) = old {
            let (now, owner) = (file.metadata().map_err(write)?, (old.uid(), old.gid()));
            if owner != (now.uid(), now.gid()) {
                fchown(file, Some(owner.0), Some(owner.1))
                    .map_err(|error| failed(KEEP_OWNER, self.path, error))?;
            }
        } else if let Some((user, group)) = new_owner(parent(self.path)) {
            // In a user namespace the owner may have no number; then nobody else works there.
            let _ = fchown(file, Some(user), Some(group));
        }
        // The mark stays until the lock has become the file.
        let mark = if self.locking == Locking::Git { MARK } else { 0 };
        file.set_permissions(Permissions::from_mode(mode(old) | mark)).map_err(write)?;
        flush(file, old.is_some()).map_err(write)
    }

    /// Renames the new file over the old one; false when another run removed the new file as left behind.
    pub fn take_the_place_of(self, before: Option<&Snapshot>) -> Result<bool> {
        let Self { file, path, locking, created } = self;
        if created.elapsed() > PATIENCE / 2 && !is_at(file.as_file(), file.path()) {
            let _ = file.keep();
            return Ok(false);
        }
        let replaced = file.persist(path).map_err(|error| failed("replace", path, error.error))?;
        if locking == Locking::Git {
            // The mark has no meaning on the final file, so a failure to remove the mark does no harm.
            let _ =
                replaced.set_permissions(Permissions::from_mode(mode(before.map(|before| &before.metadata))));
        }
        Ok(true)
    }
}

/// The mode that the file will have.
fn mode(old: Option<&Metadata>) -> u32 {
    old.map_or(NEW_FILE, |old| old.mode() & 0o7777 & !MARK)
}

/// Whether the path still leads to the open file.
fn is_at(file: &File, path: &Path) -> bool {
    let inode = |metadata: Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata().map(inode), fs::symlink_metadata(path).map(inode)), (Ok(one), Ok(other)) if one == other)
}

/// Writes the content to the disk where an error would be reported too late, or a power cut would leave an empty file: a file
/// system over a network reports a full quota when the file is closed, which is too late (close(2), "NFS and quota"),
/// and XFS writes the data after the rename. Nothing outlives the power in memory and in a container's own layer.
pub fn flush(file: &File, outlives_power: bool) -> io::Result<()> {
    // statfs(2): tmpfs, ramfs, overlayfs; ext2 to ext4, btrfs, XFS.
    const SHORT_LIVED: [i64; 3] = [0x0102_1994, 0x8584_58f6, 0x794c_7630];
    const LOCAL: [i64; 3] = [0xef53, 0x9123_683e, 0x5846_5342];
    match fstatfs(file) {
        Ok(kind) if SHORT_LIVED.contains(&kind.f_type) => Ok(()),
        Ok(kind) if LOCAL.contains(&kind.f_type) && !outlives_power => Ok(()),
        // Some file systems cannot do it and say so.
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

/// Whether jobproxy made a new file that stands there.
fn is_of_jobproxy(found: &Metadata, locking: Locking) -> bool {
    locking != Locking::Git || found.mode() & 0o7000 == MARK
}

/// Removes the new file that a killed run left beside a file that is right as it is.
pub fn remove_left_over(target: &Path, locking: Locking) {
    let found = fs::symlink_metadata(lock_path(target, locking));
    if found.is_ok_and(|found| is_of_jobproxy(&found, locking)) {
        drop(NewFile::create(target, locking));
    }
}

/// The wait for the new file of another program.
struct Waiting {
    started: Instant,
    /// The file that was last there, and since when.
    seen: Option<((u64, u64, i64, i64), Instant)>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { started: Instant::now(), seen: None }
    }
}

impl Waiting {
    /// Waits 10 ms. A file that stays unchanged for longer than a run needs was left behind by a killed run and is removed,
    /// also when another user owns the file. `flock` cannot distinguish the two: NFS may have none, and a file of
    /// another user cannot be opened.
    fn for_the_end_of(&mut self, path: &Path, locking: Locking) -> Result<()> {
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

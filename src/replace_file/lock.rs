//! The lock of a file, and the file that will take the target's place.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Error, Result, anyhow};
use rustix::fs::{
    CWD, FlockOperation, Gid, Mode, OFlags, RenameFlags, Uid, fchmod, fchown, flock, open, renameat_with,
};
use rustix::io::{Errno, FdFlags, fcntl_setfd};

use super::Peers;
use super::error::failed;
use super::follow::follow;
use super::private::{NEW_FILE, create, new_folder};
use super::snapshot::{Snapshot, same};

/// How long a lock of somebody else is waited for; a run of ours that lives comes to its end and is waited for longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The mark of our own lock where git may have one of the same name: the sticky bit means nothing on a file, and is
/// set by the very call that creates the lock. Once the lock has the mode of its target, its time is the mark.
const LOCK_MODE: u32 = 0o1600;
const LOCK_TIME: SystemTime = UNIX_EPOCH;

/// The lock of a file.
#[must_use]
pub fn lock_path(path: &Path, peers: Peers) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(match peers {
        Peers::Git => ".lock",
        Peers::Docker => ".jobproxy.lock",
    });
    name.into()
}

/// Whether the path still leads to the open file.
fn is_at(file: &File, path: &Path) -> bool {
    let inode = |metadata: Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata().map(inode), fs::symlink_metadata(path).map(inode)), (Ok(one), Ok(other)) if one == other)
}

/// Somebody else's lock that did not go away.
fn held(lock: &Path) -> Error {
    anyhow!("{}: held by somebody else; if nobody is at work there, remove it", lock.display())
}

/// The lock at `path`, if it is one of ours.
fn ours(path: &Path, peers: Peers) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = open(path, flags, Mode::empty()).map(File::from).ok()?;
    let metadata = file.metadata().ok()?;
    let marked = metadata.mode() & 0o7000 == LOCK_MODE & 0o7000
        || metadata.modified().is_ok_and(|time| time == LOCK_TIME);
    (metadata.is_file() && (peers == Peers::Docker || marked)).then_some(file)
}

/// Removes a lock of ours whose holder is dead, and what that wrote beside it; false when it is alive, or not ours,
/// or not there.
pub fn remove_stale(path: &Path, peers: Peers) -> bool {
    ours(path, peers).is_some_and(|file| {
        flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() && is_at(&file, path) && {
            if peers == Peers::Docker {
                let _ = fs::remove_file(path.with_extension("new"));
            }
            fs::remove_file(path).is_ok()
        }
    })
}

/// Makes a folder and those above it.
fn make_folder(path: &Path) -> Result<()> {
    let made = match (new_folder(path), path.parent()) {
        (Err(error), Some(parent)) if error.kind() == ErrorKind::NotFound => {
            make_folder(parent)?;
            new_folder(path)
        }
        (made, _) => made,
    };
    // A link that leads nowhere is there too, but is no folder.
    made.or_else(|error| if path.is_dir() { Ok(()) } else { Err(failed("create", path, error)) })
}

/// Creates a file; it is an error if there is one.
fn create_new(path: &Path, mode: u32) -> Result<File, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    open(path, flags, Mode::from_raw_mode(mode)).map(File::from)
}

/// A lock that is held, and the file that will take the target's place.
pub struct Lock {
    path: PathBuf,
    /// Where the new content is put: in the lock where git locks too, else beside it. Docker's old file stands in its
    /// place for a moment, and nobody may take that for a lock.
    pub new: PathBuf,
    /// What is at `new`, or will be.
    file: File,
    /// Keeps the `flock` when `file` is another one.
    guard: Option<File>,
    peers: Peers,
    /// Whether there is still a file of ours at `new`.
    pub held: bool,
}

impl Lock {
    pub fn acquire(target: &Path, peers: Peers) -> Result<Self> {
        let path = lock_path(target, peers);
        let (started, mut folder_made) = (Instant::now(), false);
        loop {
            match create_new(&path, LOCK_MODE) {
                Ok(file) => {
                    // Between creating and locking, another run may have taken it for a dead one's and removed it.
                    if flock(&file, FlockOperation::LockExclusive).is_ok() && is_at(&file, &path) {
                        let new = if peers == Peers::Git { path.clone() } else { path.with_extension("new") };
                        return Ok(Self { path, new, file, guard: None, peers, held: true });
                    }
                }
                // Some folders cannot be made though nobody says so: nothing can be in /proc.
                Err(Errno::NOENT) if !folder_made => {
                    make_folder(path.parent().unwrap_or(Path::new("")))?;
                    folder_made = true;
                }
                Err(Errno::EXIST) => {
                    if !remove_stale(&path, peers) {
                        let patience = if ours(&path, peers).is_some() { 10 * PATIENCE } else { PATIENCE };
                        if started.elapsed() > patience {
                            return Err(held(&path));
                        }
                        sleep(Duration::from_millis(10));
                    }
                }
                Err(error) => return Err(failed("create", &path, error)),
            }
        }
    }

    pub fn fill(&mut self, content: &[u8], before: Option<&Snapshot>) -> Result<()> {
        if self.peers == Peers::Docker {
            // Of the last try, or of a run that was killed.
            let _ = fs::remove_file(&self.new);
            let new = create_new(&self.new, NEW_FILE).map_err(|error| failed("create", &self.new, error))?;
            self.guard.get_or_insert(std::mem::replace(&mut self.file, new));
        }
        let write = |error: std::io::Error| failed("write", &self.new, error);
        (&self.file).write_all(content).map_err(write)?;
        let mode = match before.map(|before| &before.metadata) {
            None => NEW_FILE,
            Some(old) => {
                let new = self.file.metadata().map_err(write)?;
                if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
                    let owner = (Some(Uid::from_raw(old.uid())), Some(Gid::from_raw(old.gid())));
                    fchown(&self.file, owner.0, owner.1)
                        .map_err(|error| failed("keep the owner of", &self.new, error))?;
                }
                old.permissions().mode() & 0o7777
            }
        };
        if self.peers == Peers::Git {
            self.file.set_modified(LOCK_TIME).map_err(write)?;
        }
        fchmod(&self.file, Mode::from_raw_mode(mode)).map_err(|error| write(error.into()))
    }

    /// Puts the lock in the target's place; false when the target is no longer what it was.
    pub fn swap_in(&mut self, target: &Path, before: Option<&Snapshot>) -> Result<bool> {
        let unchanged = match (fs::symlink_metadata(target), before) {
            (Ok(now), Some(before)) => same(&now, &before.metadata),
            (Err(error), None) => error.kind() == ErrorKind::NotFound,
            _ => false,
        };
        if !unchanged {
            return Ok(false);
        }
        let flags = match (before, self.peers) {
            (None, _) => RenameFlags::NOREPLACE,
            (Some(_), Peers::Docker) => RenameFlags::EXCHANGE,
            (Some(_), Peers::Git) => RenameFlags::empty(),
        };
        match renameat_with(CWD, &self.new, CWD, target, flags) {
            Ok(()) if flags != RenameFlags::EXCHANGE => {
                self.held = false;
                if self.peers == Peers::Git {
                    let _ = self.file.set_modified(SystemTime::now());
                }
                Ok(true)
            }
            Ok(()) => self.was_right(target, before),
            Err(Errno::EXIST | Errno::NOENT) => Ok(false),
            // A file system or kernel without these flags.
            Err(Errno::INVAL | Errno::NOSYS) => {
                fs::rename(&self.new, target).map_err(|error| failed("replace", target, error))?;
                self.held = false;
                Ok(true)
            }
            Err(error) => Err(failed("replace", target, error)),
        }
    }

    /// Whether what was swapped out is what was read; else it is swapped in again. Docker may have renamed a new
    /// login in just before, and another one since.
    fn was_right(&self, target: &Path, before: Option<&Snapshot>) -> Result<bool> {
        let look = || fs::symlink_metadata(&self.new).ok();
        let is = |one: &Option<Metadata>, other: &Metadata| one.as_ref().is_some_and(|one| same(one, other));
        let mut out = look();
        if before.is_none_or(|before| is(&out, &before.metadata)) {
            return Ok(true);
        }
        let mut put = self.file.metadata().ok();
        loop {
            renameat_with(CWD, &self.new, CWD, target, RenameFlags::EXCHANGE)
                .map_err(|error| failed("replace", target, error))?;
            let last = std::mem::replace(&mut out, look());
            if put.is_none_or(|put| is(&out, &put)) {
                return Ok(false);
            }
            put = last;
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.held {
            let _ = fs::remove_file(&self.new);
        }
        if self.peers == Peers::Docker {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The turn of one run among all of ours that change a file with the help of another program.
pub struct Turn(Lock);

impl Turn {
    /// Waits for the others.
    ///
    /// # Errors
    /// Nothing can be written beside the file.
    pub fn wait(path: &Path) -> Result<Self> {
        let lock = Lock::acquire(&follow(path)?, Peers::Docker)?;
        // The program shares our lock: one that outlives us is still waited for.
        fcntl_setfd(&lock.file, FdFlags::empty()).map_err(|error| failed("lock", path, error))?;
        Ok(Self(lock))
    }

    /// Has the other program change a copy of `content` that stands beside the file, and returns what became of it:
    /// the file itself never is half changed, whatever ends that program or us.
    ///
    /// # Errors
    /// There can be no copy, or the program failed.
    pub fn change(&self, content: &[u8], change: &dyn Fn(&Path) -> Result<()>) -> Result<Vec<u8>> {
        let copy = &self.0.new;
        // Either of them may have been killed, now or in an earlier run.
        let clean = || [&lock_path(copy, Peers::Git), copy].map(fs::remove_file);
        let _ = clean();
        create(copy, content)?;
        let changed = change(copy).and_then(|()| fs::read(copy).map_err(|error| failed("read", copy, error)));
        let _ = clean();
        changed
    }
}

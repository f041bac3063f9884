//! The content and the identity of a file at one moment.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;

use super::error::{failed, not_a_file};
use super::new_file::{PATIENCE, flush};
use super::private::create_temporary;

/// The content and the identity of a file at one moment.
pub struct Snapshot {
    pub content: Vec<u8>,
    pub metadata: Metadata,
    /// The open file. While the file is open, the file system gives the inode number to no other file, so that
    /// `is_same` can compare inode numbers.
    _file: File,
}

impl Snapshot {
    /// Reads the file at `path`; `None` where the file does not exist. `found` is what was found at the path.
    pub fn take(path: &Path, found: io::Result<Option<Metadata>>) -> Result<Option<Self>> {
        // The kind of the file is examined before the file is opened, since opening acts on some devices and blocks
        // on a FIFO.
        let Some(metadata) = found.map_err(|error| failed("read", path, error))? else { return Ok(None) };
        if !metadata.is_file() {
            return Err(not_a_file(path, kind(&metadata)));
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = match open(path, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(failed("read", path, error)),
        };
        // The metadata is older than the content. Where another program replaced the file between the two, the metadata
        // therefore differs from that of the file, so that `is_same` finds the change.
        let content = read_whole(&mut file, metadata.len()).map_err(|error| failed("read", path, error))?;
        Ok(Some(Self { content, metadata, _file: file }))
    }

    /// Overwrites the file in place. Returns false when another program changed the file after the snapshot. Where
    /// neither the new nor the old content can be written, the error names a copy of the old content.
    pub fn overwrite(&self, path: &Path, content: &[u8]) -> Result<bool> {
        let write = |error: io::Error| failed("write", path, error);
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(open(path, flags, Mode::empty()).map_err(|error| write(error.into()))?);
        wait_for_lock(&file);
        if !file.metadata().is_ok_and(|now| is_same(&self.metadata, &now)) {
            return Ok(false);
        }
        let copy = create_temporary(&self.content)?;
        // The new content is padded to the old length before the file is cut, so that a kill never leaves an empty
        // file or a mix of old and new content. Blank lines have no meaning in these files.
        let mut put = |content: &[u8]| {
            let mut padded = content.to_vec();
            padded.resize(content.len().max(self.content.len()), b'\n');
            file.rewind()?;
            file.write_all(&padded)?;
            file.set_len(content.len() as u64)?;
            flush(&file, true)
        };
        let done = put(content).map_err(write);
        if done.is_err() && put(&self.content).is_err() {
            let kept = copy.into_temp_path().keep().unwrap_or_default();
            return done.with_context(|| format!("{} has the old content", kept.display())).map(|()| true);
        }
        done.map(|()| true)
    }
}

/// Reads a file to its end. Where the first read returns the `length` that lstat(2) reported, and less than was asked
/// for, that is the end (read(2)); otherwise the file is read until a read returns nothing.
pub fn read_whole(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    const MOST_AT_ONCE: u64 = 1 << 20;
    let mut content = vec![0; usize::try_from(length.min(MOST_AT_ONCE)).unwrap_or(0) + 1];
    let read = loop {
        match file.read(&mut content) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    content.truncate(read);
    if read as u64 != length {
        file.read_to_end(&mut content)?;
    }
    Ok(content)
}

/// Waits for another run that overwrites the same file: one file may be mounted into many containers. Where the file
/// system has no `flock`, or another program holds the lock for too long, the run continues without the lock.
fn wait_for_lock(file: &File) {
    let started = Instant::now();
    while flock(file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
        && started.elapsed() < PATIENCE
    {
        sleep(Duration::from_millis(10));
    }
}

/// Returns a word for the kind of a file that is not a regular file.
pub fn kind(metadata: &Metadata) -> &'static str {
    let file_type = metadata.file_type();
    if metadata.is_dir() {
        "a folder"
    } else if metadata.is_symlink() {
        "a symbolic link"
    } else if file_type.is_fifo() {
        "a fifo"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// Whether no program wrote to the file or replaced the file between `old` and `new`. The change time does not count:
/// a rename alone changes the change time.
pub fn is_same(old: &Metadata, new: &Metadata) -> bool {
    let identity = |of: &Metadata| (of.dev(), of.ino(), of.len(), of.mtime(), of.mtime_nsec());
    identity(old) == identity(new)
}

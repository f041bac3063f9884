//! Reads files of unknown kind and size.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::Result;
use rustix::fs::{Mode, OFlags, open};

use super::error::{failed, not_a_file, too_big};
use super::snapshot::kind;

/// The largest configuration file of another program that is read, in bytes.
pub const MOST_OF_A_CONFIG: u64 = 64 << 20;

/// Returns the content of a regular file of at most `most` bytes. Symbolic links are followed.
///
/// # Errors
/// The file cannot be read, is too big, or is no regular file: reading a FIFO or a device may never end.
pub fn read_limited(path: &Path, most: u64) -> Result<Vec<u8>> {
    let read = |error| failed("read", path, error);
    // The kind of the file is examined before the file is opened, since opening acts on some devices.
    let metadata = fs::metadata(path).map_err(read)?;
    if !metadata.is_file() {
        return Err(not_a_file(path, kind(&metadata)));
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(open(path, flags, Mode::empty()).map_err(|error| read(error.into()))?);
    let mut content = Vec::with_capacity(usize::try_from(metadata.len().min(most)).unwrap_or(0) + 1);
    file.take(most + 1).read_to_end(&mut content).map_err(read)?;
    if content.len() as u64 > most { Err(too_big(path, most)) } else { Ok(content) }
}

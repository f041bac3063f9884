//! The bundle of the image, which is the only bundle that wget and apt read.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::ca::block;
use crate::ca::table::SYSTEM_BUNDLES;
use crate::environment::Environment;
use crate::machine::certificates::{MOST_BYTES, system_bundle};
use crate::output::{Change, Context, Edit, edit_file, real};
use crate::replace_file::{Locking, is_interrupted, read_limited};

/// What was done with the bundle.
#[derive(Default)]
pub struct System {
    /// The bundle that now holds the authorities.
    pub path: Option<&'static Path>,
    /// Why the bundle was not changed.
    pub note: Option<String>,
}

/// Adds the authorities to the bundle of a container that belongs to the job alone. The rules are those of BuildKit
/// (executor/oci/proxyca_linux.go): regular files only, at most 10 MiB, nothing where the certificate is there.
///
/// # Errors
/// A signal interrupted a system call.
pub fn add(context: &Context) -> Result<System> {
    if !is_own_container(context.environment) {
        return Ok(System::default());
    }
    let Some((shown, _)) = system_bundle() else { return Ok(System::default()) };
    let decide = |old: Option<&[u8]>| Ok(edit(old, |old| block::with(old, context.authorities)));
    let done = real(shown, context.environment).and_then(|file| {
        let path = file.path();
        anyhow::ensure!(!is_mounted(path), "{}: is mounted, so it stays as it is", path.display());
        edit_file(&file, Locking::None, context.options.dry_run, &decide)
    });
    match done {
        Ok(_) => Ok(System { path: Some(shown), note: None }),
        Err(error) if is_interrupted(&error) => Err(error),
        Err(error) => Ok(System {
            path: None,
            note: Some(format!("{error}; wget and apt, which read nothing else, do not trust the CA")),
        }),
    }
}

/// Removes the lines that [`add`] added, and returns a note for each changed bundle.
///
/// # Errors
/// A bundle with such lines cannot be written.
pub fn remove(context: &Context) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for shown in SYSTEM_BUNDLES.map(Path::new) {
        let has_block = |content: Vec<u8>| block::without(&content) != content;
        if !read_limited(shown, MOST_BYTES).is_ok_and(has_block) {
            continue;
        }
        let decide = |old: Option<&[u8]>| Ok(edit(old, block::without));
        edit_file(&real(shown, context.environment)?, Locking::None, context.options.dry_run, &decide)?;
        let verb = if context.options.dry_run { "would remove" } else { "removed" };
        notes.push(format!("{verb} the CA from {}", shown.display()));
    }
    Ok(notes)
}

fn edit(old: Option<&[u8]>, change: impl Fn(&[u8]) -> Vec<u8>) -> Edit {
    let new = old.map(&change).filter(|new| Some(new.as_slice()) != old);
    Edit { change: new.map_or(Change::Nothing, Change::Content), ..Edit::default() }
}

/// Whether the job runs in a container that ends with the job. A machine that was made for one job may serve another job.
fn is_own_container(environment: &Environment) -> bool {
    environment.is_disposable()
        && (environment.texts.kubernetes_service_host.is_some() || environment.has_container_marker())
}

/// Whether the file or a folder above it is mounted from outside of the container (proc_pid_mountinfo(5)); true also
/// where the mounts cannot be read.
fn is_mounted(path: &Path) -> bool {
    let Ok(mounts) = fs::read_to_string("/proc/self/mountinfo") else { return true };
    let mut points = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    points.any(|point| point != "/" && path.starts_with(point))
}

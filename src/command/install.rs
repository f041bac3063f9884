//! `jobproxy install`: copies the program itself into a folder, where the image has no `cp`.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Result, anyhow};

use crate::options::Options;
use crate::replace_file::{Change, Locking, Target, cause, update};
use crate::report::Report;

/// Everybody may run the copy, nobody but its owner may change it.
const MODE: u32 = 0o755;

/// Returns what to report.
#[must_use]
pub fn run(options: &Options) -> Report {
    let mut report = Report::default();
    let folder = Path::new(options.arguments.first().map_or("".as_ref(), |word| word.as_os_str()));
    let target = folder.join("jobproxy");
    match copy(folder, &target) {
        Ok(()) => report.note(&format!("installed {}", target.display())),
        Err(error) => report.error(&error),
    }
    report
}

/// A job that starts the program meanwhile finds the old file or the new one, and never half of one.
fn copy(folder: &Path, target: &Path) -> Result<()> {
    let failed = |what: &str, error: &io::Error| anyhow!("{what}: {}", cause(error));
    fs::create_dir_all(folder)
        .map_err(|error| failed(&format!("{}: cannot create the folder", folder.display()), &error))?;
    let program = std::env::current_exe()
        .and_then(fs::read)
        .map_err(|error| failed("cannot read the running program", &error))?;
    update(&Target::new(target.to_owned()), Locking::None, &mut |now| {
        Ok(if now == Some(&program) { Change::Nothing } else { Change::Content(program.clone()) })
    })?;
    fs::set_permissions(target, Permissions::from_mode(MODE))
        .map_err(|error| failed(&format!("{}: cannot change the mode", target.display()), &error))
}

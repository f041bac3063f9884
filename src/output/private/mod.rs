//! The folder of one job, for configs that no other job reads or writes.
//!
//! A shell executor runs the jobs of many projects with one HOME, often at the same time; a HOME in the work tree is
//! uploaded by `artifacts: untracked`. There docker and git get files in a folder of the job, and variables name the
//! files. Steps of one job find the folder again by the job's number. The next job removes the folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use super::{Context, Outcome, State};
use crate::config_files::{PRIVATE_PREFIX, is_private_name};
use crate::environment::Environment;
use crate::replace_file::{cause, create_folder, is_trusted, no_folder, slot_folder, temporary_folders};

mod situation;

pub use situation::{Situation, Why};

/// The age up to which a folder is kept where the job of the folder may still run.
const LONGEST_JOB: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Returns the private folder that an earlier run made for this job: the folder that the variable names, else the
/// folder with the number of the job. A folder of another user is never returned.
#[must_use]
pub fn existing(environment: &Environment, variable: &str) -> Option<PathBuf> {
    let named = environment.path(variable).and_then(Path::parent).map(Path::to_owned);
    let numbered = name_of_job(environment).and_then(|name| Some(bases(environment).next()?.join(name)));
    let mut candidates = named.into_iter().chain(numbered);
    candidates.find(|folder| is_private_name(folder) && is_trusted(folder))
}

/// Returns the private folder of this job. Where the number of the job is unknown, the folder belongs to the user
/// (`of_user`) or to this run. Makes the folder when it is missing; with `dry_run` only returns its path.
///
/// # Errors
/// The folder cannot be made in any of the places for such folders.
pub fn folder(environment: &Environment, of_user: bool, dry_run: bool) -> Result<PathBuf> {
    let existing =
        ["DOCKER_CONFIG", "GIT_CONFIG_GLOBAL"].into_iter().find_map(|name| existing(environment, name));
    if let Some(folder) = existing {
        return Ok(folder);
    }
    if !dry_run {
        remove_dead(environment);
    }
    let name = name_of_job(environment).unwrap_or_else(|| {
        let user = rustix::process::geteuid().as_raw();
        if of_user {
            format!("{PRIVATE_PREFIX}user-{user}")
        } else {
            format!("{PRIVATE_PREFIX}run-{}", std::process::id())
        }
    });
    let mut failure = no_folder();
    for base in bases(environment) {
        if dry_run {
            return Ok(base.join(name));
        }
        match create_folder(&base, &name) {
            Ok(folder) => return Ok(folder),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Returns `jobproxy-` and the number of the job, which is new for every retry; `None` where the number is unknown.
fn name_of_job(environment: &Environment) -> Option<String> {
    let number = environment.texts.ci_job_id.as_deref().map(str::trim)?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{PRIVATE_PREFIX}{number}"))
}

/// Returns the possible parent folders. Names with control characters are left out, since not every shell keeps them.
pub(super) fn bases(environment: &Environment) -> impl Iterator<Item = PathBuf> {
    temporary_folders(environment.path("CI_PROJECT_DIR"), environment.path("TMPDIR"))
        .filter(|base| plain(base).is_ok())
}

/// Removes the folders of jobs that have ended. Beside the work tree only one job runs at a time. Elsewhere a job may
/// still run, so that only folders older than seven days are removed.
pub fn remove_dead(environment: &Environment) {
    let own = name_of_job(environment);
    let is_own = |path: &Path| own.as_ref().is_some_and(|own| path.ends_with(own));
    let slot = environment.path("CI_PROJECT_DIR").map(slot_folder);
    let is_old = |path: &Path| {
        let modified = fs::symlink_metadata(path).and_then(|found| found.modified());
        modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > LONGEST_JOB))
    };
    let Some(base) = bases(environment).next() else { return };
    let is_slot = own.is_some() && slot.is_some_and(|slot| slot == base);
    for entry in fs::read_dir(&base).into_iter().flatten().flatten() {
        let path = entry.path();
        if !is_private_name(&path) || is_own(&path) || !(is_slot || is_old(&path)) {
            continue;
        }
        // A file with such a name is the copy that a killed run made before it overwrote a mounted file.
        let _ = if is_trusted(&path) { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

/// Returns the path as the value of a variable.
///
/// # Errors
/// The path holds a control character or is not UTF-8.
pub fn plain(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|path| !path.contains(char::is_control));
    Ok(text
        .with_context(|| {
            format!("{}: not plain text; set TMPDIR to a folder with a plain name", path.display())
        })?
        .to_owned())
}

/// Removes a file or folder from the private folder, and then the private folder if that is empty. The outcome has a
/// note where `variable` still names the file.
///
/// # Errors
/// The file or folder cannot be removed.
pub fn remove(path: &Path, context: &Context, variable: &str) -> Result<Outcome> {
    if context.options.dry_run {
        return Ok(Outcome::new(path, State::WouldRemove));
    }
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(|error| anyhow!("{}: cannot be removed: {}", path.display(), cause(&error)))?;
    if let Some(folder) = path.parent() {
        let _ = fs::remove_dir(folder);
    }
    let mut outcome = Outcome::new(path, State::Removed);
    if context.environment.path(variable) == Some(path) {
        outcome.notes.push(format!("{variable} still names what was removed; unset {variable}"));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;

//! The folder of the bundles: the private folder of the job where jobs share a machine, otherwise a folder of the user.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use rustix::process::geteuid;

use crate::environment::Environment;
use crate::output::Context;
use crate::output::private::{self, Situation};
use crate::replace_file::{cause, create_readable_folder, is_interrupted, no_folder, slot_folder};

/// The name of the folder in a job's private folder.
const PRIVATE: &str = "ca";

/// Makes the folder and returns its path; with `--dry-run` only returns the path.
pub fn make(context: &Context) -> Result<PathBuf> {
    let situation = Situation::of_job(context.options, context.environment);
    let dry_run = context.options.dry_run;
    if situation.asked.unwrap_or(situation.shares_home()) {
        let folder = context.private_folder(false)?;
        return if dry_run { Ok(folder.join(PRIVATE)) } else { create_readable_folder(folder, PRIVATE) };
    }
    let mut failure = no_folder();
    for base in bases(context.environment, context.options.gitlab_env) {
        if dry_run {
            return Ok(base.join(name()));
        }
        match create_readable_folder(&base, &name()) {
            Err(error) if !is_interrupted(&error) => failure = error,
            made => return made,
        }
    }
    Err(failure)
}

fn name() -> String {
    format!("jobproxy-ca-{}", geteuid().as_raw())
}

/// Whether a folder has the name of a folder with bundles.
pub fn is_named(folder: &Path) -> bool {
    folder.ends_with(PRIVATE) || folder.ends_with(name())
}

/// The folders that may hold the bundles, the best first. For later stages (`$GITLAB_ENV`), which run in the helper container
/// too, that is the folder beside the work tree, which both containers of a job have; every user of a container can write
/// to that folder, as to the work tree.
fn bases(environment: &Environment, for_later_stages: bool) -> impl Iterator<Item = PathBuf> {
    let is_shared = for_later_stages && environment.is_disposable();
    let slot = environment.path("CI_PROJECT_DIR").filter(|_| is_shared).map(slot_folder);
    let slot = slot.filter(|folder| folder.is_dir() && private::plain(folder).is_ok());
    slot.into_iter().chain(private::bases(environment))
}

/// Removes the folder with bundles in the job's private folder, and with `of_user` the folders of the user, which other jobs
/// may use too. Returns the paths of the folders; with `--dry-run` removes nothing.
///
/// # Errors
/// A folder cannot be removed.
pub fn remove(context: &Context, of_user: bool) -> Result<Vec<PathBuf>> {
    let environment = context.environment;
    let mut found: Vec<PathBuf> =
        bases(environment, true).filter(|_| of_user).map(|base| base.join(name())).collect();
    let private = private::existing(environment, "GIT_CONFIG_GLOBAL");
    found.extend(private.iter().map(|folder| folder.join(PRIVATE)));
    found.retain(|folder| fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir()));
    for folder in found.iter().filter(|_| !context.options.dry_run) {
        fs::remove_dir_all(folder)
            .map_err(|error| anyhow!("{}: cannot be removed: {}", folder.display(), cause(&error)))?;
    }
    // Removes the private folder only when the folder is empty.
    if let Some(folder) = private.filter(|_| !context.options.dry_run) {
        let _ = fs::remove_dir(folder);
    }
    Ok(found)
}

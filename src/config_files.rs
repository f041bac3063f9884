//! The paths of docker's and git's own configuration.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::environment::Environment;

/// The first letters of the names of all private folders. `output::private` makes the folders.
pub const PRIVATE_PREFIX: &str = "jobproxy-";

/// Whether a folder has the name of a private folder.
#[must_use]
pub fn is_private_name(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PRIVATE_PREFIX.as_bytes()))
}

/// The value of a variable that names a configuration; `None` where the variable names a private folder that no longer
/// exists.
#[must_use]
pub fn unless_gone<'a>(environment: &'a Environment, name: &str) -> Option<&'a Path> {
    let path = environment.path(name)?;
    let gone = path.parent().is_some_and(|folder| is_private_name(folder) && !folder.exists());
    (!gone).then_some(path)
}

/// Docker's config: `$DOCKER_CONFIG/config.json`, else `$HOME/.docker/config.json`.
///
/// # Errors
/// There is neither DOCKER_CONFIG nor a home.
pub fn docker(environment: &Environment) -> Result<PathBuf> {
    let folder = match unless_gone(environment, "DOCKER_CONFIG") {
        Some(folder) => folder.to_owned(),
        None => environment.home()?.join(".docker"),
    };
    Ok(folder.join("config.json"))
}

/// The file that `git config --global` writes to (git, builtin/config.c and config.c, `git_global_config`).
///
/// # Errors
/// There is neither GIT_CONFIG_GLOBAL nor a home.
pub fn git(environment: &Environment) -> Result<PathBuf> {
    if let Some(path) = unless_gone(environment, "GIT_CONFIG_GLOBAL") {
        return Ok(path.to_owned());
    }
    let [xdg, classic] = git_home_files(environment)?;
    Ok(if xdg.exists() && fs::symlink_metadata(&classic).is_err() { xdg } else { classic })
}

/// Every global file that git reads, in git's order.
///
/// # Errors
/// As [`git`].
pub fn all_of_git(environment: &Environment) -> Result<Vec<PathBuf>> {
    match unless_gone(environment, "GIT_CONFIG_GLOBAL") {
        Some(path) => Ok(vec![std::path::absolute(path)?]),
        None => Ok(git_home_files(environment)?.into()),
    }
}

fn git_home_files(environment: &Environment) -> Result<[PathBuf; 2]> {
    let home = environment.home()?;
    let home = std::path::absolute(&home).unwrap_or(home);
    let xdg = environment.path("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), Path::to_owned);
    Ok([xdg.join("git/config"), home.join(".gitconfig")])
}

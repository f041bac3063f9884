//! Reads the proxy settings in the configuration of tools, which override the environment. Each tool has a file here;
//! its parser is a pure function from text to [`Setting`]s.

use std::path::{Path, PathBuf};

use crate::client::Setting;
use crate::config_files;
use crate::environment::Environment;
use crate::output::git_config::{KEY, Wanted};
use crate::replace_file::{MOST_OF_A_CONFIG, read_limited};
use crate::settings::Settings;

mod apt;
mod curl;
mod docker;
mod git;
mod ini;
mod npm;
mod pip;
mod wget;

pub use docker::containers;

/// Reads the configuration of the named clients. Settings of one client come in ascending precedence. A file that is
/// missing or cannot be read has no settings.
#[must_use]
pub fn read(environment: &Environment, clients: &[&str], with_files: bool) -> Vec<Setting> {
    let reads = |names: &[&str]| names.iter().any(|name| clients.contains(name));
    let mut settings = Vec::new();
    if with_files && reads(git::CLIENTS) {
        settings.extend(git::read(environment));
    }
    if with_files && reads(curl::CLIENTS) {
        settings.extend(curl::read(environment));
    }
    if with_files && reads(wget::CLIENTS) {
        settings.extend(wget::read(environment));
    }
    if with_files && reads(apt::CLIENTS) {
        settings.extend(apt::read(environment));
    }
    if reads(npm::CLIENTS) {
        settings.extend(npm::read(environment, with_files));
    }
    if reads(pip::CLIENTS) {
        settings.extend(pip::read(environment, with_files));
    }
    settings
}

/// Returns the text of a file; `None` when the file cannot be read.
fn text_of(path: &Path) -> Option<String> {
    read_limited(path, MOST_OF_A_CONFIG).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns a path as people write it, with `~` for the home directory.
fn shown(path: &Path, environment: &Environment) -> String {
    let home = environment.path("HOME").and_then(|home| path.strip_prefix(home).ok());
    match home {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

/// Returns the directory of configuration files: `$XDG_CONFIG_HOME`, else `~/.config`.
fn config_home(environment: &Environment) -> Option<PathBuf> {
    let xdg = environment.path("XDG_CONFIG_HOME").map(Path::to_owned);
    xdg.or_else(|| Some(environment.path("HOME")?.join(".config")))
}

/// Replaces git's settings by the settings that `setup` would write into the user's file.
pub fn as_setup_leaves(files: &mut Vec<Setting>, settings: &Settings, environment: &Environment) {
    if let Ok(path) = config_files::git(environment) {
        let (file, server) = (shown(&path, environment), environment.texts.ci_server_url.as_deref());
        files.retain(|setting| setting.origin != format!("{file}: {KEY}"));
        git::set(files, &file, &Wanted::new(settings, server).values);
    }
}

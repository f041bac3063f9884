//! A folder that takes the place of docker's own where that cannot be written, as when the job's logins are mounted
//! read-only.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Applied, Edit, State};
use crate::replace_file::{create, create_folder, private_path, read};

/// Makes a folder with what `decide` makes of the config; all else in it (contexts, plug-ins, certificates) are
/// links to what stands beside the config. Programs find it through DOCKER_CONFIG, and so does the next run,
/// which then has a config that it can write.
///
/// # Errors
/// The config cannot be read, is not what docker accepts, or the folder cannot be made.
pub fn make(config: &Path, decide: &dyn Fn(Option<&[u8]>) -> Result<Option<Edit>>) -> Result<Applied> {
    let old = read(config)?;
    let edit = decide(old.as_deref())?;
    let content = edit.map_or(old.unwrap_or_default(), |edit| edit.content);
    let folder = private_path()?;
    let path = folder.to_str().filter(|path| !path.contains(char::is_control));
    let variable = path.context("TMPDIR: not plain text; set it to a folder with a plain name")?.to_owned();
    let copy = folder.join("config.json");
    create_folder(&folder)?;
    create(&copy, &content).inspect_err(|_| {
        let _ = fs::remove_dir(&folder);
    })?;
    let own = env::current_dir().unwrap_or_default().join(config.parent().unwrap_or(config));
    // None where there is no such folder.
    for entry in fs::read_dir(own).into_iter().flatten().flatten() {
        let name = entry.file_name();
        // Neither the config nor a lock of it.
        if !name.as_encoded_bytes().starts_with(b"config.json") {
            let _ = symlink(entry.path(), folder.join(name));
        }
    }
    let mut applied = Applied::new(&copy, State::Written);
    let note = format!("{}: cannot be written; DOCKER_CONFIG names a private copy", config.display());
    applied.notes.push(note);
    applied.variables.push(("DOCKER_CONFIG", Some(variable)));
    Ok(applied)
}

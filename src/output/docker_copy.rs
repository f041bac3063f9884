//! A copy of docker's config for one job, used where the job shares docker's config or cannot write the config.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Change, Context, Edit, Outcome, edit_file, private, real};
use crate::replace_file::{Locking, Target, create_folder, is_of_system, read};

/// The name of docker's folder in a job's private folder.
pub const FOLDER: &str = "docker";

/// Makes a folder with a copy of the config, logins included, that `decide` has edited. The other files beside the
/// config (contexts, plug-ins, certificates) are linked into the folder. DOCKER_CONFIG names the folder.
///
/// Where the number of the job is unknown, all runs of the user share one copy (`of_user`) until the config is newer,
/// so that copies with logins do not pile up.
///
/// # Errors
/// Docker rejects the config, or the folder cannot be made.
pub fn make(
    context: &Context,
    config: Option<&Path>,
    note: String,
    of_user: bool,
    decide: &dyn Fn(Option<&[u8]>) -> Result<Edit>,
) -> Result<Outcome> {
    let dry_run = context.options.dry_run;
    let folder = context.private_folder(of_user)?.join(FOLDER);
    let copy = folder.join("config.json");
    let mut note = note;
    let modified = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let is_new = !copy.exists()
        || (context.environment.texts.ci_job_id.is_none() && config.and_then(modified) > modified(&copy));
    let original =
        match config.filter(|_| is_new).map(|config| read(&real(config, context.environment)?)).transpose() {
            Err(error) if is_of_system(&error) => {
                if note.contains(&error.to_string()) {
                    note.push_str(", without the logins");
                } else {
                    note.push_str(&format!(", without the logins: {error}"));
                }
                None
            }
            original => original?.flatten(),
        };
    if is_new && !dry_run {
        create_folder(folder.parent().unwrap_or(&folder), FOLDER)?;
        link_the_rest(config, &folder);
    }
    let decide = |old: Option<&[u8]>| {
        let edit = decide(original.as_deref().or(old))?;
        Ok(match (edit.change, &original) {
            (Change::Nothing, Some(original)) if old != Some(original) => {
                Edit { change: Change::Content(original.clone()), ..Edit::default() }
            }
            (change, _) => Edit { change, ..edit },
        })
    };
    let mut outcome = edit_file(&Target::new(copy), Locking::None, dry_run, &decide)?;
    outcome.notes.insert(0, note);
    outcome.variables.push(("DOCKER_CONFIG", Some(private::plain(&folder)?)));
    Ok(outcome)
}

/// Links everything beside the config into the folder of the copy.
fn link_the_rest(config: Option<&Path>, folder: &Path) {
    let source = config.and_then(|config| std::path::absolute(config.parent()?).ok());
    // Nothing is linked where the folder does not exist.
    for entry in source.map(fs::read_dir).into_iter().flatten().flatten().flatten() {
        let name = entry.file_name();
        // The config is copied, and the new file of a program that writes the config is temporary.
        if !name.as_encoded_bytes().starts_with(b"config.json") {
            let _ = symlink(entry.path(), folder.join(name));
        }
    }
}

/// Returns the folder that an earlier run made for this job.
#[must_use]
pub fn existing(context: &Context) -> Option<PathBuf> {
    let folder = private::existing(context.environment, "DOCKER_CONFIG")?.join(FOLDER);
    folder.join("config.json").exists().then_some(folder)
}

//! Git's global config: `http.proxy`, which git reads for http and https remotes alike. `https.proxy` is not a key.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};

use super::git_file::GitFile;
use super::private::{self, Why};
use super::{Context, Edit, Outcome, State, edit_file, real};
use crate::config_files;
use crate::replace_file::{Locking, Target, is_of_system, read, with_remedy};

mod wanted;

pub(crate) use wanted::{KEY, Wanted};

/// The name of git's file in a job's private folder.
const PRIVATE: &str = "gitconfig";

/// Writes the proxy into git's global config.
///
/// # Errors
/// Git cannot read the file, or the file cannot be written and GIT_CONFIG_GLOBAL is not exported.
pub fn apply(context: &Context) -> Result<Option<Outcome>> {
    let wanted = Wanted::new(context.settings, context.environment.texts.ci_server_url.as_deref());
    let path = match config_files::git(context.environment) {
        Err(error) if context.is_exported() => {
            return Ok(Some(Outcome::left_alone(
                Path::new(""),
                format!("{error}; git uses the variables; HOME or GIT_CONFIG_GLOBAL gives git a config"),
            )));
        }
        Err(error) => return Err(anyhow!("{error}; set HOME or GIT_CONFIG_GLOBAL")),
        Ok(path) => path,
    };
    let describes = context.options.dry_run;
    let decide =
        |old: Option<&[u8]>| wanted.decide(old.unwrap_or_default(), describes).with_context(|| shown(&path));
    let done = real(&path, context.environment).and_then(|real| match context.why_private(real.path()) {
        Some(_) if means_no_config(real.path()) => Err(anyhow!("{}: is a device", real.path().display())),
        Some(why) if context.is_exported() => make_private(context, why, &wanted),
        Some(why) => Err(why.needs_export(&path)),
        None => {
            edit_file(&real, Locking::Git, context.options.dry_run, &decide).map(|done| done.called(&path))
        }
    });
    let mut outcome = match done {
        Err(_) if means_no_config(&path) => {
            let note = format!(
                "{} is a device, so that git has no global config and uses the variables",
                path.display()
            );
            return Ok(Some(Outcome::left_alone(&path, note)));
        }
        Err(error) if is_of_system(&error) => {
            if let Some(other) = wanted.other_value(&path, context.environment) {
                return Err(with_remedy(&error, &format!("git uses {other} of that file; {ELSEWHERE}")));
            } else if !context.is_exported() {
                return Err(with_remedy(&error, ELSEWHERE));
            }
            let note = format!("{error}; git uses the variables; GIT_CONFIG_GLOBAL names another file");
            Outcome::left_alone(&path, note)
        }
        done => done?,
    };
    if wanted.proxy().is_none() {
        outcome.notes.push(DIFFERENT.to_owned());
    }
    Ok(Some(outcome))
}

/// The remedy where git's config cannot be written.
const ELSEWHERE: &str = "set GIT_CONFIG_GLOBAL to a file that this user can write";

/// The note where the two proxies differ. Git then uses the variable for the scheme of the remote (git, http.c,
/// `get_curl_handle`).
const DIFFERENT: &str = "git: the proxies for http and https differ, and http.proxy would serve both kinds of \
                         remotes; git uses the variables instead";

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Whether the path means that git has no global config: a device, such as /dev/null (git(1), GIT_CONFIG_GLOBAL).
fn means_no_config(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.file_type().is_char_device())
}

/// Makes a config for this job alone, which includes the user's config.
fn make_private(context: &Context, why: Why, wanted: &Wanted) -> Result<Outcome> {
    let environment = context.environment;
    let mut includes = Vec::new();
    let mut notes = vec![why.note().to_owned()];
    for path in config_files::all_of_git(environment)? {
        match real(&path, environment).and_then(|path| read(&path)) {
            // A file that does not exist now may be created later in the job.
            Ok(own) => {
                let file = GitFile::parse(&own.unwrap_or_default()).with_context(|| shown(&path))?;
                if wanted.proxy().is_none() && file.values.iter().any(|value| value.key == KEY) {
                    notes.push(format!(
                        "{}: sets http.proxy, which git takes before the variables",
                        path.display()
                    ));
                }
                includes.extend(include(&path));
            }
            // git fails when an included file cannot be read.
            Err(error) if is_of_system(&error) => {
                notes.push(format!("{error}; git does not include the file"));
            }
            Err(error) => return Err(error),
        }
    }
    let decide =
        |old: Option<&[u8]>| wanted.decide(old.unwrap_or(includes.as_slice()), context.options.dry_run);
    let path = context.private_folder(false)?.join(PRIVATE);
    if wanted.values.is_empty() && !path.exists() {
        return Ok(Outcome { notes: notes.split_off(1), ..Outcome::new(&path, State::Skipped) });
    }
    let mut outcome = edit_file(&Target::new(path.clone()), Locking::Git, context.options.dry_run, &decide)?;
    outcome.notes.splice(0..0, notes);
    outcome.variables.push(("GIT_CONFIG_GLOBAL", Some(private::plain(&path)?)));
    Ok(outcome)
}

/// Returns `[include] path = PATH`, quoted as git requires (git-config(1), "Syntax").
fn include(path: &Path) -> Vec<u8> {
    let mut text = b"[include]\n\tpath = \"".to_vec();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\n' => text.extend_from_slice(b"\\n"),
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            byte => text.push(*byte),
        }
    }
    text.extend_from_slice(b"\"\n");
    text
}

/// Removes the proxy from git's config.
///
/// # Errors
/// Git cannot read the file, or the file cannot be replaced.
pub fn undo(context: &Context) -> Result<Option<Outcome>> {
    if let Some(folder) = private::existing(context.environment, "GIT_CONFIG_GLOBAL")
        && folder.join(PRIVATE).exists()
    {
        return private::remove(&folder.join(PRIVATE), context, "GIT_CONFIG_GLOBAL").map(Some);
    }
    let path = config_files::git(context.environment)?;
    if means_no_config(&path) {
        return Ok(None);
    }
    let wanted = Wanted::new(context.settings, context.environment.texts.ci_server_url.as_deref());
    let decide = |old: Option<&[u8]>| {
        old.map_or_else(|| Ok(Edit::default()), |old| wanted.revert(old)).with_context(|| shown(&path))
    };
    let done = edit_file(&real(&path, context.environment)?, Locking::Git, context.options.dry_run, &decide)?;
    Ok(Some(done.called(&path).undone()))
}

//! The folder of one job, for configs that no other job reads or writes.
//!
//! A shell executor runs the jobs of many projects with one HOME, often at the same time; a HOME in the work tree is
//! uploaded by `artifacts: untracked`. There docker and git get files in a folder of the job, and variables name the
//! files. Steps of one job find the folder again by the job's number. The next job removes the folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow};

use super::{Context, Outcome, State};
use crate::cli::Options;
use crate::environment::Environment;
use crate::replace_file::{create_folder, is_inside, is_trusted, no_folder, slot_folder, temporary_folders};

/// What the names of all such folders begin with.
const PREFIX: &str = "jobproxy-";

/// How long a folder is kept where it may belong to a job that still runs.
const LONGEST_JOB: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Why a file is private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// `--private` or JOBPROXY_PRIVATE=1.
    Asked,
    /// Other jobs have the same HOME.
    SharedHome,
    /// The file would be in the work tree.
    WorkTree,
}

impl Why {
    /// One line for the report.
    #[must_use]
    pub fn note(self) -> &'static str {
        match self {
            Self::Asked => "docker and git get files of this job alone",
            Self::SharedHome => {
                "docker and git get files of this job alone, since jobs of this runner share HOME; \
                 JOBPROXY_PRIVATE=0 switches that off"
            }
            Self::WorkTree => {
                "docker and git get files outside of the work tree (CI_PROJECT_DIR), so that no artifact holds a password"
            }
        }
    }

    /// The error where no exported variable can name the private file.
    #[must_use]
    pub fn needs_export(self, path: &Path) -> Error {
        let reason = match self {
            Self::WorkTree => {
                "is in the work tree (CI_PROJECT_DIR), where artifacts could take a password along"
            }
            _ => "is to stay as it is (--private)",
        };
        anyhow!(
            "{}: {reason}; run eval \"$(jobproxy setup --export)\", which makes private files",
            path.display()
        )
    }
}

/// What decides whether a file is private.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct Situation {
    /// `--private` or JOBPROXY_PRIVATE; `None` when neither says anything.
    pub asked: Option<bool>,
    /// Whether the programs of the job get the variables.
    pub exported: bool,
    /// GITLAB_CI is true.
    pub gitlab: bool,
    /// CI_DISPOSABLE_ENVIRONMENT is true.
    pub disposable: bool,
    /// Something else says that the job runs in a container.
    pub container: bool,
    /// The file is below CI_PROJECT_DIR.
    pub in_work_tree: bool,
    /// The file is in a job's private folder already.
    pub is_private: bool,
}

impl Situation {
    /// The facts about the job, without those about a file.
    #[must_use]
    pub fn of_job(options: &Options, environment: &Environment) -> Self {
        let texts = &environment.texts;
        let is_true = |value: &Option<String>| value.as_deref() == Some("true");
        let (gitlab, disposable) = (is_true(&texts.gitlab_ci), is_true(&texts.ci_disposable_environment));
        Self {
            asked: options.private,
            exported: options.export || options.setup,
            gitlab,
            disposable,
            // Looked up only where it matters.
            container: gitlab
                && !disposable
                && (texts.kubernetes_service_host.is_some() || environment.in_container()),
            ..Self::default()
        }
    }

    /// The facts about a file, `real` being its path without symbolic links.
    #[must_use]
    pub fn of_file(real: &Path, options: &Options, environment: &Environment) -> Self {
        let mut folders = real.ancestors().skip(1).take(2);
        Self {
            in_work_tree: environment.path("CI_PROJECT_DIR").is_some_and(|project| is_inside(real, project)),
            is_private: folders.any(|folder| is_named(folder) && is_trusted(folder)),
            ..Self::of_job(options, environment)
        }
    }

    /// Whether the file is private, and why. The work tree cannot be switched off: nothing is ever written there.
    #[must_use]
    pub fn why_private(self) -> Option<Why> {
        match self {
            Self { is_private: true, .. } => None,
            Self { in_work_tree: true, .. } => Some(Why::WorkTree),
            Self { asked: Some(asked), .. } => asked.then_some(Why::Asked),
            Self { exported: true, .. } if self.shares_home() => Some(Why::SharedHome),
            _ => None,
        }
    }

    /// Whether other jobs have the same HOME: shell and ssh executors (GitLab Runner sets CI_DISPOSABLE_ENVIRONMENT
    /// for all others, common/build.go).
    #[must_use]
    pub fn shares_home(self) -> bool {
        self.gitlab && !self.disposable && !self.container
    }
}

/// Whether a folder has the name of a private folder.
fn is_named(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
}

/// A variable that names a config, unless that was in a private folder that is gone.
#[must_use]
pub fn unless_gone<'a>(environment: &'a Environment, name: &str) -> Option<&'a Path> {
    let path = environment.path(name)?;
    let gone = path.parent().is_some_and(|folder| is_named(folder) && !folder.exists());
    (!gone).then_some(path)
}

/// The private folder that an earlier run made for this job: the one that the variable leads to, else the one that has
/// the job's number. Never one that another user planted.
#[must_use]
pub fn existing(environment: &Environment, variable: &str) -> Option<PathBuf> {
    let named = environment.path(variable).and_then(Path::parent).map(Path::to_owned);
    let numbered = name_of_job(environment).and_then(|name| Some(bases(environment).next()?.join(name)));
    let mut candidates = named.into_iter().chain(numbered);
    candidates.find(|folder| is_named(folder) && is_trusted(folder))
}

/// The private folder of this job, or where no job is known of the user (`of_user`) or of this run, made when there is none;
/// with `dry_run` only its name.
///
/// # Errors
/// There is no place for such a folder.
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
        if of_user { format!("{PREFIX}user-{user}") } else { format!("{PREFIX}run-{}", std::process::id()) }
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

/// `jobproxy-` and the job's number, which every retry has another of.
fn name_of_job(environment: &Environment) -> Option<String> {
    let number = environment.texts.ci_job_id.as_deref().map(str::trim)?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{PREFIX}{number}"))
}

/// Parent folders whose names a variable can hold: control characters would not survive every shell.
fn bases(environment: &Environment) -> impl Iterator<Item = PathBuf> {
    temporary_folders(environment.path("CI_PROJECT_DIR"), environment.path("TMPDIR"))
        .filter(|base| plain(base).is_ok())
}

/// Removes the folders of dead jobs. Beside the work tree there is one job at a time; elsewhere a job may still run.
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
        if !is_named(&path) || is_own(&path) || !(is_slot || is_old(&path)) {
            continue;
        }
        // A file is the copy of one that a killed run was overwriting.
        let _ = if is_trusted(&path) { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

/// The path as a variable holds it.
///
/// # Errors
/// It is no plain text.
pub fn plain(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|path| !path.contains(char::is_control));
    Ok(text
        .with_context(|| {
            format!("{}: not plain text; set TMPDIR to a folder with a plain name", path.display())
        })?
        .to_owned())
}

/// Removes a file or folder from the private folder, and then that, when nothing else is in it. `variable` may still
/// name the file.
///
/// # Errors
/// It cannot be removed.
pub fn remove(path: &Path, context: &Context, variable: &str) -> Result<Outcome> {
    if context.options.dry_run {
        return Ok(Outcome::new(path, State::WouldRemove));
    }
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(|error| anyhow!("{}: cannot be removed: {}", path.display(), error.kind()))?;
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

//! What settings are written to. A new output is a file here and a line in [`OUTPUTS`].

use std::cell::OnceCell;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::environment::Environment;
use crate::options::Options;
use crate::replace_file::{self, Change, Done, Locking};
use crate::settings::Settings;
use exports::Variables;
use private::{Situation, Why};

pub mod docker_config;
mod docker_copy;
pub mod exports;
pub mod format;
pub mod git_config;
pub mod git_file;
pub mod gitlab_env;
mod gradle_properties;
mod maven_settings;
pub mod private;

/// What a target works from.
pub struct Context<'a> {
    /// The job's environment.
    pub environment: &'a Environment,
    /// What is to be written.
    pub settings: &'a Settings,
    /// What was asked for.
    pub options: &'a Options,
    /// The variables as programs are to get them.
    pub variables: Variables,
    /// The private folder of the job, once a target has asked for it.
    pub folder: OnceCell<PathBuf>,
}

impl Context<'_> {
    /// Whether the programs of the job get the variables.
    #[must_use]
    pub fn is_exported(&self) -> bool {
        self.options.export || self.options.setup
    }

    /// The private folder of the job, or where no job is known of the user (`of_user`) or of this run, made when there is
    /// none; with `--dry-run` only its name.
    ///
    /// # Errors
    /// There is no place for such a folder.
    pub fn private_folder(&self, of_user: bool) -> Result<&Path> {
        if self.folder.get().is_none() {
            let _ = self.folder.set(private::folder(self.environment, of_user, self.options.dry_run)?);
        }
        Ok(self.folder.get().map_or(Path::new(""), PathBuf::as_path))
    }

    /// Why a file, which is at `real` behind all links, is not written where it is.
    #[must_use]
    pub fn why_private(&self, real: &Path) -> Option<Why> {
        Situation::of_file(real, self.options, self.environment).why_private()
    }
}

/// The file that a program means by `path`, behind all symbolic links.
///
/// # Errors
/// As [`replace_file::follow`].
pub fn real(path: &Path, environment: &Environment) -> Result<PathBuf> {
    replace_file::follow(path, environment.home().ok().as_deref())
}

/// A place that settings are written to.
pub struct Output {
    /// Whether it was asked for.
    pub wanted: fn(&Options) -> bool,
    /// Reads, decides and writes; `None` when there is nothing to write to.
    pub apply: fn(&Context) -> Result<Option<Outcome>>,
    /// Removes what `apply` wrote.
    pub undo: fn(&Context) -> Result<Option<Outcome>>,
}

/// Every target, in the order in which they are written.
pub const OUTPUTS: [Output; 5] = [
    Output { wanted: |options| !options.no_docker, apply: docker_config::apply, undo: docker_config::undo },
    Output { wanted: |options| !options.no_git, apply: git_config::apply, undo: git_config::undo },
    Output {
        wanted: |options| options.runtimes.contains(&"maven"),
        apply: maven_settings::apply,
        undo: maven_settings::undo,
    },
    Output {
        wanted: |options| options.runtimes.contains(&"gradle"),
        apply: gradle_properties::apply,
        undo: gradle_properties::undo,
    },
    Output { wanted: |options| options.gitlab_env, apply: gitlab_env::apply, undo: |_| Ok(None) },
];

/// What was done with one file.
#[derive(Debug)]
pub struct Outcome {
    /// The file, as its program knows it.
    pub path: PathBuf,
    /// What was done.
    pub state: State,
    /// With `--dry-run`: removed and added lines, passwords redacted.
    pub diff: Vec<String>,
    /// Notes for the report.
    pub notes: Vec<String>,
    /// The variables by which programs find the file.
    pub variables: Variables,
}

impl Outcome {
    /// An outcome without notes.
    #[must_use]
    pub fn new(path: &Path, state: State) -> Self {
        Self { path: path.to_owned(), state, diff: Vec::new(), notes: Vec::new(), variables: Vec::new() }
    }

    /// A file that nothing was done to; the note says why.
    #[must_use]
    pub fn left_alone(path: &Path, note: String) -> Self {
        Self { notes: vec![note], ..Self::new(path, State::Skipped) }
    }

    /// The same under the name by which its program knows the file.
    #[must_use]
    pub fn called(self, path: &Path) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// The same as the outcome of `undo`.
    #[must_use]
    pub fn undone(self) -> Self {
        let state = match self.state {
            State::Written => State::Cleaned,
            State::WouldWrite => State::WouldClean,
            State::Unchanged | State::Skipped => State::Clean,
            state => state,
        };
        Self { state, ..self }
    }
}

/// What was done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has new content.
    Written,
    /// It would have new content but for `--dry-run`.
    WouldWrite,
    /// It no longer has the values that `setup` writes.
    Cleaned,
    /// It would no longer have them but for `--dry-run`.
    WouldClean,
    /// It is gone.
    Removed,
    /// It would be gone but for `--dry-run`.
    WouldRemove,
    /// It was right as it was.
    Unchanged,
    /// It had none of the values that `setup` writes.
    Clean,
    /// Nothing was done to it; a note says why.
    Skipped,
}

impl State {
    /// The states that the summary names, in the order of the summary, each with its verb.
    pub const REPORTED: [(Self, &'static str); 8] = [
        (Self::Written, "wrote"),
        (Self::WouldWrite, "would write"),
        (Self::Cleaned, "removed the proxy from"),
        (Self::WouldClean, "would remove the proxy from"),
        (Self::Removed, "removed"),
        (Self::WouldRemove, "would remove"),
        (Self::Unchanged, "unchanged"),
        (Self::Clean, "no value that setup writes is in"),
    ];
}

/// What becomes of a file, and what that changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Edit {
    /// What becomes of the file.
    pub change: Change,
    /// `-old` and `+new` lines, redacted.
    pub diff: Vec<String>,
    /// Notes for the report.
    pub notes: Vec<String>,
}

impl Default for Edit {
    /// The file is right as it is.
    fn default() -> Self {
        Self { change: Change::Nothing, diff: Vec::new(), notes: Vec::new() }
    }
}

/// Applies an edit to the file at `path`, symbolic links resolved, or with `dry_run` only says what the edit would do.
///
/// # Errors
/// As [`replace_file::update`], and whatever `decide` finds wrong.
pub fn edit_file(
    path: &Path,
    locking: Locking,
    dry_run: bool,
    decide: &dyn Fn(Option<&[u8]>) -> Result<Edit>,
) -> Result<Outcome> {
    let mut outcome = Outcome::new(path, State::Unchanged);
    if dry_run {
        let edit = decide(replace_file::read(path)?.as_deref())?;
        outcome.state = match edit.change {
            Change::Nothing => State::Unchanged,
            Change::Content(_) => State::WouldWrite,
            Change::Removal => State::WouldRemove,
        };
        return Ok(Outcome { diff: edit.diff, notes: edit.notes, ..outcome });
    }
    let done = replace_file::update(path, locking, &mut |old| {
        let edit = decide(old)?;
        outcome.notes = edit.notes;
        Ok(edit.change)
    })?;
    match done {
        Done::Unchanged => {}
        Done::Removed => outcome.state = State::Removed,
        Done::Replaced { hard_links } => {
            outcome.state = State::Written;
            if hard_links > 0 {
                outcome.notes.push(format!(
                    "{}: had {hard_links} more hard links, which keep the old content",
                    path.display()
                ));
            }
        }
    }
    Ok(outcome)
}

/// Says of a file that holds a proxy's password that other users can read the file.
#[must_use]
pub fn readable_by_others(path: &Path) -> Option<String> {
    let mode = |path: &Path| fs::metadata(path).map_or(0, |found| found.mode());
    if mode(path) & 0o044 == 0 {
        return None;
    }
    let path = fs::canonicalize(path).ok()?;
    if path.ancestors().skip(1).any(|folder| mode(folder) & 0o011 == 0) {
        return None;
    }
    let text = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
    let mut words = text.split(|letter: char| letter.is_whitespace() || letter == '"');
    let has_url = words.any(|word| word.contains("://") && word.contains('@'));
    // The files of Maven and Gradle hold the password apart from the address.
    (has_url || text.contains("jobproxy begin")).then(|| {
        format!("{0}: other users can read the proxy's password in it; chmod 600 {0}", path.display())
    })
}

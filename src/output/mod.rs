//! What settings are written to. A new output is a file here and a line in [`OUTPUTS`].

use std::cell::OnceCell;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::ca::Authorities;
use crate::environment::Environment;
use crate::options::{CaSource, Options};
use crate::replace_file::{self, Change, Done, Locking, MOST_OF_A_CONFIG, Target, read_limited};
use crate::settings::Settings;
use exports::Variables;
use private::{Situation, Why};

pub mod ca;
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

/// The input of an output.
pub struct Context<'a> {
    /// The job's environment.
    pub environment: &'a Environment,
    /// The settings to write.
    pub settings: &'a Settings,
    /// The authorities that programs are to trust.
    pub authorities: &'a Authorities,
    /// The values of the options.
    pub options: &'a Options,
    /// The variables to export.
    pub variables: Variables,
    /// The private folder, after an output has asked for the folder.
    pub folder: OnceCell<PathBuf>,
}

impl Context<'_> {
    /// Whether the programs of the job get the variables.
    #[must_use]
    pub fn is_exported(&self) -> bool {
        self.options.export || self.options.setup
    }

    /// Takes over the variables of outcomes.
    pub fn take_variables(&mut self, outcomes: &[Outcome]) {
        for variable in outcomes.iter().flat_map(|done| &done.variables) {
            exports::set(&mut self.variables, variable.clone());
        }
    }

    /// Returns the private folder of the job. Where the number of the job is unknown, the folder belongs to the user
    /// (`of_user`) or to this run. Makes the folder when it is missing; with `--dry-run` only returns its path.
    ///
    /// # Errors
    /// The folder cannot be made in any of the places for such folders.
    pub fn private_folder(&self, of_user: bool) -> Result<&Path> {
        if self.folder.get().is_none() {
            let _ = self.folder.set(private::folder(self.environment, of_user, self.options.dry_run)?);
        }
        Ok(self.folder.get().map_or(Path::new(""), PathBuf::as_path))
    }

    /// Returns why a file is not written at its usual path, but in the private folder. `real` is the path without
    /// symbolic links.
    #[must_use]
    pub fn why_private(&self, real: &Path) -> Option<Why> {
        Situation::of_file(real, self.options, self.environment).why_private()
    }
}

/// Returns the file that a program means by `path`.
///
/// # Errors
/// As [`replace_file::follow`].
pub fn real(path: &Path, environment: &Environment) -> Result<Target> {
    let home = environment.home().ok();
    replace_file::follow(path, home.as_deref().map(|home| (home, environment.home_metadata())))
}

/// A place that settings are written to.
pub struct Output {
    /// Whether the options request the output.
    pub wanted: fn(&Options) -> bool,
    /// Whether the output has nothing to write where no proxy is configured.
    pub needs_proxy: bool,
    /// Reads, decides and writes; returns `None` when the job has no such file.
    pub apply: fn(&Context) -> Result<Option<Outcome>>,
    /// Removes what `apply` wrote.
    pub undo: fn(&Context) -> Result<Option<Outcome>>,
    /// Whether `apply` marks its text in the file, so that `undo` finds the text also where the options do not request the
    /// output. A forgotten `--for` must not leave a password behind.
    pub is_marked: bool,
}

/// Every output, in the order in which the outputs are written.
#[rustfmt::skip]
pub const OUTPUTS: [Output; 6] = [
    Output { wanted: |options| !options.no_docker, needs_proxy: true, apply: docker_config::apply, undo: docker_config::undo, is_marked: false },
    Output { wanted: |options| !options.no_git, needs_proxy: true, apply: git_config::apply, undo: git_config::undo, is_marked: false },
    Output { wanted: |options| options.runtimes.contains(&"maven"), needs_proxy: true, apply: maven_settings::apply, undo: maven_settings::undo, is_marked: true },
    Output { wanted: |options| options.runtimes.contains(&"gradle"), needs_proxy: true, apply: gradle_properties::apply, undo: gradle_properties::undo, is_marked: true },
    Output { wanted: |options| options.ca != CaSource::Off, needs_proxy: false, apply: ca::apply, undo: ca::undo, is_marked: false },
    // The last one, since the file gets the variables of all others.
    Output { wanted: |options| options.gitlab_env, needs_proxy: false, apply: gitlab_env::apply, undo: |_| Ok(None), is_marked: false },
];

/// The outputs that are wanted, all or those that need no proxy.
pub fn wanted(options: &Options, has_proxy: bool) -> impl Iterator<Item = &'static Output> {
    OUTPUTS.iter().filter(move |output| (output.wanted)(options) && (has_proxy || !output.needs_proxy))
}

/// What was done with one file.
#[derive(Debug)]
pub struct Outcome {
    /// The path by which docker, git or the runner opens the file.
    pub path: PathBuf,
    /// What was done.
    pub state: State,
    /// The mode of the file, where the mode is known already.
    pub mode: Option<u32>,
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
        Self {
            path: path.to_owned(),
            state,
            mode: None,
            diff: Vec::new(),
            notes: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// The outcome for a file that was left alone; the note says why.
    #[must_use]
    pub fn left_alone(path: &Path, note: String) -> Self {
        Self { notes: vec![note], ..Self::new(path, State::Skipped) }
    }

    /// Returns the outcome with the path by which the program opens the file.
    #[must_use]
    pub fn called(self, path: &Path) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// Returns the outcome of a write as an outcome of `undo`.
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
    /// The file has new content.
    Written,
    /// The file would get new content without `--dry-run`.
    WouldWrite,
    /// The values that `setup` writes were removed from the file.
    Cleaned,
    /// The values that `setup` writes would be removed without `--dry-run`.
    WouldClean,
    /// The file was removed.
    Removed,
    /// The file would be removed without `--dry-run`.
    WouldRemove,
    /// The file needed no change.
    Unchanged,
    /// The file had none of the values that `setup` writes.
    Clean,
    /// The file was left alone; a note says why.
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

/// A change of a file, with its description.
#[derive(Debug, PartialEq, Eq)]
pub struct Edit {
    /// The change.
    pub change: Change,
    /// A line `-KEY: VALUE` for each removed value and `+KEY: VALUE` for each added value, passwords redacted.
    pub diff: Vec<String>,
    /// Notes for the report.
    pub notes: Vec<String>,
}

impl Default for Edit {
    /// No change.
    fn default() -> Self {
        Self { change: Change::Nothing, diff: Vec::new(), notes: Vec::new() }
    }
}

/// Applies an edit to a file, or with `dry_run` only returns what the edit would do.
///
/// # Errors
/// As [`replace_file::update`], and the errors of `decide`.
pub fn edit_file(
    target: &Target,
    locking: Locking,
    dry_run: bool,
    decide: &dyn Fn(Option<&[u8]>) -> Result<Edit>,
) -> Result<Outcome> {
    let mut outcome = Outcome::new(target.path(), State::Unchanged);
    if dry_run {
        let edit = decide(replace_file::read(target)?.as_deref())?;
        outcome.state = match edit.change {
            Change::Nothing => State::Unchanged,
            Change::Content(_) => State::WouldWrite,
            Change::Removal => State::WouldRemove,
        };
        return Ok(Outcome { diff: edit.diff, notes: edit.notes, ..outcome });
    }
    let done = replace_file::update(target, locking, &mut |old| {
        let edit = decide(old)?;
        outcome.notes = edit.notes;
        Ok(edit.change)
    })?;
    match done {
        Done::Unchanged { mode } => outcome.mode = mode,
        Done::Removed => outcome.state = State::Removed,
        Done::Replaced { hard_links, mode } => {
            outcome.mode = Some(mode);
            outcome.state = State::Written;
            if hard_links > 0 {
                outcome.notes.push(format!(
                    "{}: had {hard_links} more hard links, which keep the old content",
                    target.path().display()
                ));
            }
        }
    }
    Ok(outcome)
}

/// Returns a warning about a file that holds a proxy's password and that other users can read.
#[must_use]
pub fn readable_by_others(outcome: &Outcome) -> Option<String> {
    let path = &outcome.path;
    let mode = |path: &Path| fs::metadata(path).map_or(0, |found| found.mode());
    if outcome.mode.unwrap_or_else(|| mode(path)) & 0o044 == 0 {
        return None;
    }
    let path = fs::canonicalize(path).ok()?;
    if path.ancestors().skip(1).any(|folder| mode(folder) & 0o011 == 0) {
        return None;
    }
    let text = String::from_utf8_lossy(&read_limited(&path, MOST_OF_A_CONFIG).ok()?).into_owned();
    let mut words = text.split(|letter: char| letter.is_whitespace() || letter == '"');
    let has_url = words.any(|word| word.contains("://") && word.contains('@'));
    // The files of Maven and Gradle hold the password apart from the address.
    (has_url || text.contains("jobproxy begin")).then(|| {
        format!("{0}: other users can read the proxy's password in it; chmod 600 {0}", path.display())
    })
}

//! What settings are written to. A new target is a file here and a line in [`TARGETS`].

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::Options;
use crate::environment::Environment;
use crate::replace_file::{self, Done, Peers};
use crate::settings::Settings;
use shell::Variables;

pub mod docker_config;
mod docker_copy;
pub mod format;
pub mod git_config;
pub mod gitlab_env;
pub mod json_edit;
pub mod shell;
pub mod undo;

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
}

/// A place that settings are written to.
pub struct Target {
    /// Whether it was asked for.
    pub wanted: fn(&Options) -> bool,
    /// Reads, decides and writes; `None` when there is nothing to write to.
    pub apply: fn(&Context) -> Result<Option<Applied>>,
    /// Takes back what `apply` wrote.
    pub undo: fn(&Context) -> Result<Option<Applied>>,
}

/// Every target, in the order in which they are written.
pub const TARGETS: [Target; 3] = [
    Target { wanted: |options| !options.no_docker, apply: docker_config::apply, undo: docker_config::undo },
    Target { wanted: |options| !options.no_git, apply: git_config::apply, undo: git_config::undo },
    Target { wanted: |options| options.gitlab_env, apply: gitlab_env::apply, undo: |_| Ok(None) },
];

/// What became of one file.
#[derive(Debug)]
pub struct Applied {
    /// The file, as its program knows it.
    pub path: PathBuf,
    /// What became of it.
    pub state: State,
    /// With `--dry-run`: the lines that would go and come, redacted.
    pub diff: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What programs must be told to find the file.
    pub variables: Variables,
}

impl Applied {
    /// Nothing to tell but the state.
    #[must_use]
    pub fn new(path: &Path, state: State) -> Self {
        Self { path: path.to_owned(), state, diff: Vec::new(), notes: Vec::new(), variables: Vec::new() }
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has new content.
    Written,
    /// It was right as it was.
    Unchanged,
    /// It is what it was before `setup`.
    Restored,
    /// It was made by `setup`, and is gone.
    Removed,
    /// It would have new content but for `--dry-run`.
    WouldWrite,
    /// It was left alone; a note says why.
    Skipped,
}

impl State {
    /// How the summary calls it.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Written => "wrote",
            Self::Unchanged => "unchanged",
            Self::Restored => "restored",
            Self::Removed => "removed",
            Self::WouldWrite => "would write",
            Self::Skipped => "left alone",
        }
    }
}

/// The new content of a file and what it changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The whole new content.
    pub content: Vec<u8>,
    /// `-old` and `+new` lines, redacted.
    pub diff: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Applies an edit to a file, or with `dry_run` only says what it would do. Before it is written, `remember` is told
/// of the old and the new content.
///
/// # Errors
/// As [`replace_file::update`], and whatever `decide` finds wrong.
pub fn edit_file(
    path: &Path,
    peers: Peers,
    dry_run: bool,
    decide: &dyn Fn(Option<&[u8]>) -> Result<Option<Edit>>,
    remember: &dyn Fn(Option<&[u8]>, &[u8]),
) -> Result<Applied> {
    let mut applied = Applied::new(path, State::Unchanged);
    let done = replace_file::update(path, peers, dry_run, &mut |old| {
        let Some(edit) = decide(old)? else { return Ok(None) };
        applied.diff = edit.diff;
        applied.notes = edit.notes;
        if !dry_run {
            remember(old, &edit.content);
        }
        Ok(Some(edit.content))
    })?;
    match done {
        Done::Unchanged => {}
        Done::WouldReplace => applied.state = State::WouldWrite,
        Done::Replaced { hard_links } => {
            applied.state = State::Written;
            if hard_links > 0 {
                applied.notes.push(format!(
                    "{}: had {hard_links} more hard links, which keep the old content",
                    path.display()
                ));
            }
        }
    }
    if !dry_run {
        applied.diff.clear();
    }
    Ok(applied)
}

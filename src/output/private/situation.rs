//! Whether a file of docker or git is private to one job, and why.

use std::path::Path;

use anyhow::{Error, anyhow};

use crate::config_files::is_private_name;
use crate::environment::Environment;
use crate::options::Options;
use crate::replace_file::{is_inside, is_trusted};

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
    /// Returns the line for the report.
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

    /// Returns the error where no variable is exported that could name the private file.
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

/// The facts that decide whether a file is private.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each field is a separate fact
pub struct Situation {
    /// `--private` or JOBPROXY_PRIVATE; `None` when neither is given.
    pub asked: Option<bool>,
    /// Whether the programs of the job get the variables.
    pub exported: bool,
    /// GITLAB_CI is true.
    pub gitlab: bool,
    /// CI_DISPOSABLE_ENVIRONMENT is true.
    pub disposable: bool,
    /// The cluster or a marker file shows that the job runs in a container.
    pub container: bool,
    /// The file is below CI_PROJECT_DIR.
    pub in_work_tree: bool,
    /// The file is in a job's private folder already.
    pub is_private: bool,
}

impl Situation {
    /// Collects the facts about the job, without the facts about a file.
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
            // The marker files are looked up only where the answer matters.
            container: gitlab
                && !disposable
                && (texts.kubernetes_service_host.is_some() || environment.in_container()),
            ..Self::default()
        }
    }

    /// Collects the facts about the job and a file; `real` is the path without symbolic links.
    #[must_use]
    pub fn of_file(real: &Path, options: &Options, environment: &Environment) -> Self {
        let mut folders = real.ancestors().skip(1).take(2);
        Self {
            in_work_tree: environment.path("CI_PROJECT_DIR").is_some_and(|project| is_inside(real, project)),
            is_private: folders.any(|folder| is_private_name(folder) && is_trusted(folder)),
            ..Self::of_job(options, environment)
        }
    }

    /// Returns why the file is private; `None` where the file is not. The rule for the work tree cannot be switched
    /// off: no password is ever written there.
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

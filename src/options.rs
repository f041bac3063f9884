//! The values of the options, as the command line and the environment variables of the options set them.

use std::ffi::OsString;

use crate::no_proxy::entry::CidrPolicy;

/// How many lines are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Errors, the summary, notes and what was stripped.
    #[default]
    Normal,
    /// Every entry of NO_PROXY as well.
    Verbose,
}

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Shell code, or lines for people.
    #[default]
    Plain,
    /// Bare lines.
    Dotenv,
    /// JSON: one object of variables, or an array of answers or findings.
    Json,
    /// PowerShell code.
    Pwsh,
    /// Words for `docker buildx create`.
    DriverOpts,
    /// Words for programs that build images.
    BuildArgs,
}

/// The values of all options, with their defaults.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own on the command line
pub struct Options {
    /// Print shell code as well.
    pub export: bool,
    /// Show what would change, write nothing.
    pub dry_run: bool,
    /// Leave docker's config alone.
    pub no_docker: bool,
    /// Leave git's config alone.
    pub no_git: bool,
    /// Write the file that GITLAB_ENV names.
    pub gitlab_env: bool,
    /// Whether docker's and git's configs are files of this job alone; `None` leaves that to the environment.
    pub private: Option<bool>,
    /// Set up before the program starts.
    pub setup: bool,
    /// More entries for NO_PROXY.
    pub add: String,
    /// Leave the job's other containers out of NO_PROXY.
    pub no_services: bool,
    /// What becomes of IPv4 ranges.
    pub cidr: CidrPolicy,
    /// How much is said.
    pub verbosity: Verbosity,
    /// How the result is printed.
    pub format: Format,
    /// The programs to set up beside the proxy variables, by the names of `runtime::RUNTIMES`.
    pub runtimes: Vec<&'static str>,
    /// The clients to explain; empty for those that a job most likely runs.
    pub client: String,
    /// Only list the clients.
    pub clients: bool,
    /// Stands in for NO_PROXY.
    pub no_proxy: Option<String>,
    /// Stands in for the proxy variables.
    pub proxy: Option<String>,
    /// The environment as it is, not as `setup` would leave it.
    pub raw: bool,
    /// Do not read the configuration of tools.
    pub no_files: bool,
    /// Fail when clients disagree.
    pub strict: bool,
    /// Try the proxies.
    pub connect: bool,
    /// The stable names of the findings that doctor leaves out.
    pub ignore: Vec<&'static str>,
    /// What follows the options: a program with its arguments, or the subject of help and completions.
    pub arguments: Vec<OsString>,
}

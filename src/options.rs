//! The values of the options, as the command line and the environment variables of the options set them.

use std::ffi::OsString;
use std::path::PathBuf;

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
    /// Lines of the form NAME=value.
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

/// Where the certificates of authorities come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CaSource {
    /// The places where GitLab and its runner put certificates, and only behind a proxy.
    #[default]
    ByItself,
    /// These files; the text is the name of the flag or of the variable that names them.
    Files(String, Vec<PathBuf>),
    /// `--no-ca`.
    Off,
}

/// The values of all options, with their defaults.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each field is a separate option
pub struct Options {
    /// Print code that sets the variables.
    pub export: bool,
    /// Show what would change, write nothing.
    pub dry_run: bool,
    /// Leave docker's config alone.
    pub no_docker: bool,
    /// Leave git's config alone.
    pub no_git: bool,
    /// Write the file that GITLAB_ENV names.
    pub gitlab_env: bool,
    /// Whether docker's and git's configs are files of this job alone; `None`: the environment decides.
    pub private: Option<bool>,
    /// Write docker's and git's config before COMMAND starts.
    pub setup: bool,
    /// More entries for NO_PROXY.
    pub add: String,
    /// Leave the job's other containers out of NO_PROXY.
    pub no_services: bool,
    /// How IPv4 ranges in NO_PROXY are handled.
    pub cidr: CidrPolicy,
    /// Where the certificates of authorities come from.
    pub ca: CaSource,
    /// How many lines the report has.
    pub verbosity: Verbosity,
    /// How the result is printed.
    pub format: Format,
    /// The programs to set up beside the proxy variables, by the names of `runtime::RUNTIMES`.
    pub runtimes: Vec<&'static str>,
    /// The clients to explain; empty for `client::USUAL`.
    pub client: String,
    /// Only list the clients.
    pub clients: bool,
    /// The list to use instead of NO_PROXY.
    pub no_proxy: Option<String>,
    /// The proxy to use instead of HTTP_PROXY and HTTPS_PROXY.
    pub proxy: Option<String>,
    /// Explain the current environment, before `setup` changes it.
    pub raw: bool,
    /// Do not read the configuration of tools.
    pub no_files: bool,
    /// Fail when clients disagree.
    pub strict: bool,
    /// Connect to the proxies.
    pub connect: bool,
    /// The stable names of the findings that doctor leaves out.
    pub ignore: Vec<&'static str>,
    /// Explain every command.
    pub all: bool,
    /// The words after the options: URLs, a program with its arguments, or the subject of help and completions.
    pub arguments: Vec<OsString>,
}

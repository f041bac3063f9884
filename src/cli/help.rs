//! Help texts, made from the tables.

use super::man::{self, Page, PageCommand};
use super::option::{OptionRow, options_of};
use super::{COMMANDS, Command, CommandRow};

/// The help text of the whole program, or of one command.
#[must_use]
pub fn help(subject: Option<&str>) -> String {
    let subject = subject.and_then(|name| COMMANDS.iter().find(|row| row.name == name));
    let mut text = subject.map_or_else(overview, introduction);
    let command = subject.map_or(Command::Setup, |row| row.command);
    if options_of(command).next().is_some() {
        let of = if subject.is_none() { " of setup" } else { "" };
        text.push_str(&format!("\nOptions{of}, and the environment variables that set them:\n"));
        for row in options_of(command) {
            let variable = variable(row);
            let head = format!("  {:<34} {variable}", row.head());
            text.push_str(&format!("{}\n        {}\n", head.trim_end(), row.help));
        }
    }
    if subject.is_none() {
        text.push_str(&epilogue());
    }
    text
}

/// The overview, and then the help text of each command.
#[must_use]
pub fn help_of_all() -> String {
    let texts = COMMANDS.iter().map(|row| format!("\n{}", help(Some(row.name))));
    help(None) + &texts.collect::<String>()
}

/// The environment variable that sets an option, as help texts show the variable.
fn variable(row: &OptionRow) -> String {
    row.variable.map(|name| format!("{name}=...")).unwrap_or_default()
}

/// The manual page `jobproxy(1)`, of a release of that date (YYYY-MM-DD).
#[must_use]
pub fn man_page(date: &str) -> String {
    let option = |row: &OptionRow| {
        let variable = row.variable.map(|name| format!(" (variable: {name})")).unwrap_or_default();
        (row.head(), format!("{}{variable}", row.help))
    };
    let command = |row: &CommandRow| PageCommand {
        usage: usage(row),
        summary: row.summary,
        details: row.details,
        options: options_of(row.command).map(option).collect(),
    };
    man::roff(
        &Page {
            name: "jobproxy",
            summary: env!("CARGO_PKG_DESCRIPTION"),
            description: DESCRIPTION,
            commands: COMMANDS.iter().map(command).collect(),
            sections: vec![("ENVIRONMENT", VARIABLES), ("EXIT STATUS", EXIT_STATUS)],
        },
        date,
    )
}

fn overview() -> String {
    let mut text = format!("{}\nUsage: jobproxy [COMMAND] [OPTIONS]\n\nCommands:\n", version());
    for row in COMMANDS {
        text.push_str(&format!("  {:<12} {}\n", row.name, row.summary));
    }
    text
}

fn usage(row: &CommandRow) -> String {
    let options = if options_of(row.command).next().is_some() { " [OPTIONS]" } else { "" };
    format!("{}{options} {}", row.name, row.operands).trim_end().to_owned()
}

fn introduction(row: &CommandRow) -> String {
    let mut text = format!("jobproxy {}: {}\n\nUsage: jobproxy {}\n", row.name, row.summary, usage(row));
    if !row.details.is_empty() {
        text.push_str(&format!("\n{}", row.details));
    }
    text
}

const DESCRIPTION: &str =
    "Sets up a GitLab CI job behind its corporate proxy: docker, git, and every program that
reads the proxy variables. Passwords are never shown. Without a command, jobproxy does what
`setup` does.";

const VARIABLES: &str = "  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, FTP_PROXY, NO_PROXY, in both letter cases
  DOCKER_HOST, DOCKER_CONTEXT, BUILDKIT_HOST
                                daemons that are reached without the proxy
  KUBERNETES_SERVICE_HOST       the cluster whose services are reached without the proxy
  CI_DISPOSABLE_ENVIRONMENT     true: the services in /etc/hosts are the job's own
  DOCKER_CONFIG, GIT_CONFIG_GLOBAL, XDG_CONFIG_HOME, HOME, GITLAB_ENV
                                where the files are
  CI_SERVER_URL                 the GitLab server, where http and https proxies differ
";

const EXIT_STATUS: &str = "0 done, or nothing to do; 1 something could not be done; 2 wrong usage.";

fn epilogue() -> String {
    format!(
        "\nEnvironment variables:\n{VARIABLES}\nExit status: {EXIT_STATUS}\n\
         `jobproxy help COMMAND` explains one command, `jobproxy help --all` all commands.\n"
    )
}

/// Name and version.
#[must_use]
pub fn version() -> String {
    format!("jobproxy {}\n", env!("CARGO_PKG_VERSION"))
}

/// Name and version, the commit that the sources are from, the target, and the compiler.
///
/// `.ci/release` hands commit and compiler to the build in the variables JOBPROXY_COMMIT and JOBPROXY_COMPILER. Cargo
/// itself knows neither, and a build script would make two builds of one release differ.
#[must_use]
pub fn version_in_detail() -> String {
    let known = |value: Option<&'static str>| value.unwrap_or("unknown: not built by .ci/release");
    let libc =
        if cfg!(target_env = "musl") { "musl, static" } else { "the C library of the machine that built it" };
    format!(
        "{}commit: {}\ntarget: {}-{}, {libc}\ncompiler: {}\n",
        version(),
        known(option_env!("JOBPROXY_COMMIT")),
        std::env::consts::ARCH,
        std::env::consts::OS,
        known(option_env!("JOBPROXY_COMPILER")),
    )
}

//! Help texts, made from the tables.

use super::option::options_of;
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
            let variable = row.variable.map(|name| format!("{name}=...")).unwrap_or_default();
            let head = format!("  {:<34} {variable}", row.head());
            text.push_str(&format!("{}\n        {}\n", head.trim_end(), row.help));
        }
    }
    text.push_str(if subject.is_none() { EPILOGUE } else { "" });
    text
}

fn overview() -> String {
    let mut text = format!("{}\nUsage: jobproxy [COMMAND] [OPTIONS]\n\nCommands:\n", version());
    for row in COMMANDS {
        text.push_str(&format!("  {:<12} {}\n", row.name, row.summary));
    }
    text
}

fn introduction(row: &CommandRow) -> String {
    let options = if options_of(row.command).next().is_some() { " [OPTIONS]" } else { "" };
    let usage = format!("jobproxy {}{options} {}", row.name, row.operands);
    let mut text = format!("jobproxy {}: {}\n\nUsage: {}\n", row.name, row.summary, usage.trim_end());
    if !row.details.is_empty() {
        text.push_str(&format!("\n{}", row.details));
    }
    text
}

const EPILOGUE: &str = "
Environment variables:
  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, FTP_PROXY, NO_PROXY, in both letter cases
  DOCKER_HOST, DOCKER_CONTEXT, BUILDKIT_HOST
                                daemons that are reached without the proxy
  KUBERNETES_SERVICE_HOST       the cluster whose services are reached without the proxy
  CI_DISPOSABLE_ENVIRONMENT     true: the services in /etc/hosts are the job's own
  DOCKER_CONFIG, GIT_CONFIG_GLOBAL, XDG_CONFIG_HOME, HOME, GITLAB_ENV
                                where the files are
  CI_SERVER_URL                 the GitLab server, where http and https proxies differ

Exit status: 0 done, or nothing to do; 1 something could not be done; 2 wrong usage.
`jobproxy help COMMAND` explains one command.
";

/// Name and version.
#[must_use]
pub fn version() -> String {
    format!("jobproxy {}\n", env!("CARGO_PKG_VERSION"))
}

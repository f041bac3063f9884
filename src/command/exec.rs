//! `jobproxy exec`: set the variables, then become another program.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::anyhow;

use crate::cli::Options;
use crate::environment::Environment;
use crate::report::Report;
use crate::target::shell;

/// Returns only when COMMAND could not be started: 127 when it was not found, 126 when it cannot be executed.
/// Whatever is wrong with the proxy is told, and COMMAND starts all the same.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> u8 {
    let mut report = Report::default();
    let variables = if options.setup {
        let (setup, variables) = super::setup::apply(options, environment);
        report = setup;
        variables
    } else {
        let settings = super::settings(options, environment, &mut report);
        if let Some(settings) = &settings {
            report.changed_no_proxy(&settings.no_proxy);
        }
        settings.as_ref().map(shell::variables).unwrap_or_default()
    };
    let _ = report.print(options.verbosity);
    let Some((program, arguments)) = options.arguments.split_first() else { return 2 };
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let error = command.exec();
    let (status, reason) = match error.kind() {
        ErrorKind::NotFound => (127, "not found; is it installed, and on PATH?".to_owned()),
        kind => (126, format!("cannot be executed: {kind}")),
    };
    let mut report = Report::default();
    report.error(&anyhow!("{}: {reason}", program.display()));
    let _ = report.print(options.verbosity);
    status
}

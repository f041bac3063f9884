//! `jobproxy exec`: set the variables, then become another program.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Error, anyhow};

use crate::environment::Environment;
use crate::options::Options;
use crate::output::exports::Variables;
use crate::report::Report;

/// Returns only when COMMAND could not be started: 127 when it was not found, 126 when it cannot be executed.
/// Errors in the proxy variables are reported, and COMMAND still starts.
#[must_use]
pub fn run(options: &Options, environment: &Environment, problems: &[Error]) -> u8 {
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
        super::variables(options, environment, settings.as_ref(), &mut report)
    };
    report.errors(problems);
    let _ = report.print(options.verbosity);
    let Some((program, arguments)) = options.arguments.split_first() else { return 2 };
    let start = |variables: &Variables| {
        let mut command = Command::new(program);
        command.args(arguments);
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.exec()
    };
    let mut error = start(&variables);
    if error.kind() == ErrorKind::ArgumentListTooLong {
        let mut report = Report::default();
        report.error(&anyhow!(
            "NO_PROXY: too long for the environment of a program; the variables stay as they were"
        ));
        let _ = report.print(options.verbosity);
        error = start(&Variables::new());
    }
    let (status, reason) = match error.kind() {
        ErrorKind::NotFound => (127, "not found; is it installed, and on PATH?".to_owned()),
        kind => (126, format!("cannot be executed: {kind}")),
    };
    let mut report = Report::default();
    report.error(&anyhow!("{}: {reason}", program.display()));
    let _ = report.print(options.verbosity);
    status
}

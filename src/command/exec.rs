//! `jobproxy exec`: set the variables, then become another program.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Error, anyhow};
use rustix::io::Errno;

use crate::environment::Environment;
use crate::options::Options;
use crate::output::exports::Variables;
use crate::replace_file::cause;
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
    let start = |mut command: Command, variables: &Variables| {
        command.args(arguments);
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.exec()
    };
    let mut error = start(Command::new(program), &variables);
    if error.kind() == ErrorKind::ArgumentListTooLong {
        let mut report = Report::default();
        report.error(&anyhow!(
            "NO_PROXY: too long for the environment of a program; the variables stay as they were"
        ));
        let _ = report.print(options.verbosity);
        error = start(Command::new(program), &Variables::new());
    }
    if let Some(script) = script(program, &error) {
        let mut shell = Command::new("/bin/sh");
        shell.arg(script);
        error = start(shell, &variables);
    }
    let (status, reason) = match error.kind() {
        ErrorKind::NotFound => (127, "not found; is it installed, and on PATH?".to_owned()),
        _ => (126, format!("cannot be executed: {}", cause(&error))),
    };
    let mut report = Report::default();
    report.error(&anyhow!("{}: {reason}", program.display()));
    let _ = report.print(options.verbosity);
    status
}

/// Returns the path of a script without a line `#!`, which a shell runs by itself (POSIX, execvp; musl's execvp does not);
/// `None` where the program did not start for another reason, or is a program for another machine.
fn script(program: &OsStr, error: &io::Error) -> Option<PathBuf> {
    let is_unknown = error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error());
    let path = is_unknown.then(|| which::which(program).ok()).flatten()?;
    let mut start = [0; 4];
    let is_binary =
        File::open(&path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"\x7fELF";
    (!is_binary).then_some(path)
}

//! The `jobproxy` program: parse, dispatch, print the error, exit.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use jobproxy::cli;
use jobproxy::command;
use jobproxy::environment::Environment;
use jobproxy::report::Report;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

fn main() -> ExitCode {
    // Keeps the password out of core files, and other programs of this user out of the memory of jobproxy
    // (prctl(2), PR_SET_DUMPABLE).
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let environment = Environment::collect(std::env::vars_os());
    match cli::parse(std::env::args_os().skip(1), &environment.options) {
        Ok(invocation) => ExitCode::from(command::run(&invocation, &environment)),
        Err(error) => Report::fatal(&anyhow::anyhow!("{error}; see jobproxy --help"), 2),
    }
}

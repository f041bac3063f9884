//! The `jobproxy-host` program: puts a runner's host behind its proxy.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

fn main() -> ExitCode {
    // No core file, nor another program of this user, is to show a password.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    ExitCode::from(jobproxy::host::run(std::env::args_os().skip(1), std::env::vars_os()))
}

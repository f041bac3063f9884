//! `jobproxy-host`: sets up and checks the host of a GitLab runner, and takes its own changes out again.
//!
//! The command line and the environment become `wanted::Wanted`. `files` makes the list of files from these settings,
//! each file with its rules (`file`). One walk over the list (`plan`) finds what has to change. Only `system` writes
//! files, and only `services` restarts services. `bridge`, `check` and `login` also look at the running host.

use std::ffi::OsString;
use std::io::Write as _;

use anyhow::{Result, anyhow, bail};

use crate::proxy_url::ascii;
pub use cli::man_page;
use cli::{Command, Options};
use finding::{Finding, leave_out};
use output::Output;
use system::System;
use wanted::Wanted;

mod bridge;
mod check;
mod cli;
mod diff;
mod file;
mod files;
mod finding;
mod helm;
mod login;
mod output;
mod plan;
mod redact;
mod services;
mod survey;
mod system;
mod wanted;

/// Runs the program and returns the exit status: 0 for success, 1 for an error or for a finding of `check` that
/// fails, 2 when `plan` has something to change.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> u8 {
    dispatch(arguments, variables).unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr(), "jobproxy-host: {}", ascii(&format!("{error:#}")));
        1
    })
}

fn dispatch(
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<u8> {
    let (command, options) =
        cli::parse(arguments).map_err(|error| anyhow!("{error:#}; see jobproxy-host --help"))?;
    let environment = wanted::environment(variables)?;
    match command {
        Command::Help => output::print(&cli::help()),
        Command::Version => output::print(&cli::version()),
        Command::Plan => plan(&options, &environment),
        Command::Apply => apply(&options, &environment),
        Command::Check => check::run(&options, &environment),
        Command::Remove => remove(&options),
        Command::HelmValues => {
            output::print(&helm::values(&options, &Wanted::new(&options, &environment, None)?)?)
        }
    }
}

fn plan(options: &Options, environment: &crate::environment::Environment) -> Result<u8> {
    let system = System::new(&options.root)?;
    let (files, findings) = files::wanted(&system, options, environment, false)?;
    let mut plan = plan::to_apply(&system, &files)?;
    plan.findings.splice(0..0, findings);
    let status = if plan.changes.is_empty() { 0 } else { 2 };
    let commands = services::commands(&plan.changes, &[]);
    let mut output = Output::new(options.json);
    plan.changes.iter().for_each(|change| output.change(change));
    output.end(&plan, &commands)?;
    Ok(status)
}

fn apply(options: &Options, environment: &crate::environment::Environment) -> Result<u8> {
    let mut system = System::new(&options.root)?;
    system.lock()?;
    let (files, findings) = files::wanted(&system, options, environment, true)?;
    let mut plan = plan::to_apply(&system, &files)?;
    plan.findings.splice(0..0, findings);
    leave_out(&mut plan.findings, &options.ignore)?;
    // A job in a container does not reach a proxy on the host's loopback device.
    if let Some(Finding { text, remedy, .. }) =
        plan.findings.iter().find(|finding| finding.name == "loopback-proxy")
    {
        bail!(
            "{text}; nothing was changed; {remedy}, or, where no job runs in a container, use --ignore loopback-proxy"
        );
    }
    let mut output = Output::new(options.json);
    plan.carry_out(&system, &mut |change| output.change(change))?;
    finish(options, &system, &plan, output)
}

fn remove(options: &Options) -> Result<u8> {
    let mut system = System::new(&options.root)?;
    system.lock()?;
    let plan = plan::to_remove(&system, &files::removable(options))?;
    let mut output = Output::new(options.json);
    plan.carry_out(&system, &mut |change| output.change(change))?;
    plan.forget(&system)?;
    finish(options, &system, &plan, output)
}

/// Prints the findings, and the commands that put the changes in force. With `--restart` runs these commands instead.
fn finish(options: &Options, system: &System, plan: &plan::Plan, mut output: Output) -> Result<u8> {
    let restart = options.restart && system.is_running();
    let outdated = if restart { services::outdated(system, &plan.right) } else { Vec::new() };
    let commands = services::commands(&plan.changes, &outdated);
    if restart {
        services::restart(&commands, &mut |line| output.line(line))?;
        output.end(plan, &[])?;
    } else {
        output.end(plan, &commands)?;
    }
    Ok(0)
}

//! One file for each command; each reads like a table of contents.

use std::cell::OnceCell;
use std::io::Write as _;

use crate::ca::Authorities;
use crate::cli::{Command, Invocation, completions, help, help_of_all, version, version_in_detail};
use crate::environment::Environment;
use crate::machine::Machine;
use crate::machine::certificates;
use crate::options::{CaSource, Options, Verbosity};
use crate::output::exports::{self, Variables};
use crate::output::{Context, Outcome, ca};
use crate::replace_file::cause;
use crate::report::Report;
use crate::runtime;
use crate::settings::Settings;

pub mod doctor;
pub mod env;
pub mod exec;
pub mod explain;
pub mod install;
pub mod setup;
pub mod undo;

/// Runs the command and returns the exit status.
#[must_use]
pub fn run(invocation: &Invocation, environment: &Environment) -> u8 {
    let options = &invocation.options;
    let first = options.arguments.first().and_then(|word| word.to_str());
    let (report, output) = match invocation.command {
        Command::Setup => setup::run(options, environment),
        Command::Env => env::run(options, environment),
        Command::Exec => return exec::run(options, environment, &invocation.problems),
        Command::Explain => return explain::run(options, environment),
        Command::Doctor => doctor::run(options, environment),
        Command::Install => (install::run(options), String::new()),
        Command::Undo => (undo::run(options, environment), String::new()),
        Command::Help if options.all => (Report::default(), help_of_all()),
        Command::Help => (Report::default(), help(first)),
        Command::Version if options.verbosity == Verbosity::Verbose => {
            (Report::default(), version_in_detail())
        }
        Command::Version => (Report::default(), version()),
        Command::Completions => (Report::default(), completions(first.unwrap_or_default())),
    };
    finish(report, &output, options.verbosity)
}

/// Prints the output for programs on standard output, then the report for people on standard error. A standard output
/// that cannot be written is an error, since no program may take a part of the output for all of it.
fn finish(mut report: Report, output: &str, verbosity: Verbosity) -> u8 {
    if let Err(error) =
        std::io::stdout().write_all(output.as_bytes()).and_then(|()| std::io::stdout().flush())
    {
        report.error(&anyhow::anyhow!("standard output: cannot be written: {}", cause(&error)));
    }
    u8::from(!report.print(verbosity))
}

/// Returns the settings; `None` when there is nothing to do, and the report then says why.
fn settings(options: &Options, environment: &Environment, report: &mut Report) -> Option<Settings> {
    let (settings, errors) = resolve(options, environment);
    report.errors(&errors);
    if settings.has_proxy() {
        return Some(settings);
    }
    let off: Vec<&str> = settings.switched_off().collect();
    if !off.is_empty() {
        report.note(&format!("the proxy is switched off: {} set to nothing, so unset", off.join(", ")));
        return Some(settings);
    }
    if errors.is_empty() {
        let rest = if matches!(options.ca, CaSource::Files(..)) { "" } else { ": nothing to do" };
        report.note(&format!("no proxy is set (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, FTP_PROXY){rest}"));
    }
    None
}

/// The authorities that programs are to trust; the report says what is wrong with their files.
fn authorities(
    options: &Options,
    environment: &Environment,
    has_proxy: bool,
    report: &mut Report,
) -> Authorities {
    let (authorities, errors) = certificates::authorities(&options.ca, environment, has_proxy);
    report.errors(&errors);
    authorities.notes.iter().for_each(|note| report.note(note));
    authorities
}

/// The variables of `env` and `exec`: those of the settings, and those that name the authorities.
fn variables(
    options: &Options,
    environment: &Environment,
    settings: Option<&Settings>,
    report: &mut Report,
) -> Variables {
    let none = Settings::default();
    let has_proxy = settings.is_some_and(Settings::has_proxy);
    let authorities = authorities(options, environment, has_proxy, report);
    let mut context = Context {
        environment,
        settings: settings.unwrap_or(&none),
        authorities: &authorities,
        options,
        variables: settings.map(exports::variables).unwrap_or_default(),
        folder: OnceCell::new(),
    };
    match ca::for_programs(&context) {
        Ok(done) => {
            let done: Vec<Outcome> = done.into_iter().collect();
            context.take_variables(&done);
            report.files(&done);
        }
        Err(error) => report.error(&error),
    }
    context.variables
}

/// Returns the settings and the errors, without a report. The options say whether services in /etc/hosts count.
fn resolve(options: &Options, environment: &Environment) -> (Settings, Vec<anyhow::Error>) {
    let machine = Machine::read(environment, !options.no_services);
    let (mut settings, errors) = Settings::resolve(environment, &machine, &options.add, options.cidr);
    if settings.has_proxy() {
        let exports = runtime::exports(&options.runtimes, &settings, environment);
        settings.extra.extend(exports.values);
        settings.notes.extend(exports.notes);
        settings.no_proxy.notes.extend(exports.no_proxy_notes);
    }
    (settings, errors)
}

//! `jobproxy setup`: write every output, report what was done, print the exports when asked.

use std::cell::OnceCell;

use crate::environment::Environment;
use crate::options::Options;
use crate::output::exports::{self, Variables};
use crate::output::private::{self, Situation};
use crate::output::{Context, OUTPUTS, format, readable_by_others};
use crate::replace_file::is_interrupted;
use crate::report::Report;
use crate::settings::Settings;

/// The note where jobs share HOME and the files in HOME were written, since `--export` was not given.
const SHARED_HOME: &str =
    "jobs of this runner share HOME; eval \"$(jobproxy setup --export)\" gives a job files of its own";

/// Returns the report and the text for standard output.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> (Report, String) {
    let (report, variables) = apply(options, environment);
    let exports = if options.export { format::print(options.format, &variables) } else { String::new() };
    (report, exports)
}

/// Writes every requested output and returns the variables to set. An output that fails does not stop the next output.
#[must_use]
pub fn apply(options: &Options, environment: &Environment) -> (Report, Variables) {
    let mut report = Report::default();
    let settings = super::settings(options, environment, &mut report);
    let variables = settings.as_ref().map(exports::variables).unwrap_or_default();
    let shares_home = Situation::of_job(options, environment).shares_home();
    let Some(settings) = settings.filter(Settings::has_proxy) else {
        if shares_home && !options.dry_run {
            // A job without a proxy must not leave the password of an earlier job behind either.
            private::remove_dead(environment);
        }
        return (report, variables);
    };
    report.settings(&settings);
    let mut context =
        Context { environment, settings: &settings, options, variables, folder: OnceCell::new() };
    let mut outcomes = Vec::new();
    for output in OUTPUTS.iter().filter(|output| (output.wanted)(options)) {
        let mut applied = (output.apply)(&context);
        while applied.as_ref().is_err_and(is_interrupted) {
            applied = (output.apply)(&context);
        }
        match applied {
            Ok(done) => {
                for variable in done.iter().flat_map(|done| &done.variables) {
                    context.variables.retain(|other| other.0 != variable.0);
                    let at = context.variables.partition_point(|other| other.0 < variable.0);
                    context.variables.insert(at, variable.clone());
                }
                outcomes.extend(done);
            }
            Err(error) => report.error(&error),
        }
    }
    let has_password = settings.proxies.named().any(|(_, proxy)| proxy.has_credentials());
    for outcome in outcomes.iter_mut().filter(|_| has_password && !options.dry_run) {
        outcome.notes.extend(readable_by_others(&outcome.path));
    }
    report.files(&outcomes);
    if shares_home && !context.is_exported() {
        report.note(SHARED_HOME);
    }
    report.no_proxy(&settings.no_proxy);
    (report, context.variables)
}

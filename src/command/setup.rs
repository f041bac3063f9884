//! `jobproxy setup`: write every output, report what was done, print the exports when asked.

use std::cell::OnceCell;

use crate::environment::Environment;
use crate::options::Options;
use crate::output::exports::{self, Variables};
use crate::output::private::{self, Situation};
use crate::output::{Context, Outcome, format, readable_by_others, wanted};
use crate::replace_file::is_interrupted;
use crate::report::Report;

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
    let settings = settings.unwrap_or_default();
    let has_proxy = settings.has_proxy();
    if !has_proxy && shares_home && !options.dry_run {
        // A job without a proxy must not leave the password of an earlier job behind either.
        private::remove_dead(environment);
    }
    if has_proxy {
        report.settings(&settings);
    }
    let authorities = super::authorities(options, environment, has_proxy, &mut report);
    if !has_proxy && authorities.is_empty() {
        return (report, variables);
    }
    let mut context = Context {
        environment,
        settings: &settings,
        authorities: &authorities,
        options,
        variables,
        folder: OnceCell::new(),
    };
    let mut outcomes = Vec::new();
    for output in wanted(options, has_proxy) {
        let mut applied = (output.apply)(&context);
        while applied.as_ref().is_err_and(is_interrupted) {
            applied = (output.apply)(&context);
        }
        match applied {
            Ok(done) => {
                let done: Vec<Outcome> = done.into_iter().collect();
                context.take_variables(&done);
                outcomes.extend(done);
            }
            Err(error) => report.error(&error),
        }
    }
    let has_password = settings.proxies.named().any(|(_, proxy)| proxy.has_credentials());
    // The runner makes the file of GITLAB_ENV writable for every user, and a container of the job alone has no other users.
    let of_runner = environment.path("GITLAB_ENV").filter(|_| environment.is_disposable());
    let is_examined =
        |outcome: &&mut Outcome| has_password && !options.dry_run && of_runner != Some(&outcome.path);
    for outcome in outcomes.iter_mut().filter(is_examined) {
        outcome.notes.extend(readable_by_others(outcome));
    }
    report.files(&outcomes);
    if shares_home && !context.is_exported() {
        report.note(SHARED_HOME);
    }
    if has_proxy {
        report.no_proxy(&settings.no_proxy);
    }
    (report, context.variables)
}

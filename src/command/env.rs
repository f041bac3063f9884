//! `jobproxy env`: print the variables, change no file.

use crate::environment::Environment;
use crate::options::{Format, Options, Verbosity};
use crate::output::format;
use crate::report::Report;

/// Returns the report and the text for standard output.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> (Report, String) {
    let mut report = Report::default();
    let settings = super::settings(options, environment, &mut report);
    if let Some(settings) = settings.as_ref().filter(|settings| settings.has_proxy()) {
        if options.verbosity == Verbosity::Verbose {
            report.settings(settings);
            report.no_proxy(&settings.no_proxy);
        } else {
            report.changed_no_proxy(&settings.no_proxy);
        }
    }
    let variables = super::variables(options, environment, settings.as_ref(), &mut report);
    // After an error, an empty object would mean that no variable is needed.
    let nothing_known =
        options.format == Format::Json && variables.is_empty() && settings.is_none() && report.failed();
    let output = if nothing_known { String::new() } else { format::print(options.format, &variables) };
    (report, output)
}

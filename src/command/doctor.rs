//! `jobproxy doctor`: everything that is wrong with this job's proxy settings.

use crate::doctor::{Audience, Job, Level, examine, output};
use crate::environment::Environment;
use crate::options::{Format, Options, Verbosity};
use crate::report::Report;

/// Returns what to report and what to print, failures first.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> (Report, String) {
    let mut report = Report::default();
    let mut findings = examine(&Job::new(environment, options));
    let all = findings.len();
    findings.retain(|finding| !options.ignore.contains(&finding.kind.name()));
    if findings.iter().any(|finding| finding.kind.level() == Level::Fail) {
        report.fail();
    }
    let output = if options.format == Format::Json {
        output::json(&findings)
    } else {
        let audience = Audience::on(environment.path("PATH"));
        output::text(&findings, all - findings.len(), &audience, options.verbosity == Verbosity::Verbose)
    };
    (report, output)
}

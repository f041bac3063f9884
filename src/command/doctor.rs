//! `jobproxy doctor`: everything that is wrong with this job's proxy settings.

use crate::cli::{Format, Options};
use crate::doctor::{Job, examine};
use crate::environment::Environment;
use crate::report::Report;
use crate::report::findings::{json, text};

/// Returns what to tell and what to print, the worst first.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> (Report, String) {
    let mut report = Report::default();
    let findings = examine(&Job::new(environment, options.connect));
    if findings.iter().any(|finding| finding.fails) {
        report.fail();
    }
    let output = if options.format == Format::Json { json(&findings) } else { text(&findings) };
    (report, output)
}

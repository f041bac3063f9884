//! `jobproxy undo`: remove what `setup` wrote.

use std::cell::OnceCell;

use anyhow::anyhow;

use crate::environment::Environment;
use crate::options::Options;
use crate::output::exports::Variables;
use crate::output::{Context, OUTPUTS};
use crate::report::Report;

/// Returns the report.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> Report {
    let mut report = Report::default();
    let (settings, errors) = super::resolve(options, environment);
    report.errors(&errors);
    if !settings.has_proxy() {
        let text = "undo needs the proxy variables that setup used, for example HTTP_PROXY=... jobproxy undo; \
                    nothing was changed";
        report.error(&anyhow!(text));
        return report;
    }
    let context = Context {
        environment,
        settings: &settings,
        options,
        variables: Variables::new(),
        folder: OnceCell::new(),
    };
    let mut undone = Vec::new();
    for output in OUTPUTS.iter().filter(|output| (output.wanted)(options)) {
        match (output.undo)(&context) {
            Ok(done) => undone.extend(done),
            Err(error) => report.error(&error),
        }
    }
    report.files(&undone);
    report
}

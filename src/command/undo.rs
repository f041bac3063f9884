//! `jobproxy undo`: remove what `setup` wrote.

use std::cell::OnceCell;

use anyhow::anyhow;

use crate::cli::Options;
use crate::environment::Environment;
use crate::report::Report;
use crate::target::shell::Variables;
use crate::target::{Context, TARGETS};

/// Returns what to tell.
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
    for target in TARGETS.iter().filter(|target| (target.wanted)(options)) {
        match (target.undo)(&context) {
            Ok(done) => undone.extend(done),
            Err(error) => report.error(&error),
        }
    }
    report.files(&undone);
    report
}

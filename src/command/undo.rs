//! `jobproxy undo`: remove what `setup` wrote.

use std::cell::OnceCell;

use anyhow::anyhow;

use crate::environment::Environment;
use crate::machine::certificates;
use crate::options::Options;
use crate::output::exports::Variables;
use crate::output::{Context, wanted};
use crate::report::Report;

/// Returns the report.
#[must_use]
pub fn run(options: &Options, environment: &Environment) -> Report {
    let mut report = Report::default();
    let (settings, errors) = super::resolve(options, environment);
    report.errors(&errors);
    let has_proxy = settings.has_proxy();
    let (authorities, _) = certificates::authorities(&options.ca, environment, has_proxy);
    let context = Context {
        environment,
        settings: &settings,
        authorities: &authorities,
        options,
        variables: Variables::new(),
        folder: OnceCell::new(),
    };
    let mut undone = Vec::new();
    for output in wanted(options, has_proxy) {
        match (output.undo)(&context) {
            Ok(done) => undone.extend(done),
            Err(error) => report.error(&error),
        }
    }
    if !has_proxy && undone.is_empty() {
        let text = "undo needs the proxy variables that setup used, for example HTTP_PROXY=... jobproxy undo; \
                    nothing was changed";
        report.error(&anyhow!(text));
    }
    report.files(&undone);
    report
}

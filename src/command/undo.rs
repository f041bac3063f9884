//! `jobproxy undo`: remove what `setup` wrote.

use std::cell::OnceCell;

use anyhow::anyhow;

use crate::environment::Environment;
use crate::machine::certificates;
use crate::options::Options;
use crate::output::exports::Variables;
use crate::output::{Context, OUTPUTS, State};
use crate::replace_file::is_of_system;
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
    for output in OUTPUTS.iter().filter(|output| has_proxy || !output.needs_proxy) {
        let is_wanted = (output.wanted)(options);
        if !is_wanted && !output.is_marked {
            continue;
        }
        match (output.undo)(&context) {
            Ok(Some(done)) if is_wanted || done.state != State::Clean => undone.push(done),
            Ok(_) => {}
            // A file that cannot be read was not written by setup.
            Err(error) if !is_wanted && is_of_system(&error) => {}
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

//! What can be wrong with a job's proxy settings. A new group of checks is a file here and a line in [`CHECKS`].

use crate::client::Variables;
use crate::environment::Environment;
use crate::machine::Machine;
use crate::no_proxy::entry::CidrPolicy;
use crate::settings::Settings;

mod connect;
mod docker;
mod git;
mod no_proxy;
mod programs;
mod variables;

/// One thing that is wrong, or may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether something will fail because of it; else it may not matter.
    pub fails: bool,
    /// The variable, file or program that it is about.
    pub subject: String,
    /// What is wrong; never holds any userinfo.
    pub text: String,
    /// How to mend it.
    pub remedy: String,
}

impl Finding {
    fn failure(subject: &str, text: &str, remedy: &str) -> Self {
        Self { fails: true, subject: subject.to_owned(), text: text.to_owned(), remedy: remedy.to_owned() }
    }

    fn note(subject: &str, text: &str, remedy: &str) -> Self {
        Self { fails: false, ..Self::failure(subject, text, remedy) }
    }
}

/// The job that is examined.
pub struct Job<'a> {
    environment: &'a Environment,
    /// The environment as it is, for the models of the clients.
    variables: Variables,
    /// What `setup` would make of it; `None` when no usable proxy is set.
    settings: Option<Settings>,
    /// Whether connections may be opened.
    connect: bool,
}

impl<'a> Job<'a> {
    /// Reads nothing but the environment.
    #[must_use]
    pub fn new(environment: &'a Environment, connect: bool) -> Self {
        let method =
            environment.texts.request_method.clone().map(|method| ("REQUEST_METHOD".to_owned(), method));
        let machine = Machine::read(environment, true);
        Self {
            environment,
            variables: Variables::new(environment.raw.iter().cloned().chain(method)),
            settings: Some(Settings::resolve(environment, &machine, "", CidrPolicy::Keep).0)
                .filter(Settings::has_proxy),
            connect,
        }
    }

    /// The list as clients that prefer the lower case read it.
    fn no_proxy(&self) -> &str {
        let filled = |name| self.environment.filled(name);
        filled("no_proxy").or_else(|| filled("NO_PROXY")).unwrap_or_default()
    }
}

/// Every group of checks.
const CHECKS: [fn(&Job) -> Vec<Finding>; 6] =
    [variables::check, no_proxy::check, docker::check, git::check, programs::check, connect::check];

/// Everything that is wrong, the worst first.
#[must_use]
pub fn examine(job: &Job) -> Vec<Finding> {
    let found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(job)).collect();
    let (failures, notes): (Vec<_>, Vec<_>) = found.into_iter().partition(|finding| finding.fails);
    failures.into_iter().chain(notes).collect()
}

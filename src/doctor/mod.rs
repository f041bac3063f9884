//! What can be wrong with a job's proxy settings. A new group of checks is a file here and a line in `CHECKS`; a
//! new kind of finding is a row in [`Kind`] and a section in docs/troubleshooting.md.

use std::path::PathBuf;

use crate::client::Variables;
use crate::environment::Environment;
use crate::machine::Machine;
use crate::options::Options;
use crate::settings::Settings;

mod audience;
mod buildx;
mod ca;
mod connect;
mod docker;
mod entry;
pub mod finding;
mod git;
mod harm;
mod kind;
mod no_proxy;
pub mod output;
mod programs;
mod proxy_value;
mod variables;

pub use audience::Audience;
pub use finding::Finding;
pub use kind::{Kind, Level};

/// The job that is examined.
pub struct Job<'a> {
    environment: &'a Environment,
    options: &'a Options,
    /// The current environment, for the models of the clients.
    variables: Variables,
    /// What `setup` would make of the environment under the same options.
    settings: Settings,
    /// The entries of NO_PROXY that `setup` would add to any list.
    additions: Vec<String>,
}

impl<'a> Job<'a> {
    /// Describes the job, with everything that `setup` would read.
    #[must_use]
    pub fn new(environment: &'a Environment, options: &'a Options) -> Self {
        let method =
            environment.texts.request_method.clone().map(|method| ("REQUEST_METHOD".to_owned(), method));
        let variables = Variables::new(environment.raw.iter().cloned().chain(method));
        let machine = Machine::read(environment, !options.no_services);
        let resolve = |environment: &Environment| {
            Settings::resolve(environment, &machine, &options.add, options.cidr).0
        };
        let without_a_list = environment.with_overrides(None, Some(""));
        Self {
            environment,
            options,
            variables,
            settings: resolve(environment),
            additions: resolve(&without_a_list).no_proxy.entries,
        }
    }

    /// Returns whether NO_PROXY is filled.
    fn has_no_proxy(&self) -> bool {
        ["no_proxy", "NO_PROXY"].iter().any(|name| self.environment.filled(name).is_some())
    }

    /// Returns the path of a program.
    fn program(&self, name: &str) -> Option<PathBuf> {
        which::which_in(name, self.environment.path("PATH"), "/").ok()
    }

    fn has_program(&self, name: &str) -> bool {
        self.program(name).is_some()
    }

    /// Returns the settings, unless no usable proxy is set.
    fn usable_settings(&self) -> Option<&Settings> {
        Some(&self.settings).filter(|settings| settings.has_proxy())
    }
}

/// Every group of checks.
const CHECKS: [fn(&Job) -> Vec<Finding>; 8] = [
    variables::check,
    no_proxy::check,
    docker::check,
    buildx::check,
    git::check,
    programs::check,
    ca::check,
    connect::check,
];

/// Returns everything that is wrong, failures first. The same fault of several variables is one finding.
#[must_use]
pub fn examine(job: &Job) -> Vec<Finding> {
    finding::merge(CHECKS.iter().flat_map(|check| check(job)).collect())
}

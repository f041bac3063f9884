//! Predicts what each HTTP client does with a URL under a given set of proxy variables, and why.
//!
//! A client is a row of `table`: a name, a version and a `model::Model`. A model says which variables the
//! client reads (`sources`), which proxy values it accepts (`proxy_value`) and how it matches `NO_PROXY`
//! (`model`: one list is a `model::Rule`, one entry becomes any number of `pattern::Pattern`s). [`Reader`] applies a
//! model to one environment. [`survey()`] asks every client about every entry of a list.
//!
//! No model opens a connection or resolves a name. Each model cites the source code it follows; tests compare
//! the models with observations of the real programs (`tests/data/*_observations*.tsv`).

mod answer;
mod destination;
mod lists;
mod model;
mod nearest;
mod network;
mod pattern;
mod proxy_value;
mod reader;
mod reason;
mod setting;
mod sources;
mod survey;
mod table;

pub use answer::{Answer, Decision};
pub use destination::Destination;
pub use nearest::nearest;
pub use reader::Reader;
pub use setting::{Effect, Scope, Setting};
pub use survey::{Harm, Misreading, survey};

use model::{Input, Model};

/// The names of the clients that a job most likely runs.
pub const USUAL: [&str; 11] =
    ["docker", "curl", "git", "wget", "busybox-wget", "apk", "apt", "pip", "npm", "go", "java-env"];

/// The proxy variables of one process, by exact name. An unset variable is absent. An empty variable is present,
/// because many clients treat an empty variable differently from an unset variable.
#[derive(Clone, Debug, Default)]
pub struct Variables(Vec<(String, String)>);

impl Variables {
    /// Collects name and value pairs. Names that no client reads have no effect.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// Returns the value of a variable, possibly empty; `None` when the variable is unset.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// One version of a program that speaks HTTP.
#[derive(Debug)]
pub struct Client {
    /// The program's name, such as `curl`.
    pub name: &'static str,
    /// The version whose behaviour was measured.
    pub version: &'static str,
    model: &'static Model,
}

impl Client {
    /// Returns whether the client reads a list of exceptions. `BusyBox` wget reads none, and a client that reads no
    /// proxy variable reads none.
    #[must_use]
    pub fn reads_a_list(&self) -> bool {
        !self.model.sources.no_proxy.is_empty() && !self.model.rule.prepare("x").is_empty()
    }

    /// Returns whether the client's model reads a proxy variable. The models of `java-env` and `php-stream`, for
    /// example, read none. The models of Java's properties read the variables from which `setup --for java` makes the
    /// properties.
    #[must_use]
    pub fn reads_a_proxy(&self) -> bool {
        !self.model.sources.http.is_empty()
    }

    /// Returns whether the client itself reads a proxy and a list from the environment, without the help of `--for`.
    /// `explain --strict` compares only such clients.
    #[must_use]
    pub fn reads_the_environment(&self) -> bool {
        self.model.input == Input::Environment && self.reads_a_proxy() && self.reads_a_list()
    }

    /// Evaluates the environment once, for any number of URLs.
    #[must_use]
    pub fn prepare<'a>(&'static self, variables: &'a Variables) -> Reader<'a> {
        Reader::new(self, variables, &[])
    }

    /// Evaluates the environment and the settings of configuration files. The settings override the environment.
    /// Settings of other clients have no effect.
    #[must_use]
    pub fn prepare_with<'a>(&'static self, variables: &'a Variables, settings: &'a [Setting]) -> Reader<'a> {
        Reader::new(self, variables, settings)
    }
}

/// Returns every client, sorted by name; the versions of one client in ascending order.
#[must_use]
pub fn all() -> &'static [Client] {
    &table::CLIENTS
}

/// Returns the client `name@version`, or the newest version of `name`, in any letter case. `version` may be the first
/// parts of a version: `npm@11` is the newest 11. `name` may be an alias from `table::ALIASES`. `None` when the table
/// has no such client or version.
#[must_use]
pub fn find(name: &str) -> Option<&'static Client> {
    let (name, version) = name.split_once('@').map_or((name, None), |(name, version)| (name, Some(version)));
    let mut found = versions(name).rev();
    found.find(|client| version.is_none_or(|version| is_version(client.version, version)))
}

/// Returns the versions of the client `name`, in ascending order. `name` may be an alias.
fn versions(name: &str) -> impl DoubleEndedIterator<Item = &'static Client> {
    let alias = table::ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    let name = alias.map_or(name, |(_, name)| name);
    all().iter().filter(move |client| client.name.eq_ignore_ascii_case(name))
}

/// Returns whether `sought` is the version, or the version's first parts.
fn is_version(version: &str, sought: &str) -> bool {
    version
        .strip_prefix(sought)
        .is_some_and(|rest| rest.is_empty() || !sought.is_empty() && rest.starts_with('.'))
}

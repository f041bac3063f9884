//! How each HTTP client reads the proxy variables: one small model per rule, one row per client.
//!
//! Nothing here opens a connection or resolves a name. The models follow the sources that they cite, and
//! tests hold them against observations of the real programs.

mod network;
mod pattern;
mod proxy;
mod reason;
mod rule;
mod survey;
mod table;
mod target;

pub use survey::{Finding, Harm, survey};
pub use target::Target;

use pattern::Pattern;
use proxy::{Choice, Reads};
use rule::Rule;

/// The proxy variables as one process sees them: exact names, unset ones absent, possibly empty.
#[derive(Clone, Debug, Default)]
pub struct Variables(Vec<(String, String)>);

impl Variables {
    /// Takes the variables of an environment; names that no client reads do no harm.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The value of a variable, empty or not.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// One version of a program that speaks HTTP.
#[derive(Debug)]
pub struct Client {
    /// The program's name.
    pub name: &'static str,
    /// The version that was measured.
    pub version: &'static str,
    rule: &'static Rule,
    reads: &'static Reads,
    syntax: &'static str,
}

/// Every client, by name; the versions of one in rising order.
#[must_use]
pub fn all() -> &'static [Client] {
    &table::CLIENTS
}

/// The client called `name@version`, or the newest version of `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Client> {
    match name.split_once('@') {
        Some((name, version)) => all().iter().find(|it| it.name == name && it.version == version),
        None => all().iter().rev().find(|it| it.name == name),
    }
}

/// What a client does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It connects to the target itself.
    Direct,
    /// It asks the proxy.
    Proxied,
    /// It gives up by itself.
    Fails,
}

/// What a client does with one target, and why.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// What it does.
    pub decision: Decision,
    /// The variable that its proxy comes from, by name and value, when it goes there. The value may hold a password.
    pub proxy: Option<(&'static str, &'a str)>,
    /// The entry of the list that decided, as it stands there.
    pub entry: Option<&'a str>,
    /// One line for people, without any password.
    pub reason: String,
}

/// A client with its environment read, ready for many targets.
#[derive(Debug)]
pub struct Reader<'a> {
    client: &'static Client,
    patterns: Vec<Pattern<'a>>,
    intents: Vec<reason::Intent<'a>>,
    list: Option<&'static str>,
    /// The list holds an `@`: a comma or a blank in a password cuts that into entries like any other.
    hides: bool,
    http: Choice<'a>,
    https: Choice<'a>,
}

impl Client {
    /// Whether it has a list of hosts to go to directly at all: `BusyBox` wget and plain Node have none.
    #[must_use]
    pub fn reads_a_list(&self) -> bool {
        !self.reads.no_proxy.is_empty() && !self.rule.prepare("x").is_empty()
    }

    /// Whether it takes its proxy from variables at all: Java and PHP's streams do not.
    #[must_use]
    pub fn reads_a_proxy(&self) -> bool {
        !self.reads.http.is_empty()
    }

    /// Reads the environment once.
    #[must_use]
    pub fn prepare<'a>(&'static self, variables: &'a Variables) -> Reader<'a> {
        let list = self.reads.list(variables);
        Reader {
            client: self,
            patterns: list.map(|(_, list)| self.rule.prepare(list)).unwrap_or_default(),
            intents: list.map(|(_, list)| reason::intents(list)).unwrap_or_default(),
            list: list.map(|(name, _)| name),
            hides: list.is_some_and(|(_, list)| list.contains('@')),
            http: self.reads.proxy(false, self.syntax, variables),
            https: self.reads.proxy(true, self.syntax, variables),
        }
    }
}

impl<'a> Reader<'a> {
    /// What the client does with a target.
    #[must_use]
    pub fn decide(&self, target: &Target) -> Answer<'a> {
        let choice = if target.is_https() { &self.https } else { &self.http };
        let answer = |decision, entry: Option<&'a str>, reason| Answer {
            decision,
            proxy: choice.variable.filter(|_| decision == Decision::Proxied),
            entry: entry.map(|entry| if self.hides { reason::HIDDEN } else { entry }),
            reason,
        };
        let rule = self.client.rule;
        let early = self.patterns.iter().find(|it| rule.fails_early && it.is_failure());
        if let Some(pattern) = early {
            let reason = reason::failing(self.client.name, pattern, self.hides);
            return answer(Decision::Fails, Some(pattern.entry), reason);
        }
        let unusable = [&self.http, &self.https].into_iter().find(|it| it.at_once);
        if let Some(unusable) = unusable.filter(|_| !self.has_no_proxies()) {
            return answer(Decision::Fails, None, unusable.reason.to_owned());
        }
        if choice.decision == Decision::Direct || choice.refuses_first() {
            return answer(choice.decision, None, self.why_settled(choice, target));
        }
        if rule.skips_loopback && pattern::is_loopback(target) {
            let reason = format!("{} never asks a proxy for this machine", self.client.name);
            return answer(Decision::Direct, None, reason);
        }
        match self.patterns.iter().find(|pattern| pattern.covers(target)) {
            Some(pattern) if pattern.is_failure() => {
                let reason = reason::failing(self.client.name, pattern, self.hides);
                answer(Decision::Fails, Some(pattern.entry), reason)
            }
            Some(pattern) => {
                let reason = format!("{} matches", reason::shown(pattern.entry, self.hides));
                answer(Decision::Direct, Some(pattern.entry), reason)
            }
            None if choice.decision == Decision::Fails => {
                answer(Decision::Fails, None, choice.reason.to_owned())
            }
            None => answer(Decision::Proxied, None, self.why_proxied(target)),
        }
    }

    /// httpx drops every proxy when there is a `*`.
    fn has_no_proxies(&self) -> bool {
        self.client.rule.fails_early && self.patterns.first().is_some_and(|it| it.entry == "*")
    }

    fn why_settled(&self, choice: &Choice<'_>, target: &Target) -> String {
        match choice.reason {
            "" => reason::unset(self.client.name, self.client.reads.names(target.is_https())),
            reason => reason.to_owned(),
        }
    }

    fn why_proxied(&self, target: &Target) -> String {
        let name = self.client.name;
        match self.list {
            _ if !self.client.reads_a_list() => format!("{name} has no list of exceptions at all"),
            None => reason::unset(name, self.client.reads.no_proxy.to_vec()),
            Some(list) => reason::near_miss(name, list, &self.intents, &self.patterns, target, self.hides),
        }
    }
}

//! Applies one client's model to one environment.

use std::fmt::{Display, Formatter};

use super::model::{Input, Model, Note, SecondList};
use super::pattern::{Pattern, Shape};
use super::sources::ProxyChoice;
use super::{Client, Destination, Variables, reason};

/// What a client does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The client connects to the URL's host itself.
    Direct,
    /// The client sends the request to the proxy.
    Proxied,
    /// The client reports an error before it connects to anything.
    Fails,
    /// The decision depends on the environment of another process.
    Unknown,
}

impl Display for Decision {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Direct => "direct",
            Self::Proxied => "proxied",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        })
    }
}

/// What a client does with one URL, and why.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The client's decision.
    pub decision: Decision,
    /// Name and value of the variable that the proxy comes from; `None` unless the request is proxied. The value
    /// may contain a password.
    pub proxy: Option<(&'static str, &'a str)>,
    /// The `NO_PROXY` entry that decided, as written; `***` when the list may contain part of a password. `None`
    /// when no entry of the list decided.
    pub entry: Option<&'a str>,
    /// One line of ASCII for people, never with a password.
    pub reason: String,
}

/// A client with its environment evaluated, ready for many URLs.
#[derive(Debug)]
pub struct Reader<'a> {
    client: &'static Client,
    patterns: Vec<Pattern<'a>>,
    intents: Vec<reason::Intent<'a>>,
    /// Name and value of the list.
    list: Option<(&'static str, &'a str)>,
    /// Whether entries must not be shown: a list with an `@` may be a proxy URL pasted into the wrong variable,
    /// and a comma or blank in its password has cut the password into entries.
    hides: bool,
    http: ProxyChoice<'a>,
    https: ProxyChoice<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(client: &'static Client, variables: &'a Variables) -> Self {
        let model = client.model;
        let list = model.sources.list(variables);
        let mut patterns = list.map(|(_, list)| model.rule.prepare(list)).unwrap_or_default();
        if let Some(SecondList { names, rule }) = &model.second_list {
            let list = names.iter().find_map(|name| variables.get(name)).unwrap_or_default();
            patterns.extend(rule.prepare(list));
        }
        Self {
            client,
            patterns,
            intents: list.map(|(_, list)| reason::intents(list)).unwrap_or_default(),
            list,
            hides: list.is_some_and(|(_, list)| list.contains('@')),
            http: model.sources.proxy(false, &model.syntax, variables),
            https: model.sources.proxy(true, &model.syntax, variables),
        }
    }

    /// Predicts what the client does with a URL.
    #[must_use]
    pub fn decide(&self, destination: &Destination) -> Answer<'a> {
        let choice = if destination.is_https() { &self.https } else { &self.http };
        let answer = |decision, entry: Option<&'a str>, reason| Answer {
            decision,
            proxy: choice.variable.filter(|_| decision == Decision::Proxied),
            entry: entry.map(|entry| if self.hides { reason::HIDDEN } else { entry }),
            reason: self.with_note(reason, decision, choice, destination),
        };
        let Model { rule, refuses_ipv6, input, .. } = self.client.model;
        if *input == Input::Elsewhere {
            return answer(Decision::Unknown, None, "unknown to this job".to_owned());
        }
        if *refuses_ipv6 && destination.address().is_some_and(|address| address.is_ipv6()) {
            let reason = format!("{} accepts no IPv6 address here", self.client.name);
            return answer(Decision::Fails, None, reason);
        }
        let unreadable = self.patterns.iter().find(|it| rule.validates_first && it.is_failure());
        if let Some(pattern) = unreadable {
            let reason = reason::failing(self.client.name, pattern, self.hides);
            return answer(Decision::Fails, Some(pattern.entry), reason);
        }
        let unusable = [&self.http, &self.https].into_iter().find(|it| it.fails_at_start);
        if let Some(unusable) = unusable.filter(|_| !self.has_no_proxies()) {
            return answer(Decision::Fails, None, unusable.reason.to_owned());
        }
        if choice.decision == Decision::Direct || choice.fails_before_the_list() {
            return answer(choice.decision, None, self.without_a_proxy(choice, destination));
        }
        if rule.loopback.covers(destination) {
            let reason = format!("{} never asks a proxy for this machine", self.client.name);
            return answer(Decision::Direct, None, reason);
        }
        match self.patterns.iter().find(|pattern| pattern.covers(destination)) {
            Some(pattern) if pattern.is_failure() => {
                let reason = reason::failing(self.client.name, pattern, self.hides);
                answer(Decision::Fails, Some(pattern.entry), reason)
            }
            Some(pattern) if !self.is_in_the_list(pattern.entry) => {
                let reason = format!("{} always exempts {}", self.client.name, pattern.entry);
                answer(Decision::Direct, None, reason)
            }
            Some(pattern) => {
                let reason = format!("{} matches", reason::shown(pattern.entry, self.hides));
                answer(Decision::Direct, Some(pattern.entry), reason)
            }
            None if choice.decision == Decision::Fails => {
                answer(Decision::Fails, None, choice.reason.to_owned())
            }
            None => answer(Decision::Proxied, None, self.no_entry_matches(destination)),
        }
    }

    /// Returns whether an entry stands in the list. Java and Mercurial have entries of their own.
    fn is_in_the_list(&self, entry: &str) -> bool {
        self.list.is_some_and(|(_, list)| {
            let range = list.as_bytes().as_ptr_range();
            // The end belongs to it: a trailing empty entry stands there.
            (range.start..=range.end).contains(&entry.as_ptr())
        })
    }

    /// Returns whether the list means every host and the client therefore ignores the proxy variables.
    fn has_no_proxies(&self) -> bool {
        self.client.model.rule.star_hides_proxies
            && self.patterns.iter().any(|it| matches!(it.shape, Shape::All) && it.entry == "*")
    }

    fn with_note(
        &self,
        reason: String,
        decision: Decision,
        choice: &ProxyChoice<'_>,
        destination: &Destination,
    ) -> String {
        let proxied = decision == Decision::Proxied;
        let has_user = choice.variable.is_some_and(|(_, value)| value.contains('@'));
        match self.client.model.note {
            Note::Always(note) => format!("{reason}; {note}"),
            Note::NotADaemon(note) if !destination.is_daemon() => format!("{reason}; {note}"),
            Note::WithCredentials(note) if proxied && has_user => format!("{reason}; {note}"),
            _ => reason,
        }
    }

    fn without_a_proxy(&self, choice: &ProxyChoice<'_>, destination: &Destination) -> String {
        match choice.reason {
            "" => reason::unset(self.client.name, self.client.model.sources.names(destination.is_https())),
            reason => reason.to_owned(),
        }
    }

    fn no_entry_matches(&self, destination: &Destination) -> String {
        let name = self.client.name;
        match self.list {
            _ if !self.client.reads_a_list() => format!("{name} has no list of exceptions"),
            None => reason::unset(name, self.client.model.sources.no_proxy.to_vec()),
            Some((list, _)) => {
                reason::near_miss(name, list, &self.intents, &self.patterns, destination, self.hides)
            }
        }
    }
}

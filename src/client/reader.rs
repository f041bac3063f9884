//! Applies one client's model to one environment.

use super::answer::{Answer, Decision};
use super::lists::Lists;
use super::model::{Input, Model, Note};
use super::proxy_value::Syntax;
use super::setting::{Effect, Scope, Setting};
use super::sources::ProxyChoice;
use super::{Client, Destination, Variables, reason};

/// A client with its environment evaluated, ready for many URLs.
#[derive(Debug)]
pub struct Reader<'a> {
    client: &'static Client,
    lists: Lists<'a>,
    http: ProxyChoice<'a>,
    https: ProxyChoice<'a>,
    overrides: Vec<Override<'a>>,
}

/// A proxy from the client's own configuration file, which replaces the proxy of the environment.
#[derive(Debug)]
struct Override<'a> {
    origin: &'a str,
    scope: &'a Scope,
    /// The choice for `http://` and the choice for `https://`; `None` when the setting switches the proxy off.
    choices: Option<[ProxyChoice<'a>; 2]>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(client: &'static Client, variables: &'a Variables, settings: &'a [Setting]) -> Self {
        let Model { sources, syntax, cured_by, .. } = client.model;
        let words = cured_by.and_then(|(name, word)| Some((variables.get(name)?, word)));
        let is_cured = words.is_some_and(|(value, word)| value.split_whitespace().any(|part| part == word));
        let syntax = if is_cured { &Syntax { fails_at_start: &[], ..*syntax } } else { syntax };
        let own: Vec<_> = settings.iter().filter(|setting| setting.clients.contains(&client.name)).collect();
        let overrides = own.iter().filter_map(|setting| match &setting.effect {
            Effect::Proxy(scope, proxy) => {
                let of =
                    |proxy| [false, true].map(|https| ProxyChoice::of(&setting.origin, proxy, https, syntax));
                Some(Override { origin: &setting.origin, scope, choices: proxy.as_deref().map(of) })
            }
            Effect::Program(scope) => {
                let choices = Some([(); 2].map(|()| ProxyChoice::unknown("a program chooses the proxy")));
                Some(Override { origin: &setting.origin, scope, choices })
            }
            Effect::List(_) | Effect::MoreList(_) | Effect::NoList => None,
        });
        Self {
            client,
            http: sources.proxy(false, syntax, variables),
            https: sources.proxy(true, syntax, variables),
            overrides: overrides.collect(),
            lists: Lists::new(client.model, variables, &own),
        }
    }

    /// Predicts what the client does with a URL.
    ///
    /// The first of these steps that applies decides:
    /// 1. A client whose environment is that of another process is unknown.
    /// 2. A client that refuses IPv6 addresses fails.
    /// 3. A setting that switches the proxy off sends the request direct.
    /// 4. An invalid entry fails, if the client validates all entries first.
    /// 5. A proxy value that makes the client fail at the start fails, also for a URL of the other scheme.
    /// 6. No proxy, or a proxy value that the client ignores, sends the request direct. A request that fails because of
    ///    `REQUEST_METHOD` fails here.
    /// 7. A loopback address that the client never sends to a proxy goes direct.
    /// 8. The first pattern of the lists that covers the URL sends the request direct, or fails.
    /// 9. A proxy value that the client does not accept fails. So a request that step 8 exempts does not fail. A proxy
    ///    that a program chooses is unknown.
    /// 10. Else the request goes to the proxy.
    #[must_use]
    pub fn decide(&self, destination: &Destination) -> Answer<'a> {
        let found = self.override_for(destination);
        let choice = match found {
            Some(Override { choices: Some(choices), .. }) => &choices[usize::from(destination.is_https())],
            _ if destination.is_https() => &self.https,
            _ => &self.http,
        };
        let answer = |decision, entry: Option<&'a str>, reason: String| {
            let reason = match found {
                Some(Override { origin, .. }) => format!("{origin}; {reason}"),
                None => reason,
            };
            Answer {
                decision,
                proxy: choice.variable.filter(|_| decision == Decision::Proxied),
                entry: entry.map(|entry| if self.lists.hides { reason::HIDDEN } else { entry }),
                reason: self.with_note(reason, decision, choice, destination),
            }
        };
        let Model { rule, refuses_ipv6, input, .. } = self.client.model;
        if *input == Input::Elsewhere {
            return answer(Decision::Unknown, None, "unknown to this job".to_owned());
        }
        if *refuses_ipv6 && destination.address().is_some_and(|address| address.is_ipv6()) {
            let reason = format!("{} accepts no IPv6 address here", self.client.name);
            return answer(Decision::Fails, None, reason);
        }
        if found.is_some_and(|found| found.choices.is_none()) {
            return answer(Decision::Direct, None, "this setting switches the proxy off".to_owned());
        }
        if let Some(pattern) = self.lists.unreadable() {
            let reason = reason::failing(self.client.name, pattern, self.lists.hides);
            return answer(Decision::Fails, Some(pattern.entry), reason);
        }
        let unusable = [&self.http, &self.https].into_iter().find(|choice| choice.fails_at_start);
        if let Some(unusable) = unusable.filter(|_| !self.lists.hide_proxies() && found.is_none()) {
            return answer(Decision::Fails, None, unusable.reason.to_owned());
        }
        if choice.decision == Decision::Direct || choice.fails_before_the_list() {
            return answer(choice.decision, None, self.without_a_proxy(choice, destination));
        }
        if rule.loopback.covers(destination) {
            let reason = format!("{} never asks a proxy for this machine", self.client.name);
            return answer(Decision::Direct, None, reason);
        }
        match self.lists.patterns.iter().find(|pattern| pattern.covers(destination)) {
            Some(pattern) if pattern.is_failure() => {
                let reason = reason::failing(self.client.name, pattern, self.lists.hides);
                answer(Decision::Fails, Some(pattern.entry), reason)
            }
            Some(pattern) if !self.lists.contain(pattern.entry) => {
                let reason = format!("{} always exempts {}", self.client.name, pattern.entry);
                answer(Decision::Direct, None, reason)
            }
            Some(pattern) => {
                let reason = format!("{} matches", reason::shown(pattern.entry, self.lists.hides));
                answer(Decision::Direct, Some(pattern.entry), reason)
            }
            None if choice.decision == Decision::Proxied => {
                answer(Decision::Proxied, None, self.no_entry_matches(destination))
            }
            None => answer(choice.decision, None, choice.reason.to_owned()),
        }
    }

    /// Returns the setting that describes the destination most closely; of equally close settings, the last.
    fn override_for(&self, destination: &Destination) -> Option<&Override<'a>> {
        let fits = self.overrides.iter().filter_map(|own| Some((own.scope.specificity(destination)?, own)));
        fits.max_by_key(|(specificity, _)| *specificity).map(|(_, it)| it)
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
        match self.lists.name() {
            _ if self.lists.are_off => format!("{name} ignores NO_PROXY then"),
            _ if !self.client.reads_a_list() => format!("{name} has no list of exceptions"),
            None => reason::unset(name, self.client.model.sources.no_proxy.to_vec()),
            Some(list) => reason::near_miss(name, list, &self.lists, destination),
        }
    }
}

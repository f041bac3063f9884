//! The lists of exceptions that a client reads, parsed.

use super::Variables;
use super::model::{Model, SecondList};
use super::pattern::{Pattern, Shape};
use super::reason::{Intent, intents};
use super::setting::{Effect, Setting};

/// The entries of every list that one client reads.
#[derive(Debug)]
pub struct Lists<'a> {
    model: &'static Model,
    /// The meanings of all entries, in the order in which the client compares them.
    pub patterns: Vec<Pattern<'a>>,
    /// What the authors of the entries presumably meant, to explain why no pattern matches.
    pub intents: Vec<Intent<'a>>,
    /// Whether entries must not be shown, because an entry may be a part of a password: a list with an `@` may be a
    /// proxy URL that was pasted into the wrong variable, and a comma or a blank in the URL's password splits the
    /// password into entries.
    pub hides: bool,
    /// Whether a setting makes the client ignore its lists.
    pub are_off: bool,
    /// Name and value of each list.
    texts: Vec<(&'a str, &'a str)>,
}

impl<'a> Lists<'a> {
    /// Parses the lists of the environment and of the client's own settings.
    pub fn new(model: &'static Model, variables: &'a Variables, settings: &[&'a Setting]) -> Self {
        let mut lists: Vec<_> = model.sources.list(variables).into_iter().collect();
        for setting in settings {
            match &setting.effect {
                Effect::List(list) => lists = vec![(setting.origin.as_str(), list.as_str())],
                Effect::MoreList(list) => lists.push((&setting.origin, list)),
                Effect::Proxy(..) | Effect::Program(_) | Effect::NoList => {}
            }
        }
        let are_off = settings.iter().any(|setting| matches!(setting.effect, Effect::NoList));
        lists.retain(|_| !are_off);
        let mut patterns: Vec<_> = lists.iter().flat_map(|(_, list)| model.rule.prepare(list)).collect();
        if let Some(SecondList { names, rule }) = &model.second_list {
            let list = names.iter().find_map(|name| variables.get(name)).unwrap_or_default();
            patterns.extend(rule.prepare(list));
        }
        let intents = lists.iter().flat_map(|(_, list)| intents(list)).collect();
        let hides = lists.iter().any(|(_, list)| list.contains('@'));
        Self { model, patterns, intents, hides, are_off, texts: lists }
    }

    /// Returns the name of the variable or setting that the last list comes from; `None` when no list is set. A message
    /// names only the last list.
    pub fn name(&self) -> Option<&'a str> {
        self.texts.last().map(|(name, _)| *name)
    }

    /// Returns the invalid entry that makes every request fail; `None` unless the client validates all entries first.
    pub fn unreadable(&self) -> Option<&Pattern<'a>> {
        self.patterns.iter().find(|pattern| self.model.rule.validates_first && pattern.is_failure())
    }

    /// Returns whether `entry` is a part of one of the lists. Entries that Java and Mercurial add to every list are
    /// not.
    pub fn contain(&self, entry: &str) -> bool {
        self.texts.iter().any(|(_, list)| {
            let range = list.as_bytes().as_ptr_range();
            // The range includes the end of the list: an empty entry after the last comma begins there.
            (range.start..=range.end).contains(&entry.as_ptr())
        })
    }

    /// Returns whether the lists mean every host and the client therefore ignores the proxy variables.
    pub fn hide_proxies(&self) -> bool {
        self.model.rule.star_hides_proxies
            && self.patterns.iter().any(|pattern| matches!(pattern.shape, Shape::All) && pattern.entry == "*")
    }
}

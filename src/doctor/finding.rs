//! The findings of one run.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::Kind;
use crate::client::Client;

/// How to fix what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A sentence.
    Text(String),
    /// A verb, its objects, and the rest of the sentence: `write` a, b, c `for these programs`. Findings that differ in
    /// the objects alone become one.
    Each(&'static str, Vec<String>, &'static str),
}

/// One thing that is wrong, or may be. No part holds any userinfo.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The kind of fault.
    pub kind: Kind,
    /// The variables, files or programs that have the fault; none for a fault of the whole job.
    pub subjects: Vec<String>,
    /// The entries of NO_PROXY that have the fault; empty where the fault is that of the whole subject.
    pub entries: Vec<String>,
    /// What is wrong; with clients, the words before their names.
    pub text: String,
    /// The clients that suffer from the fault, where the fault does not concern all.
    pub clients: Vec<&'static Client>,
    /// How to fix the fault.
    pub remedy: Remedy,
}

impl Finding {
    /// Makes a finding about one subject.
    pub(super) fn new(kind: Kind, subject: &str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            kind,
            subjects: vec![subject.to_owned()],
            entries: Vec::new(),
            text: text.into(),
            clients: Vec::new(),
            remedy: Remedy::Text(remedy.into()),
        }
    }

    /// Names the clients that suffer.
    pub(super) fn clients(self, clients: Vec<&'static Client>) -> Self {
        Self { clients, ..self }
    }

    /// Names the entry.
    pub(super) fn entry(self, entry: &str) -> Self {
        Self { entries: vec![entry.to_owned()], ..self }
    }

    /// Replaces the remedy.
    pub(super) fn remedy(self, remedy: Remedy) -> Self {
        Self { remedy, ..self }
    }

    /// Returns what two findings must have in common to become one.
    fn key(&self) -> (Kind, String, Vec<(&'static str, &'static str)>, String) {
        let remedy = match &self.remedy {
            Remedy::Text(text) => text.clone(),
            Remedy::Each(verb, _, rest) => format!("{verb} ...{rest}"),
        };
        let clients = self.clients.iter().map(|client| (client.name, client.version)).collect();
        (self.kind, self.text.clone(), clients, remedy)
    }

    fn absorb(&mut self, other: Self) {
        self.subjects.extend(other.subjects);
        self.entries.extend(other.entries);
        if let (Remedy::Each(_, objects, _), Remedy::Each(_, others, _)) = (&mut self.remedy, other.remedy) {
            objects.extend(others);
        }
    }
}

/// Merges findings that differ only in their variables or their entries. Failures come first, otherwise the order
/// stays.
pub(super) fn merge(found: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    let mut places = BTreeMap::new();
    for finding in found {
        let place = *places.entry(finding.key()).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(first) => first.absorb(finding),
            None => merged.push(finding),
        }
    }
    for finding in &mut merged {
        for words in [&mut finding.subjects, &mut finding.entries] {
            keep_first(words);
        }
        if let Remedy::Each(_, objects, _) = &mut finding.remedy {
            keep_first(objects);
        }
    }
    merged.sort_by_key(|finding| finding.kind.level());
    merged
}

/// Removes duplicates and keeps the order.
fn keep_first(words: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
}

//! The lines on NO_PROXY: one for each reason.

use super::Report;
use crate::no_proxy::entry::Reason;
use crate::no_proxy::{Action, Change, NoProxy, Origin};

/// How many names a line shows. Lists of thousands of entries are made by programs.
const MOST_NAMES: usize = 40;

impl Report {
    /// Tells of a list that commands other than `setup` print or set: nothing, where the list means what was given.
    pub fn changed_no_proxy(&mut self, list: &NoProxy) {
        let is_told = |change: &Change| match change.action {
            Action::Kept => false,
            Action::Rewritten(_, reason) => changes_meaning(reason),
            Action::Removed(_) => true,
            Action::Added(origin) => origin.is_said(),
        };
        if !list.notes.is_empty() || list.changes.iter().any(is_told) {
            self.no_proxy(list);
        }
    }

    /// The counts, what was removed or changed its meaning, and what was found and added. With `--verbose` also the
    /// story of every other entry.
    pub fn no_proxy(&mut self, list: &NoProxy) {
        self.note(&counts(list));
        for note in &list.notes {
            self.note(note);
        }
        for line in removed(&list.changes) {
            self.note(&line);
        }
        for line in added(&list.changes) {
            self.note(&line);
        }
        for line in rewritten(&list.changes) {
            self.note(&line);
        }
        for Change { entry, action, .. } in &list.changes {
            match action {
                Action::Rewritten(to, reason) if !changes_meaning(*reason) => {
                    self.detail(&format!("NO_PROXY: {entry} became {to} ({reason})"));
                }
                Action::Kept => self.detail(&format!("NO_PROXY: {entry} kept")),
                Action::Added(origin) if !origin.is_said() => {
                    self.detail(&format!("NO_PROXY: {entry} added ({origin})"));
                }
                _ => {}
            }
        }
    }
}

fn counts(NoProxy { entries, changes, .. }: &NoProxy) -> String {
    let count = |is: fn(&Action) -> bool| changes.iter().filter(|change| is(&change.action)).count();
    let rescued: usize = changes.iter().map(|change| change.rescued.len()).sum();
    let counts = [
        (count(|o| *o == Action::Kept), "kept"),
        (count(|o| matches!(o, Action::Rewritten(..))), "rewritten"),
        (count(|o| matches!(o, Action::Added(_))) + rescued, "added"),
        (count(|o| matches!(o, Action::Removed(_))), "removed"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let plural = if entries.len() == 1 { "entry" } else { "entries" };
    format!("NO_PROXY has {} {plural}: {}", entries.len(), counts.join(", "))
}

/// For each reason what was removed, what stays instead, and how to keep what was removed.
fn removed(changes: &[Change]) -> Vec<String> {
    let reason = |change: &Change| match change.action {
        Action::Removed(reason) => Some(reason),
        _ => None,
    };
    let line = |reason: Reason, changes: Vec<&Change>| {
        let entries: Vec<&str> = changes.iter().map(|change| change.entry.as_str()).collect();
        let rescued = changes.iter().flat_map(|change| &change.rescued);
        let rescued = groups(rescued, |(_, origin)| Some(origin.clone()));
        let kept: Vec<String> = rescued
            .into_iter()
            .map(|(origin, entries)| {
                let entries: Vec<&str> = entries.iter().map(|(entry, _)| entry.as_str()).collect();
                format!("{} ({origin})", names(&entries))
            })
            .collect();
        let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
        let kept = if kept.is_empty() { String::new() } else { format!("; kept {}", names(&kept)) };
        format!("NO_PROXY: removed {} ({reason}){kept}{}", names(&entries), remedy(reason, entries.len()))
    };
    groups(changes, reason).into_iter().map(|(reason, changes)| line(reason, changes)).collect()
}

/// How to keep what was removed. The hint names an environment variable, since no flag can be passed to a hook.
fn remedy(reason: Reason, count: usize) -> &'static str {
    match (reason, count) {
        (Reason::Cidr | Reason::TooLarge | Reason::NoRoom, 1) => "; JOBPROXY_CIDR=keep keeps the range",
        (Reason::Cidr | Reason::TooLarge | Reason::NoRoom, _) => "; JOBPROXY_CIDR=keep keeps the ranges",
        (Reason::Prefix, 1) => "; JOBPROXY_CIDR=keep turns the prefix into a range",
        (Reason::Prefix, _) => "; JOBPROXY_CIDR=keep turns the prefixes into ranges",
        _ => "",
    }
}

/// What was added without having been asked for, for each origin.
fn added(changes: &[Change]) -> Vec<String> {
    let origin = |change: &Change| match change.action {
        Action::Added(origin) => Some(origin).filter(|origin| origin.is_said()),
        _ => None,
    };
    let line = |origin: Origin, changes: Vec<&Change>| {
        let entries: Vec<&str> = changes.iter().map(|change| change.entry.as_str()).collect();
        format!("NO_PROXY: added {} ({origin})", names(&entries))
    };
    groups(changes, origin).into_iter().map(|(origin, changes)| line(origin, changes)).collect()
}

/// For each reason what has another form that does not mean the same to every program.
fn rewritten(changes: &[Change]) -> Vec<String> {
    let reason = |change: &Change| match &change.action {
        Action::Rewritten(_, reason) => Some(*reason).filter(|reason| changes_meaning(*reason)),
        _ => None,
    };
    let line = |reason: Reason, changes: Vec<&Change>| {
        let forms = changes.iter().filter_map(|change| match &change.action {
            Action::Rewritten(to, _) => Some(format!("{} became {to}", change.entry)),
            _ => None,
        });
        let forms: Vec<String> = forms.collect();
        let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
        format!("NO_PROXY: {} ({reason})", names(&forms))
    };
    groups(changes, reason).into_iter().map(|(reason, changes)| line(reason, changes)).collect()
}

/// The items that have a key, by key, in the order in which the keys come first.
fn groups<'a, T, K: PartialEq>(
    items: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&T) -> Option<K>,
) -> Vec<(K, Vec<&'a T>)> {
    let mut groups: Vec<(K, Vec<&'a T>)> = Vec::new();
    for item in items {
        let Some(key) = key(item) else { continue };
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups
}

/// The first names in a row, and how many more there are.
fn names(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST_NAMES) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Whether a rewritten entry means less, more or something else than before, be it to few programs.
fn changes_meaning(reason: Reason) -> bool {
    !matches!(reason, Reason::Lossless | Reason::OneAddress | Reason::Expanded)
}

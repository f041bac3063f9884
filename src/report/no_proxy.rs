//! The lines on NO_PROXY: one for each reason.

use super::Report;
use crate::no_proxy::entry::Reason;
use crate::no_proxy::{Action, Change, NoProxy, Origin};

/// The most names that a line shows. Programs write lists of thousands of entries.
const MOST_NAMES: usize = 40;

impl Report {
    /// Adds the lines on NO_PROXY for `env` and `exec`. Adds none where the normalized list means the same as the
    /// given list.
    pub fn changed_no_proxy(&mut self, list: &NoProxy) {
        let is_reported_change = |change: &Change| match change.action {
            Action::Kept => false,
            Action::Rewritten(_, reason) => changes_meaning(reason),
            Action::Removed(_) => true,
            Action::Added(origin) => origin.is_reported(),
        };
        if !list.notes.is_empty() || list.changes.iter().any(is_reported_change) {
            self.no_proxy(list);
        }
    }

    /// Adds a line with the counts, and a line for each reason by which entries were removed, added, or rewritten
    /// with another meaning. `--verbose` also shows a line for every other entry.
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
                Action::Added(origin) if !origin.is_reported() => {
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

/// Returns a line for each reason: the removed entries, the addresses that stay, and how to keep the entries.
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

/// Returns how to keep the removed entries. The hint names an environment variable, since a hook takes no flag from a
/// job.
fn remedy(reason: Reason, count: usize) -> &'static str {
    match (reason, count) {
        (Reason::Cidr | Reason::TooLarge | Reason::NoRoom, 1) => "; JOBPROXY_CIDR=keep keeps the range",
        (Reason::Cidr | Reason::TooLarge | Reason::NoRoom, _) => "; JOBPROXY_CIDR=keep keeps the ranges",
        (Reason::Prefix, 1) => "; JOBPROXY_CIDR=keep turns the prefix into a range",
        (Reason::Prefix, _) => "; JOBPROXY_CIDR=keep turns the prefixes into ranges",
        _ => "",
    }
}

/// Returns a line for each origin of entries that jobproxy added by itself.
fn added(changes: &[Change]) -> Vec<String> {
    let origin = |change: &Change| match change.action {
        Action::Added(origin) => Some(origin).filter(|origin| origin.is_reported()),
        _ => None,
    };
    let line = |origin: Origin, changes: Vec<&Change>| {
        let entries: Vec<&str> = changes.iter().map(|change| change.entry.as_str()).collect();
        format!("NO_PROXY: added {} ({origin})", names(&entries))
    };
    groups(changes, origin).into_iter().map(|(origin, changes)| line(origin, changes)).collect()
}

/// Returns a line for each reason by which entries were rewritten with another meaning.
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

/// Groups the items that have a key. The keys stay in the order of their first items.
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

/// Returns the first names, and the number of names that are left out.
fn names(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST_NAMES) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Whether a rewritten entry has another meaning than before, even if only to few programs.
fn changes_meaning(reason: Reason) -> bool {
    !matches!(reason, Reason::Lossless | Reason::OneAddress | Reason::Expanded)
}

//! Perl: LWP and `HTTP::Tiny`.

use super::super::pattern::{Pattern, Shape, Subject};
use super::{NONE, Rule};

/// `_need_proxy` in LWP/UserAgent.pm up to 6.68: any text that the host ends in, the empty one included.
pub(in super::super) const LWP_6_68: Rule = Rule {
    split: around_commas,
    read: |entry, patterns| {
        patterns.push(Pattern::new(entry, Shape::Suffix(entry.to_owned())).on(Subject::Raw));
    },
    ..NONE
};

/// By 6.83 a leading dot is dropped and the match begins at a label.
pub(in super::super) const LWP_6_83: Rule = Rule {
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(text.to_owned())).on(Subject::Raw));
    },
    ..LWP_6_68
};

/// `_open_handle` in HTTP/Tiny.pm; it lowers the host but not the list.
pub(in super::super) const HTTP_TINY: Rule = Rule {
    read: |entry, patterns| {
        patterns.push(Pattern::new(entry, Shape::Suffix(entry.to_owned())).on(Subject::Bracketed));
    },
    ..LWP_6_68
};

/// `split /\s*,\s*/`: blanks at the very ends stay, trailing empty fields go, others remain.
pub(super) fn around_commas(list: &str) -> Vec<&str> {
    let end = list.matches(',').count();
    let mut entries: Vec<_> = list
        .split(',')
        .enumerate()
        .map(|(place, entry)| if place == 0 { entry } else { entry.trim_start() })
        .enumerate()
        .map(|(place, entry)| if place == end { entry } else { entry.trim_end() })
        .collect();
    while entries.last().is_some_and(|entry| entry.is_empty()) {
        entries.pop();
    }
    entries
}

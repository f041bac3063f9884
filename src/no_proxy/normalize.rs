//! Normalizes a NO_PROXY list: splits the list, judges each entry, removes duplicates and appends additions.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::change::{Action, Addition, Change, Origin};
use super::entry::{CidrPolicy, EXPAND_LIMIT, Entry, Reason};
use super::range::Range;
use super::rescue::{Known, rescued};
use crate::proxy_url::redact;

/// A normalized list, and what was done with each entry of the given list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy {
    /// Entries in canonical form and in the order of the given list, without duplicates and empty entries.
    pub entries: Vec<String>,
    /// What was done with each entry of the given lists, and what was added.
    pub changes: Vec<Change>,
    /// The IPv4 ranges of the given list, removed ranges included: `setup --for java` writes the ranges as patterns.
    pub ranges: Vec<Range>,
    /// Notes about the list as a whole.
    pub notes: Vec<String>,
}

/// The greatest length of the whole list, in bytes, that [`CidrPolicy::Expand`] may produce. The environment of every
/// later command contains the list twice, as no_proxy and as NO_PROXY, and the kernel limits the size of the whole
/// environment (execve(2)).
const EXPAND_BYTES: usize = 32 * 1024;

/// The greatest length of the value of NO_PROXY, in bytes. The kernel allows 128 KiB for the name, the `=`, the value
/// and a NUL together (execve(2), MAX_ARG_STRLEN).
pub const MOST_BYTES: usize = 128 * 1024 - "NO_PROXY=".len() - 1;

/// The bytes of [`MOST_BYTES`] that are reserved for additions, which come after the entries of the given list.
const RESERVED_BYTES: usize = 4096;

impl NoProxy {
    /// Returns the value for the variable NO_PROXY: the entries between commas, without blanks.
    #[must_use]
    pub fn value(&self) -> String {
        self.entries.join(",")
    }

    /// Returns the value with the IPv4 ranges that were removed as ranges, for programs that read ranges.
    #[must_use]
    pub fn value_with_ranges(&self) -> String {
        let is_range = |change: &&Change| {
            matches!(change.action, Action::Removed(Reason::Cidr | Reason::TooLarge | Reason::NoRoom))
        };
        let parse = |change: &Change| {
            let (address, suffix) = change.entry.split_once('/')?;
            Some(Range::parse(address, suffix)?.to_string())
        };
        let ranges = self.changes.iter().filter(is_range).filter_map(parse);
        self.entries.iter().cloned().chain(ranges).collect::<Vec<_>>().join(",")
    }
}

/// Rewrites `list` into canonical form and appends `additions`. A removed range is replaced by those addresses of
/// `known` that the range contains. Normalizing the result again changes nothing.
#[must_use]
pub fn normalize<'a>(
    list: &'a str,
    additions: &[Addition<'a>],
    cidr: CidrPolicy,
    known: &'a [Known],
) -> NoProxy {
    let mut builder = Builder { cidr, known, ..Builder::default() };
    builder.list(list, None);
    for (origin, list) in additions {
        if builder.everything {
            break;
        }
        builder.list(list, Some(*origin));
    }
    builder.finish()
}

/// Returns the part of a list that is certainly no user and password: the text behind the last `@`, or the whole list
/// if the list has no `@`. A comma or a blank in a password splits the password into parts that look like entries, so
/// the text before the `@` cannot be used. The `@` of a URL such as `https://user@host` does not count:
/// `Entry::parse` removes the userinfo of the URL.
#[must_use]
pub fn after_userinfo(list: &str) -> &str {
    let is_url = |token: &str| {
        let whole = !token.contains([';', '|']);
        let scheme = token.split_once("://").map(|(scheme, _)| scheme);
        whole && scheme.is_some_and(|scheme| ["http", "https", "tcp", "ws", "wss"].contains(&scheme))
    };
    match tokens(list).filter(|token| token.contains('@') && !is_url(token)).last() {
        Some(token) => list.rsplit_once(token).map_or("", |(before, _)| {
            let at = token.rfind('@').map_or(0, |at| at + 1);
            &list[before.len() + at..]
        }),
        None => list,
    }
}

/// Splits a list at commas and blanks. Only commas separate entries in the result, since a blank ends the list in
/// curl >= 8.9 and in Go (measured).
fn tokens(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c.is_ascii_whitespace() || c == '\u{b}')
        .filter(|token| !token.is_empty())
}

#[derive(Default)]
struct Builder<'a> {
    cidr: CidrPolicy,
    known: &'a [Known],
    hides_userinfo: bool,
    everything: bool,
    /// The length of the value so far, in bytes.
    bytes: usize,
    /// The tokens that were read. A token that occurs again is skipped: with the same list in no_proxy and NO_PROXY,
    /// each token occurs twice.
    tokens: BTreeSet<&'a str>,
    seen: BTreeSet<String>,
    no_proxy: NoProxy,
}

impl<'a> Builder<'a> {
    fn list(&mut self, list: &'a str, origin: Option<Origin>) {
        self.hides_userinfo = list.contains('@');
        let rest = after_userinfo(list);
        if rest.len() < list.len() {
            self.record("", Action::Removed(Reason::Userinfo));
        }
        for token in tokens(rest) {
            // A token of an addition is read again: the entry may have been too long for the list, and fit into the
            // bytes that are reserved for additions.
            if self.tokens.insert(token) || origin.is_some() {
                self.token(token, origin);
            }
        }
    }

    fn token(&mut self, token: &str, origin: Option<Origin>) {
        if !token.contains([';', '|']) {
            return self.entry(token, origin);
        }
        let parts: Vec<&str> = token.split([';', '|']).filter(|part| !part.is_empty()).collect();
        self.record(token, Action::Rewritten(parts.join(","), Reason::Separator));
        for part in parts {
            self.entry(part, origin);
        }
    }

    fn entry(&mut self, raw: &str, origin: Option<Origin>) {
        match Entry::parse(raw) {
            // A `*` counts only in NO_PROXY itself and in `--add`. Other additions come from files and variables that
            // name hosts.
            Entry::Everything if matches!(origin, None | Some(Origin::Add)) => self.everything = true,
            Entry::Everything => {}
            Entry::Unusable(reason) => self.record(raw, Action::Removed(reason)),
            Entry::Range(range, reason) => self.range(raw, range, reason, origin),
            Entry::Kept(entry, reason) => self.keep(raw, entry, reason, origin),
        }
    }

    fn keep(&mut self, raw: &str, entry: String, reason: Option<Reason>, origin: Option<Origin>) {
        if self.seen.contains(&entry) {
            return;
        }
        let most_bytes = if origin.is_some() { MOST_BYTES } else { MOST_BYTES - RESERVED_BYTES };
        if !self.push(entry.clone(), most_bytes) {
            return self.record(raw, Action::Removed(Reason::TooLong));
        }
        self.record(
            raw,
            match (reason, origin) {
                (Some(reason), _) => Action::Rewritten(entry, reason),
                (None, Some(origin)) => Action::Added(origin),
                (None, None) => Action::Kept,
            },
        );
    }

    /// Removes a range, keeps the range, or replaces the range by its addresses. An IPv6 range is always removed.
    fn range(&mut self, raw: &str, range: Range, reason: Reason, origin: Option<Origin>) {
        self.no_proxy.ranges.extend(Some(range).filter(Range::is_ipv4));
        let reason = match self.cidr {
            CidrPolicy::Strip => reason,
            _ if !range.is_ipv4() => reason,
            CidrPolicy::Keep => {
                let entry = range.to_string();
                let reason = match reason {
                    Reason::Prefix => Some(Reason::PrefixKept),
                    _ => (entry != raw).then_some(Reason::Lossless),
                };
                return self.keep(raw, entry, reason, origin);
            }
            CidrPolicy::Expand => match range.addresses(EXPAND_LIMIT) {
                None => Reason::TooLarge,
                Some(addresses) => {
                    let bytes: usize = addresses.iter().map(|address| address.len() + 1).sum();
                    if self.bytes + bytes <= EXPAND_BYTES {
                        let form = format!("{} addresses", addresses.len());
                        for address in addresses {
                            self.push(address, EXPAND_BYTES);
                        }
                        return self.record(raw, Action::Rewritten(form, Reason::Expanded));
                    }
                    Reason::NoRoom
                }
            },
        };
        let mut rescued = rescued(&range, self.known);
        rescued.retain(|(entry, _)| self.push(entry.clone(), MOST_BYTES));
        self.record(raw, Action::Removed(reason));
        if let Some(change) = self.no_proxy.changes.last_mut() {
            change.rescued = rescued;
        }
    }

    /// Appends an entry. Returns false when the list has the entry already, or would become longer than `most_bytes`.
    fn push(&mut self, entry: String, most_bytes: usize) -> bool {
        let bytes = self.bytes + entry.len() + usize::from(self.bytes > 0);
        let fits = bytes <= most_bytes && self.seen.insert(entry.clone());
        if fits {
            self.bytes = bytes;
            self.no_proxy.entries.push(entry);
        }
        fits
    }

    fn record(&mut self, raw: &str, action: Action) {
        // In a list with an `@`, a removed or rewritten entry may be a part of a password.
        let hidden = self.hides_userinfo && !matches!(action, Action::Kept | Action::Added(_));
        let entry = if hidden { "***".to_owned() } else { redact(raw) };
        let action = match action {
            Action::Rewritten(to, Reason::Separator) if hidden => {
                Action::Rewritten(to.rsplit('@').next().unwrap_or_default().to_owned(), Reason::Separator)
            }
            action => action,
        };
        self.no_proxy.changes.push(Change { entry, action, rescued: Vec::new() });
    }

    /// Returns the result. A `*` removes all other entries, because most programs accept `*` only as the whole list.
    fn finish(mut self) -> NoProxy {
        if self.everything {
            self.no_proxy.entries = vec!["*".to_owned()];
            self.no_proxy.changes.retain(|change| !matches!(change.action, Action::Added(_)));
            for change in &mut self.no_proxy.changes {
                if matches!(change.action, Action::Kept | Action::Rewritten(..)) || !change.rescued.is_empty()
                {
                    change.action = Action::Removed(Reason::Everything);
                    change.rescued.clear();
                }
            }
            self.record("*", Action::Kept);
        }
        self.no_proxy
    }
}

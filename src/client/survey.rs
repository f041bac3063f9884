//! Finds the clients that misread entries of a `NO_PROXY` list.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::model::{Model, Rule};
use super::network::decimal;
use super::pattern::{Pattern, Port, Scope, Shape};
use super::{Client, Destination, all};

/// How a client misreads an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// Every request fails because of the entry.
    Breaks,
    /// Requests to hosts that the entry does not name go direct.
    TooWide,
    /// Requests to the host that the entry names go to the proxy.
    Ignored,
}

/// A client that misreads an entry.
#[derive(Clone, Copy, Debug)]
pub struct Misreading {
    /// The client.
    pub client: &'static Client,
    /// How the client misreads the entry.
    pub harm: Harm,
}

/// Returns, for each of `entries`, the clients that misread the entry. `entries` are slices of `list`, in the order of
/// the list.
///
/// Each model parses the whole list, because the meaning of a `*` or a blank depends on the rest of the list. Each
/// entry is then judged only by the patterns that the model made of that entry. So the time grows with the number of
/// entries, not with the square of that number. Clients that read no list are left out.
#[must_use]
pub fn survey(list: &str, entries: &[&str]) -> Vec<Vec<Misreading>> {
    let meanings: Vec<Meaning> = entries.iter().map(|entry| Meaning::of(list, entry)).collect();
    let mut found: Vec<Vec<Misreading>> = vec![Vec::new(); entries.len()];
    // Clients that share a model read a list in the same way, so each model is judged once.
    let mut harms: BTreeMap<*const Model, Vec<Option<Harm>>> = BTreeMap::new();
    for client in all().iter().filter(|client| client.reads_a_list()) {
        let model: *const Model = client.model;
        let harms = harms.entry(model).or_insert_with(|| harms_in(client.model, list, &meanings));
        for (found, harm) in found.iter_mut().zip(harms) {
            found.extend(harm.map(|harm| Misreading { client, harm }));
        }
    }
    found
}

/// Returns how clients of one model misread each entry; `None` for an entry that they read as its author meant. When
/// the client reads any part of the list as every host, no entry counts as ignored.
fn harms_in(model: &Model, list: &str, meanings: &[Meaning]) -> Vec<Option<Harm>> {
    let second = model.second_list.as_ref().map(|second| second.rule.prepare(list));
    let mut patterns: Vec<(Range<usize>, Pattern<'_>)> = model
        .rule
        .prepare(list)
        .into_iter()
        .chain(second.into_iter().flatten())
        .filter_map(|pattern| Some((place_in(list, pattern.entry)?, pattern)))
        .collect();
    patterns.sort_by_key(|(place, _)| place.start);
    let everything = patterns.iter().any(|(_, pattern)| means_everything(pattern));
    let mut from = 0;
    let harm = |meaning: &Meaning| {
        // Two entries have at least one separator between them. So a pattern was made of this entry if the byte ranges
        // of pattern and entry overlap or touch: a client may split the list at other characters than the caller.
        while patterns.get(from).is_some_and(|(place, _)| place.end < meaning.place.start) {
            from += 1;
        }
        let own = patterns[from..].iter().take_while(|(place, _)| place.start <= meaning.place.end);
        let own: Vec<&Pattern<'_>> = own.map(|(_, pattern)| pattern).collect();
        meaning.harm(&model.rule, &own).filter(|harm| *harm != Harm::Ignored || !everything)
    };
    meanings.iter().map(harm).collect()
}

/// Returns the byte range of `part` within `list`. `None` when `part` is not a slice of `list`, for example one of the
/// entries that Java adds to every list.
fn place_in(list: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(list.as_ptr().addr())?;
    let end = start + part.len();
    (end <= list.len()).then_some(start..end)
}

fn means_everything(pattern: &Pattern<'_>) -> bool {
    matches!(pattern.shape, Shape::All) && pattern.port == Port::Any && pattern.scope == Scope::Any
}

/// What the author of an entry presumably meant, as two destinations that show whether a client reads the entry so.
struct Meaning {
    /// The byte range of the entry within the list.
    place: Range<usize>,
    /// Whether the entry is `*`.
    is_everything: bool,
    /// A destination that the entry names; `None` when the entry names nothing.
    named: Option<Destination>,
    /// A destination that the entry does not name.
    other: Option<Destination>,
}

impl Meaning {
    fn of(list: &str, entry: &str) -> Self {
        let named = named_by(entry);
        let port = named.as_ref().map_or_else(|| port_of(entry), |named| named.port().to_string());
        Self {
            place: place_in(list, entry).unwrap_or_default(),
            is_everything: entry == "*",
            named,
            other: Destination::parse(&format!("http://{}:{port}/", stranger(entry))),
        }
    }

    /// Returns the harm of the patterns that a client made of the entry; `None` when the client reads the entry as
    /// meant.
    fn harm(&self, rule: &Rule, patterns: &[&Pattern<'_>]) -> Option<Harm> {
        let other = self.other.as_ref()?;
        let covering =
            |destination: &Destination| patterns.iter().find(|pattern| pattern.covers(destination));
        let fails = rule.validates_first && patterns.iter().any(|pattern| pattern.is_failure());
        match covering(other) {
            _ if fails => Some(Harm::Breaks),
            Some(pattern) if pattern.is_failure() => Some(Harm::Breaks),
            Some(_) => (!self.is_everything).then_some(Harm::TooWide),
            None if self.is_everything => Some(Harm::Ignored),
            None => {
                let named = self.named.as_ref()?;
                let is_read = covering(named).is_some_and(|pattern| !pattern.is_failure());
                let is_direct = is_read || rule.loopback.covers(named);
                (!is_direct).then_some(Harm::Ignored)
            }
        }
    }
}

/// Returns a host that no entry of a real list names, and that does not end in the text of the entry: some clients
/// compare the ends of names without regard to labels.
fn stranger(entry: &str) -> &'static str {
    let end = entry.trim_start_matches(['*', '.']).to_ascii_lowercase();
    if "other.invalid".ends_with(&end) { "stranger.test" } else { "other.invalid" }
}

/// Returns a destination that the entry is meant for: its host and port, a subdomain of `.domain`, an address of a
/// network, or a host that begins with a prefix. Returns `None` when the entry names nothing.
fn named_by(entry: &str) -> Option<Destination> {
    let text = entry.split_once("://").map_or(entry, |(_, rest)| rest).to_ascii_lowercase();
    if let Some(inside) = address_within(&text) {
        return Destination::parse(&format!("http://{inside}/"));
    }
    let text = text.split('/').next()?;
    let host = match (text.trim_start_matches('*'), text.trim_end_matches(['*', '.'])) {
        (below, _) if below.starts_with('.') => format!("host{below}"),
        (below, _) if below.len() < text.len() => format!("host.{below}"),
        (_, start) if start.len() < text.len() => prefixed(start, text),
        _ => text.to_owned(),
    };
    Destination::parse(&format!("http://{host}/"))
}

/// Returns an entry's address, or the second address of an entry's network. The first address of a network is unfit,
/// because a client may read the entry as the name of that one host.
fn address_within(text: &str) -> Option<String> {
    let (base, bits) = text.split_once('/').map_or((text, None), |(base, bits)| (base, Some(bits)));
    let second = |width| u32::from(bits.and_then(decimal).is_some_and(|bits| bits < width));
    match base.parse().ok()? {
        IpAddr::V4(address) => Some(Ipv4Addr::from_bits(address.to_bits() | second(32)).to_string()),
        IpAddr::V6(address) => {
            Some(format!("[{}]", Ipv6Addr::from_bits(address.to_bits() | u128::from(second(128)))))
        }
    }
}

/// Returns a host that begins with a prefix: an address if the prefix consists of numbers, else a longer name. Returns
/// a name with a trailing dot unchanged, because such a name is no prefix.
fn prefixed(start: &str, text: &str) -> String {
    let numbers = start.split('.').all(|part| part.parse::<u8>().is_ok());
    let missing = 4_usize.saturating_sub(start.split('.').count());
    match (numbers, text.ends_with('*')) {
        (true, _) => format!("{start}{}", ".1".repeat(missing)),
        (false, true) => format!("{}host", text.trim_end_matches('*')),
        (false, false) => text.to_owned(),
    }
}

/// Returns the port of an entry that names no destination, such as `:8080`; 81, which no real entry names, when the
/// entry has no port.
fn port_of(entry: &str) -> String {
    entry.rsplit_once(':').and_then(|(_, port)| decimal(port)).unwrap_or(81).to_string()
}

//! Why a client did what it did, in one line of plain ASCII that never holds a password.

use super::network::{Network, decimal};
use super::pattern::{Pattern, Port, Shape, is_domain_of};
use super::target::{Target, unbracketed};

/// What the writer of an entry will have meant, however the client reads it.
#[derive(Debug)]
pub(super) struct Intent<'a> {
    entry: &'a str,
    host: String,
    port: Option<u32>,
    network: Option<Network>,
}

/// Reads every entry as generously as possible.
pub(super) fn intents(list: &str) -> Vec<Intent<'_>> {
    let entries = list.split(|letter: char| matches!(letter, ',' | ';' | '|') || letter.is_whitespace());
    entries.filter(|entry| !entry.is_empty()).map(intent).collect()
}

fn intent(entry: &str) -> Intent<'_> {
    let bare = entry.split_once("://").map_or(entry, |(_, rest)| rest);
    let network = Network::parse(bare);
    let bare = bare.split('/').next().unwrap_or_default();
    let (host, port) = match bare.rsplit_once(':') {
        Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, decimal(port)),
        _ => (bare, None),
    };
    let host = host.trim_start_matches(['*', '.']).trim_end_matches('.');
    Intent { entry, host: unbracketed(host).to_ascii_lowercase(), port, network }
}

impl Intent<'_> {
    fn means(&self, target: &Target) -> bool {
        if self.entry == "*" {
            return true;
        }
        let network = self.network.zip(target.address());
        let host = target.host().trim_end_matches('.');
        !self.host.is_empty() && is_domain_of(&self.host, host)
            || network.is_some_and(|(network, address)| network.contains(address))
    }

    /// Whether the client found a port in the entry.
    fn is_read_with_port(&self, patterns: &[Pattern<'_>]) -> bool {
        let port = |it: &Pattern<'_>| !matches!(it.port, Port::Any | Port::Never);
        patterns.iter().any(|it| it.entry == self.entry && port(it))
    }

    fn missed(&self, client: &str, patterns: &[Pattern<'_>], target: &Target, hides: bool) -> String {
        let entry = shown(self.entry, hides);
        let host = target.host().trim_end_matches('.');
        match self.port {
            _ if self.entry == "*" => return format!("{client} does not take * for every host here"),
            Some(port) if port != u32::from(target.port()) => return format!("{entry} is for another port"),
            Some(_) if !self.is_read_with_port(patterns) => {
                return format!("{entry}: {client} ignores entries with a port");
            }
            _ => (),
        }
        let why = if self.entry.contains("://") {
            "does not take URLs"
        } else if self.network.is_some() {
            "does not understand networks here"
        } else if self.entry.contains('/') {
            "does not take paths"
        } else if self.entry.contains('[') {
            "does not take brackets around an address"
        } else if self.entry.contains('*') {
            "does not understand *"
        } else if self.entry.starts_with('.') && self.host == host {
            "takes a leading dot for subdomains only"
        } else if self.host != host && !self.entry.starts_with('.') {
            "does not take a name for its subdomains: a leading dot is needed"
        } else if self.entry.bytes().any(|byte| byte.is_ascii_uppercase()) {
            "does not take capitals"
        } else if self.entry.ends_with('.') || target.host().ends_with('.') {
            "minds the trailing dot"
        } else {
            "does not find it: it cuts the list differently, or stops before it"
        };
        format!("{entry}: {client} {why}")
    }
}

/// Which names a client would have taken a value from.
pub(super) fn unset(client: &str, mut names: Vec<&str>) -> String {
    names.dedup();
    match names.as_slice() {
        [] => format!("{client} reads no such variable at all"),
        [name] => format!("{client} reads {name} only, which is not set"),
        _ => format!("{client} reads {}: none is set", names.join(", ")),
    }
}

/// Why no entry keeps the target from the proxy.
pub(super) fn near_miss(
    client: &str,
    list: &str,
    intents: &[Intent<'_>],
    patterns: &[Pattern<'_>],
    target: &Target,
    hides: bool,
) -> String {
    // Of several entries that were meant, one for another port tells least.
    let meant = |it: &&Intent<'_>| it.means(target);
    let fits = |it: &&Intent<'_>| it.port.is_none_or(|port| port == u32::from(target.port()));
    let near = intents.iter().filter(meant).find(fits).or_else(|| intents.iter().find(meant));
    near.map_or_else(
        || format!("no entry of {list} matches"),
        |intent| intent.missed(client, patterns, target, hides),
    )
}

/// Why an entry makes the client fail.
pub(super) fn failing(client: &str, pattern: &Pattern<'_>, hides: bool) -> String {
    let why = if let Shape::Fails(why) = pattern.shape { why } else { "it cannot be read" };
    format!("{}: {client} fails on it ({why})", shown(pattern.entry, hides))
}

/// Stands for an entry that may be a part of a password.
pub(super) const HIDDEN: &str = "***";

/// An entry as it may be printed: short and in ASCII, or not at all.
pub(super) fn shown(entry: &str, hides: bool) -> String {
    if hides {
        return HIDDEN.to_owned();
    }
    let mut text = String::new();
    for letter in entry.trim().chars().take(60) {
        if letter.is_ascii_graphic() || letter == ' ' {
            text.push(letter);
        } else {
            text.extend(letter.escape_default());
        }
    }
    if text.is_empty() { String::from("an empty entry") } else { text }
}

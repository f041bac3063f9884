//! Explains a decision in one line of ASCII that never contains a password.

use super::destination::{Destination, unbracketed};
use super::lists::Lists;
use super::network::{Network, decimal};
use super::pattern::{Pattern, Port, Shape, is_domain_of};

/// What the author of an entry presumably meant, independent of how a client reads the entry.
#[derive(Debug)]
pub struct Intent<'a> {
    entry: &'a str,
    host: String,
    port: Option<u32>,
    network: Option<Network>,
}

/// Parses a list in the most permissive way: every separator and every form that any client accepts.
pub fn intents(list: &str) -> Vec<Intent<'_>> {
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
    fn means(&self, destination: &Destination) -> bool {
        if self.entry == "*" {
            return true;
        }
        let network = self.network.zip(destination.address());
        let host = destination.host().trim_end_matches('.');
        !self.host.is_empty() && is_domain_of(&self.host, host)
            || network.is_some_and(|(network, address)| network.contains(address))
    }

    /// Returns whether the client understood the entry's port.
    fn is_read_with_port(&self, patterns: &[Pattern<'_>]) -> bool {
        let port = |pattern: &Pattern<'_>| !matches!(pattern.port, Port::Any | Port::Never);
        patterns.iter().any(|pattern| pattern.entry == self.entry && port(pattern))
    }

    fn missed(
        &self,
        client: &str,
        patterns: &[Pattern<'_>],
        destination: &Destination,
        hides: bool,
    ) -> String {
        let entry = shown(self.entry, hides);
        let host = destination.host().trim_end_matches('.');
        match self.port {
            _ if self.entry == "*" => return format!("{client} does not read * as every host here"),
            Some(port) if port != u32::from(destination.port()) => {
                return format!("{entry} is for another port");
            }
            Some(_) if !self.is_read_with_port(patterns) => {
                return format!("{entry}: {client} ignores entries with a port");
            }
            _ => (),
        }
        let why = if self.entry.contains("://") {
            "does not accept URLs"
        } else if self.network.is_some() {
            "does not understand networks here"
        } else if self.entry.contains('/') {
            "does not accept paths"
        } else if self.entry.contains('[') {
            "does not accept brackets around an address"
        } else if self.entry.contains('*') {
            "does not understand *"
        } else if self.entry.starts_with('.') && self.host == host {
            "applies a leading dot to subdomains only"
        } else if self.host != host && !self.entry.starts_with('.') {
            "does not apply a name to its subdomains; write a leading dot"
        } else if self.entry.bytes().any(|byte| byte.is_ascii_uppercase()) {
            "compares letter case, and the entry has capitals"
        } else if self.entry.ends_with('.') || destination.host().ends_with('.') {
            "compares the trailing dot"
        } else {
            "splits the list differently, or stops before this entry"
        };
        format!("{entry}: {client} {why}")
    }
}

/// Explains that no variable that the client reads is set.
pub fn unset(client: &str, mut names: Vec<&str>) -> String {
    names.dedup();
    match names.as_slice() {
        [] => format!("{client} reads no proxy variable"),
        [name] => format!("{client} reads only {name}, which is not set"),
        _ => format!("{client} reads {}: none is set", names.join(", ")),
    }
}

/// Explains why no entry exempts the destination, naming the entry that comes closest.
pub fn near_miss(client: &str, list: &str, lists: &Lists<'_>, destination: &Destination) -> String {
    // An entry for another port is the least helpful explanation and comes last.
    let meant = |intent: &&Intent<'_>| intent.means(destination);
    let fits = |intent: &&Intent<'_>| intent.port.is_none_or(|port| port == u32::from(destination.port()));
    let intents = &lists.intents;
    let near = intents.iter().filter(meant).find(fits).or_else(|| intents.iter().find(meant));
    near.map_or_else(
        || format!("no entry of {list} matches"),
        |intent| intent.missed(client, &lists.patterns, destination, lists.hides),
    )
}

/// Explains why an entry makes the client fail.
pub fn failing(client: &str, pattern: &Pattern<'_>, hides: bool) -> String {
    let why = if let Shape::Fails(why) = pattern.shape { why } else { "the entry cannot be read" };
    format!("{}: {client} fails on this entry ({why})", shown(pattern.entry, hides))
}

/// Replaces an entry that may be part of a password.
pub const HIDDEN: &str = "***";

/// Returns an entry in printable form: at most 60 characters, in ASCII; [`HIDDEN`] if entries must not be shown.
pub fn shown(entry: &str, hides: bool) -> String {
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

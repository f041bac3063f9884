//! Finds the clients that misread one `NO_PROXY` entry.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::network::decimal;
use super::{Client, Decision, Destination, Variables, all};

/// How a client misreads an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Requests to the host that the entry names go to the proxy.
    Ignored,
    /// Requests to other hosts fail because of the entry.
    Breaks,
    /// Requests to hosts that the entry does not name go direct.
    TooWide,
}

/// A client that misreads an entry.
#[derive(Debug)]
pub struct Finding {
    /// The client.
    pub client: &'static Client,
    /// How the client misreads the entry.
    pub harm: Harm,
}

/// Returns the clients that ignore an entry, fail because of it, or apply it to hosts that it does not name.
///
/// Asks each model for a destination that the entry names and for one that it does not name, with the entry
/// between two harmless ones. Clients without a list are left out.
#[must_use]
pub fn survey(entry: &str) -> Vec<Finding> {
    let entry = entry.trim();
    let variables = environment(&format!("first.invalid,{entry},last.invalid"));
    let named = named_by(entry);
    let port = named.as_ref().map_or_else(|| port_of(entry), |destination| destination.port().to_string());
    let Some(other) = Destination::parse(&format!("http://other.invalid:{port}/")) else { return Vec::new() };
    let harm = |client: &'static Client| {
        let reader = client.prepare(&variables);
        let means_all = entry == "*";
        match reader.decide(&other).decision {
            Decision::Fails => Some(Harm::Breaks),
            Decision::Direct => (!means_all).then_some(Harm::TooWide),
            Decision::Unknown => None,
            Decision::Proxied if means_all => Some(Harm::Ignored),
            Decision::Proxied => {
                let missed = |destination| reader.decide(destination).decision != Decision::Direct;
                named.as_ref().is_some_and(missed).then_some(Harm::Ignored)
            }
        }
    };
    let readers = all().iter().filter(|client| client.reads_a_list());
    readers.filter_map(|client| Some(Finding { client, harm: harm(client)? })).collect()
}

fn environment(list: &str) -> Variables {
    let proxies = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];
    let proxies = proxies.map(|name| (name.to_owned(), String::from("http://192.0.2.1:3128")));
    let lists = ["no_proxy", "NO_PROXY"].map(|name| (name.to_owned(), list.to_owned()));
    Variables::new(proxies.into_iter().chain(lists))
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

/// Returns the address, or the second address of a network. The first is unfit: it is also the network's name.
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

/// Returns a host that begins with a prefix: an address if the prefix consists of numbers, else a longer name. A
/// name with a trailing dot is no prefix.
fn prefixed(start: &str, text: &str) -> String {
    let numbers = start.split('.').all(|part| part.parse::<u8>().is_ok());
    let missing = 4_usize.saturating_sub(start.split('.').count());
    match (numbers, text.ends_with('*')) {
        (true, _) => format!("{start}{}", ".1".repeat(missing)),
        (false, true) => format!("{}host", text.trim_end_matches('*')),
        (false, false) => text.to_owned(),
    }
}

/// Returns the port of an entry without a host such as `:8080`, else a port that no entry names.
fn port_of(entry: &str) -> String {
    entry.rsplit_once(':').and_then(|(_, port)| decimal(port)).unwrap_or(81).to_string()
}

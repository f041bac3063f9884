//! What the entries of a list mean to a client, in a form that is compared quickly.

use std::net::{IpAddr, Ipv4Addr};

use super::network::Network;
use super::target::Target;

/// One meaning of one entry. An entry may have several, or none.
#[derive(Debug)]
pub(super) struct Pattern<'a> {
    /// The entry as it stands in the list.
    pub(super) entry: &'a str,
    pub(super) shape: Shape,
    pub(super) port: Port,
    pub(super) scope: Scope,
    pub(super) subject: Subject,
}

/// Which hosts an entry covers.
#[derive(Debug)]
pub(super) enum Shape {
    /// Every host.
    All,
    /// This host.
    Exact(String),
    /// Hosts that end in this text, wherever it begins.
    Suffix(String),
    /// This host and its subdomains.
    Domain(String),
    /// This host and its subdomains, unless they hold the domain a second time.
    FirstAtEnd(String),
    /// Hosts that begin with this text.
    Prefix(String),
    /// Hosts that hold this text.
    Contains(String),
    /// `*` stands for any text, possibly none.
    Glob(String),
    /// Hosts that the pattern does not match.
    NotGlob(String),
    /// Addresses of a network.
    Network(Network),
    /// Addresses from one to another.
    Range(Ipv4Addr, Ipv4Addr),
    /// What the host resolves to is in the network, as far as that is known.
    Resolved(Network),
    /// This machine.
    Loopback,
    /// The client gives up when it comes to this entry.
    Fails(&'static str),
}

/// The port that an entry asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    Any,
    /// The port of the connection, written in the URL or not.
    Effective(u32),
    /// A port written in the URL.
    Explicit(u32),
    /// A port written in the URL and not the scheme's own.
    Unusual(u32),
    /// No port is this one.
    Never,
}

/// The kinds of host that a meaning is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Any,
    Names,
    V4,
    V6,
    Http,
    Https,
}

/// The spelling of the target that an entry is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Lower case, no brackets.
    Host,
    /// Lower case, brackets around IPv6.
    Bracketed,
    /// The URL's letter case, no brackets.
    Raw,
    /// Lower case, no brackets, without trailing dots.
    Undotted,
    /// `host:port` if the URL has a port, no brackets.
    BareAuthority,
    /// `host:port` if the URL has a port.
    Authority,
}

impl<'a> Pattern<'a> {
    pub(super) fn new(entry: &'a str, shape: Shape) -> Self {
        Self { entry, shape, port: Port::Any, scope: Scope::Any, subject: Subject::Host }
    }

    pub(super) fn port(self, port: Port) -> Self {
        Self { port, ..self }
    }

    pub(super) fn scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    pub(super) fn on(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// Whether the client gives up at this entry.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self.shape, Shape::Fails(_))
    }

    /// Whether this meaning of the entry covers the target.
    pub(super) fn covers(&self, target: &Target) -> bool {
        self.scope.holds(target)
            && self.port.fits(target)
            && self.shape.covers(self.subject.of(target), target)
    }
}

impl Port {
    fn fits(self, target: &Target) -> bool {
        match self {
            Self::Any => true,
            Self::Effective(port) => port == u32::from(target.port()),
            Self::Explicit(port) => target.has_explicit_port() && port == u32::from(target.port()),
            Self::Unusual(port) => target.unusual_port().is_some_and(|unusual| port == u32::from(unusual)),
            Self::Never => false,
        }
    }
}

impl Scope {
    fn holds(self, target: &Target) -> bool {
        match self {
            Self::Any => true,
            Self::Names => target.address().is_none(),
            Self::V4 => target.address().is_some_and(|address| address.is_ipv4()),
            Self::V6 => target.address().is_some_and(|address| address.is_ipv6()),
            Self::Http => !target.is_https(),
            Self::Https => target.is_https(),
        }
    }
}

impl Subject {
    fn of(self, target: &Target) -> &str {
        match self {
            Self::Host => target.host(),
            Self::Bracketed => target.bracketed(),
            Self::Raw => target.raw(),
            Self::Undotted => target.host().trim_end_matches('.'),
            Self::BareAuthority => target.bare_authority(),
            Self::Authority => target.authority(),
        }
    }
}

impl Shape {
    fn covers(&self, host: &str, target: &Target) -> bool {
        match self {
            Self::All | Self::Fails(_) => true,
            Self::Exact(text) => host == text,
            Self::Suffix(text) => host.ends_with(text.as_str()),
            Self::Domain(text) => is_domain_of(text, host),
            Self::FirstAtEnd(text) => {
                let rest = host.strip_suffix(text.as_str()).filter(|_| is_domain_of(text, host));
                let again =
                    |rest: &str| host.starts_with(text.as_str()) || rest.contains(&format!(".{text}"));
                rest.is_some_and(|rest| rest.is_empty() || !again(rest))
            }
            Self::Prefix(text) => host.starts_with(text.as_str()),
            Self::Contains(text) => host.contains(text.as_str()),
            Self::Glob(pattern) => glob(pattern, host),
            Self::NotGlob(pattern) => !glob(pattern, host),
            Self::Network(network) => target.address().is_some_and(|address| network.contains(address)),
            Self::Resolved(network) => target.resolved().is_some_and(|address| network.contains(address)),
            Self::Range(first, last) => {
                matches!(target.address(), Some(IpAddr::V4(address)) if (*first..=*last).contains(&address))
            }
            Self::Loopback => is_loopback(target),
        }
    }
}

/// Whether the host is the domain or below it. An empty domain holds the names that end in a dot.
pub(super) fn is_domain_of(domain: &str, host: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether the host is this machine by its look alone.
pub(super) fn is_loopback(target: &Target) -> bool {
    target.resolved().map_or(target.host() == "localhost", |address| address.is_loopback())
}

/// Matches greedily from both ends, so that time stays proportional to the text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

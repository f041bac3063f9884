//! How one client reads one `NO_PROXY` entry.

use std::net::{IpAddr, Ipv4Addr};

use super::destination::Destination;
use super::network::Network;

/// One test that one client derives from one entry. A client may derive several patterns from an entry, or none. A
/// pattern covers a request when shape, port and scope all fit the request.
#[derive(Debug)]
pub struct Pattern<'a> {
    /// The entry as written.
    pub entry: &'a str,
    /// The hosts that the entry covers.
    pub shape: Shape,
    /// The ports that the entry covers.
    pub port: Port,
    /// The kinds of request that the pattern is for.
    pub scope: Scope,
    /// The spelling of the host that the pattern is compared with.
    pub subject: Subject,
}

/// Which hosts an entry covers.
#[derive(Debug)]
pub enum Shape {
    /// Every host.
    All,
    /// This host.
    Exact(String),
    /// Hosts that end in this text, also in the middle of a label.
    Suffix(String),
    /// This host and its subdomains.
    Domain(String),
    /// This host and its subdomains, unless the host contains the domain twice: `request` compares the first
    /// occurrence.
    FirstAtEnd(String),
    /// Hosts that begin with this text.
    Prefix(String),
    /// Hosts that contain this text.
    Contains(String),
    /// Hosts that match this text, in which `*` stands for any text, possibly none.
    Glob(String),
    /// Hosts that do not match this text, in which `*` stands for any text, possibly none.
    NotGlob(String),
    /// IP addresses of a network.
    Network(Network),
    /// IPv4 addresses from the first to the last.
    Range(Ipv4Addr, Ipv4Addr),
    /// Hosts that are known to resolve to an address of a network.
    Resolved(Network),
    /// `localhost` and the loopback addresses.
    Loopback,
    /// Hosts without a dot.
    WithoutDot,
    /// Makes the client fail; the text says why.
    Fails(&'static str),
}

/// The ports that an entry covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Every port.
    Any,
    /// This port, explicit in the URL or the scheme's default.
    Effective(u32),
    /// This port, if it is explicit in the URL.
    Explicit(u32),
    /// This port, if it is explicit in the URL and not the scheme's default.
    Unusual(u32),
    /// Matches no request: the client cannot read the entry's port.
    Never,
}

/// The kinds of request that a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every request.
    Any,
    /// Requests to a host name.
    Names,
    /// Requests to an IPv4 address.
    V4,
    /// Requests to an IPv6 address.
    V6,
    /// Requests to an `http://` URL.
    Http,
    /// Requests to an `https://` URL.
    Https,
}

/// The spelling of the host that a pattern is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Lower case, no brackets.
    Host,
    /// Lower case, brackets around IPv6.
    Bracketed,
    /// The letter case of the URL, no brackets.
    Raw,
    /// Lower case, no brackets, without trailing dots.
    Undotted,
    /// `host`, or `host:port` if the URL has a port; no brackets.
    BareAuthority,
    /// `host`, or `host:port` if the URL has a port; brackets around IPv6.
    Authority,
    /// `host:port` with the port of the connection; brackets around IPv6.
    HostAndPort,
}

impl<'a> Pattern<'a> {
    /// Makes a pattern for every port and every kind of request.
    pub fn new(entry: &'a str, shape: Shape) -> Self {
        Self { entry, shape, port: Port::Any, scope: Scope::Any, subject: Subject::Host }
    }

    /// Restricts the pattern to a port.
    pub fn port(self, port: Port) -> Self {
        Self { port, ..self }
    }

    /// Restricts the pattern to a kind of request.
    pub fn scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Compares the pattern with another spelling of the host than [`Subject::Host`].
    pub fn on(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// Returns whether the pattern makes the client fail.
    pub fn is_failure(&self) -> bool {
        matches!(self.shape, Shape::Fails(_))
    }

    /// Returns whether the pattern covers the destination.
    pub fn covers(&self, destination: &Destination) -> bool {
        self.scope.holds(destination)
            && self.port.fits(destination)
            && self.shape.covers(self.subject.of(destination), destination)
    }
}

impl Port {
    fn fits(self, destination: &Destination) -> bool {
        match self {
            Self::Any => true,
            Self::Effective(port) => port == u32::from(destination.port()),
            Self::Explicit(port) => destination.has_explicit_port() && port == u32::from(destination.port()),
            Self::Unusual(port) => {
                destination.unusual_port().is_some_and(|unusual| port == u32::from(unusual))
            }
            Self::Never => false,
        }
    }
}

impl Scope {
    fn holds(self, destination: &Destination) -> bool {
        match self {
            Self::Any => true,
            Self::Names => destination.address().is_none(),
            Self::V4 => destination.address().is_some_and(|address| address.is_ipv4()),
            Self::V6 => destination.address().is_some_and(|address| address.is_ipv6()),
            Self::Http => !destination.is_https(),
            Self::Https => destination.is_https(),
        }
    }
}

impl Subject {
    fn of(self, destination: &Destination) -> &str {
        match self {
            Self::Host => destination.host(),
            Self::Bracketed => destination.bracketed(),
            Self::Raw => destination.raw(),
            Self::Undotted => destination.host().trim_end_matches('.'),
            Self::BareAuthority => destination.bare_authority(),
            Self::Authority => destination.authority(),
            Self::HostAndPort => destination.host_and_port(),
        }
    }
}

impl Shape {
    fn covers(&self, host: &str, destination: &Destination) -> bool {
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
            Self::Network(network) => destination.address().is_some_and(|address| network.contains(address)),
            Self::Resolved(network) => {
                destination.resolved().is_some_and(|address| network.contains(address))
            }
            Self::Range(first, last) => {
                matches!(destination.address(), Some(IpAddr::V4(address)) if (*first..=*last).contains(&address))
            }
            Self::Loopback => destination.is_loopback(),
            Self::WithoutDot => !host.contains('.'),
        }
    }
}

/// Returns whether the host is the domain or a subdomain. The empty domain contains every name that ends in a dot.
pub fn is_domain_of(domain: &str, host: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Returns whether the text matches the pattern, in which `*` stands for any text, possibly none. Matches each literal
/// part at the part's first occurrence and never goes back, so that a long pattern stays fast.
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

//! The destination of a request, parsed once for all models.

use std::net::IpAddr;

use super::pattern::is_domain_of;

/// The scheme, host and port of one URL.
///
/// Clients differ in whether they keep the letter case of the host, the brackets of an IPv6 address and an explicit
/// port. Each spelling is computed once, so that a model only names the spelling that its client compares.
#[derive(Clone, Debug)]
pub struct Destination {
    https: bool,
    raw: String,
    host: String,
    bracketed: String,
    authority: String,
    bare_authority: String,
    host_and_port: String,
    address: Option<IpAddr>,
    resolved: Option<IpAddr>,
    port: u16,
    path: String,
    explicit: bool,
}

impl Destination {
    /// Parses a URL. Returns `None` unless the scheme is http, https, ws, wss or tcp (the form of DOCKER_HOST) and
    /// the URL has a host that all programs parse alike.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim_ascii().split_once("://")?;
        // The docker CLI speaks TLS on port 2376 and plain HTTP on every other port.
        let tls_daemon = rest.trim_end_matches('/').ends_with(":2376");
        let schemes = [("http", false), ("ws", false), ("https", true), ("wss", true), ("tcp", tls_daemon)];
        let (_, https) = *schemes.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name))?;
        let (raw_host, digits) = written_authority(rest)?;
        let written_port = !digits.is_empty();
        let port = if written_port {
            digits.parse().ok()?
        } else if https {
            443
        } else {
            80
        };
        let bracketed = url::Host::parse(raw_host).ok()?.to_string();
        let host = unbracketed(&bracketed).to_owned();
        let raw = unbracketed(raw_host);
        let raw = if raw.eq_ignore_ascii_case(&host) { raw.to_owned() } else { host.clone() };
        let suffix = if written_port { format!(":{port}") } else { String::new() };
        Some(Self {
            https,
            raw,
            authority: format!("{bracketed}{suffix}"),
            bare_authority: format!("{host}{suffix}"),
            host_and_port: format!("{bracketed}:{port}"),
            address: host.parse().ok(),
            resolved: None,
            host,
            bracketed,
            port,
            path: path_of(rest),
            explicit: written_port,
        })
    }

    /// Adds the address that the host's name resolves to. Ruby compares this address with the list.
    #[must_use]
    pub fn resolved_to(mut self, address: IpAddr) -> Self {
        self.resolved = Some(address);
        self
    }

    /// Returns the host in lower case, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port that a client connects to: the explicit port, else the scheme's default.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL's path, without query; possibly empty.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Returns whether the URL asks for TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Returns the host in the letter case of the URL.
    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the host in lower case, an IPv6 address in brackets.
    pub(super) fn bracketed(&self) -> &str {
        &self.bracketed
    }

    /// Returns the host in lower case, an IPv6 address in brackets, followed by the port if it is explicit.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the host in lower case, an IPv6 address without brackets, followed by the port if it is explicit.
    pub(super) fn bare_authority(&self) -> &str {
        &self.bare_authority
    }

    /// Returns the host in lower case, an IPv6 address in brackets, followed by the port of the connection.
    pub(super) fn host_and_port(&self) -> &str {
        &self.host_and_port
    }

    /// Returns whether the port is one of a docker daemon.
    pub(super) fn is_daemon(&self) -> bool {
        matches!(self.port, 2375 | 2376)
    }

    /// Returns whether the URL contains a port.
    pub(super) fn has_explicit_port(&self) -> bool {
        self.explicit
    }

    /// Returns the port unless it is the scheme's default, which URL libraries drop.
    pub(super) fn unusual_port(&self) -> Option<u16> {
        let usual = if self.https { 443 } else { 80 };
        (self.port != usual).then_some(self.port)
    }

    /// Returns the host if it is an IP address.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Returns whether the host is loopback: `localhost`, or an address that is known to be loopback.
    pub(super) fn is_loopback(&self) -> bool {
        self.resolved().map_or(self.host == "localhost", |address| address.is_loopback())
    }

    /// Returns whether the host is a name below `localhost`, a link-local address, or an IPv4 loopback address in IPv6
    /// form such as `::ffff:127.0.0.1`.
    pub(super) fn is_link_local(&self) -> bool {
        match self.address {
            None => is_domain_of("localhost", self.host.trim_end_matches('.')),
            Some(IpAddr::V4(address)) => address.is_link_local(),
            Some(IpAddr::V6(address)) => {
                address.is_unicast_link_local() || address.to_canonical().is_loopback()
            }
        }
    }

    /// Returns the host if the host is an IP address, else the address from [`Destination::resolved_to`].
    pub(super) fn resolved(&self) -> Option<IpAddr> {
        self.address.or(self.resolved)
    }
}

fn path_of(rest: &str) -> String {
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    rest.find('/').map(|start| rest[start..].to_owned()).unwrap_or_default()
}

/// Returns the host and the port as written; the port is empty when the URL has none. Returns `None` for a URL that
/// programs parse differently: a URL without an authority, with blanks, or with a host that is neither ASCII nor
/// punycode.
fn written_authority(rest: &str) -> Option<(&str, &str)> {
    let authority = rest.split(['/', '?', '#', '\\']).next().filter(|authority| !authority.is_empty())?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, digits) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let odd = |letter: char| letter.is_ascii_whitespace() || letter.is_ascii_control();
    let plain = host.is_ascii() && !host.contains('%') && !rest.contains(odd);
    (plain && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some((host, digits))
}

/// Removes the brackets of an IPv6 address.
pub fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

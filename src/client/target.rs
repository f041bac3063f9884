//! What a client is asked to fetch, taken apart once and shared by every model.

use std::net::IpAddr;

/// The scheme, host and port of one URL, in the spellings that the clients compare.
///
/// Clients differ in whether they keep the letter case, the brackets of an IPv6 address and a port
/// that was written out; each spelling is made here once, so that models only choose between them.
#[derive(Clone, Debug)]
pub struct Target {
    https: bool,
    raw: String,
    host: String,
    bracketed: String,
    authority: String,
    bare_authority: String,
    address: Option<IpAddr>,
    resolved: Option<IpAddr>,
    port: u16,
    explicit: bool,
}

impl Target {
    /// Takes a URL apart; `None` when it is not one of http, https, ws, wss, tcp (what `DOCKER_HOST` says) with a host.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim_ascii().split_once("://")?;
        // The docker CLI itself speaks TLS on 2376 and plain HTTP elsewhere.
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
            address: host.parse().ok(),
            resolved: None,
            host,
            bracketed,
            port,
            explicit: written_port,
        })
    }

    /// The same target, knowing the address that its name resolves to: Ruby compares that too.
    #[must_use]
    pub fn resolved_to(mut self, address: IpAddr) -> Self {
        self.resolved = Some(address);
        self
    }

    /// The host in lower case, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port that a client connects to, written or not.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the URL asks for TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host in the letter case of the URL.
    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// The host in lower case, an IPv6 address in brackets.
    pub(super) fn bracketed(&self) -> &str {
        &self.bracketed
    }

    /// The host in brackets, with the port if the URL has one.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// The host without brackets, with the port if the URL has one.
    pub(super) fn bare_authority(&self) -> &str {
        &self.bare_authority
    }

    /// Whether the URL writes its port out.
    pub(super) fn has_explicit_port(&self) -> bool {
        self.explicit
    }

    /// The port if it is not the scheme's own: URL libraries drop that one.
    pub(super) fn unusual_port(&self) -> Option<u16> {
        let usual = if self.https { 443 } else { 80 };
        (self.port != usual).then_some(self.port)
    }

    /// The host, if it is an address.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The address that the host is or resolves to, as far as known.
    pub(super) fn resolved(&self) -> Option<IpAddr> {
        self.address.or(self.resolved)
    }
}

/// The host and the port as written; `None` for what programs would not take alike: no authority, blanks, a host
/// that is neither ASCII nor punycode.
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

/// The text without the brackets of an IPv6 address.
pub(super) fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

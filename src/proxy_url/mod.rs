//! The address of a proxy: read from a variable, repaired, written in one form, and redacted where it is shown.
//!
//! `not_a_proxy` refuses what people write instead of an address, `userinfo` handles user and password,
//! `remark` names repairs and doubts, `redact` makes texts that may be shown.

use std::fmt;

use anyhow::{Result, bail, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use url::Host;

mod not_a_proxy;
mod redact;
mod remark;
#[cfg(test)]
mod tests;
mod userinfo;

pub use redact::{ascii, redact, redact_proxy};
pub use remark::Remark;

/// The schemes of a proxy, each with its default port.
///
/// The `url` crate knows the ports of http and https only and prints neither; without a port libcurl 7 connects to 1080
/// and apk to 3128.
const SCHEMES: [(&str, u16); 6] =
    [("http", 80), ("https", 443), ("socks4", 1080), ("socks4a", 1080), ("socks5", 1080), ("socks5h", 1080)];

/// A proxy in the one written form that every client accepts: lower-case scheme, percent-encoded userinfo,
/// host, explicit port, no path.
///
/// `Display` and `Debug` show the userinfo as `***`; only [`ProxyUrl::expose`] returns the password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    scheme: &'static str,
    userinfo: Option<String>,
    host: String,
    port: u16,
}

impl ProxyUrl {
    /// Reads the value of a proxy variable and repairs what can be repaired without a guess.
    ///
    /// # Errors
    /// Says what is wrong and how to fix it, and never quotes the value: any part of the value may be a password.
    pub fn parse(value: &str) -> Result<(Self, Vec<Remark>)> {
        let mut remarks = Vec::new();
        let value = value.trim_ascii();
        let value = unquoted(value).inspect(|_| remarks.push(Remark::Quotes)).unwrap_or(value).trim_ascii();
        ensure!(!value.contains(|c: char| c.is_control()), "holds a control character; remove it");
        not_a_proxy::check(value)?;
        let ((scheme, default_port), rest) = match value.split_once("://") {
            // GNOME exports all_proxy=socks://HOST:PORT/ for SOCKS 5 (glib-networking, GSimpleProxyResolver).
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("socks") => {
                remarks.push(Remark::Socks);
                (known_scheme("socks5")?, rest)
            }
            Some((scheme, rest)) => (known_scheme(scheme)?, rest),
            None => {
                remarks.push(Remark::NoScheme);
                (SCHEMES[0], value)
            }
        };
        let (userinfo, rest) = userinfo::split(rest)?;
        if let Some(userinfo) = userinfo {
            not_a_proxy::check_userinfo(userinfo)?;
            remarks.extend(Remark::of_userinfo(userinfo));
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        not_a_proxy::check_address(&rest[..end], &rest[end..], value.contains("://"))?;
        if !matches!(&rest[end..], "" | "/") {
            remarks.push(Remark::Path);
        }
        let (host, port) = parse_authority(&rest[..end])?;
        if port.is_none() {
            remarks.push(Remark::NoPort(default_port));
        }
        let userinfo = userinfo.map(userinfo::encode).filter(|text| !text.is_empty());
        Ok((Self { scheme, userinfo, host, port: port.unwrap_or(default_port) }, remarks))
    }

    /// Whether `value` is exactly the address that leaves jobproxy.
    #[must_use]
    pub fn is_written_as(&self, value: &str) -> bool {
        self.with_userinfo(self.userinfo.as_deref()) == value
    }

    /// Returns the whole address with the password, for a file or an exported variable only.
    #[must_use]
    pub fn expose(&self) -> String {
        self.with_userinfo(self.userinfo.as_deref())
    }

    /// Lower-case scheme without `://`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Lower-case name or address; an IPv6 address has its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, written or implied by the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the address holds a user or a password.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.userinfo.is_some()
    }

    /// User and password, decoded, for a file that holds them apart from the address and for nothing else. U+FFFD stands
    /// for bytes that are not UTF-8.
    #[must_use]
    pub fn expose_login(&self) -> Option<(String, String)> {
        let text = |part: &str| String::from_utf8_lossy(&userinfo::decode(part)).into_owned();
        let (user, password) =
            self.userinfo.as_deref().map(|text| text.split_once(':').unwrap_or((text, "")))?;
        Some((text(user), text(password)))
    }

    /// The value of a Proxy-Authorization header (RFC 7617); `None` without user and password.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        let userinfo = userinfo::decode(self.userinfo.as_deref()?);
        let colon = if userinfo.contains(&b':') { "" } else { ":" };
        Some(format!("Basic {}", BASE64_STANDARD.encode([&userinfo, colon.as_bytes()].concat())))
    }

    /// Whether the host is a loopback name or address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host == "[::1]" || self.host.starts_with("127.")
    }

    fn with_userinfo(&self, userinfo: Option<&str>) -> String {
        let Self { scheme, host, port, .. } = self;
        match userinfo {
            Some(userinfo) => format!("{scheme}://{userinfo}@{host}:{port}"),
            None => format!("{scheme}://{host}:{port}"),
        }
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_userinfo(self.userinfo.as_ref().map(|_| "***")))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

/// Returns the text inside the quotes, where one pair of quotes encloses the whole text. `.env` files and YAML inside
/// YAML leave such quotes behind.
#[must_use]
pub fn unquoted(text: &str) -> Option<&str> {
    let inside = ['"', '\''].into_iter().find_map(|quote| {
        text.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.contains(quote))
    });
    inside.filter(|inside| !inside.trim_ascii().is_empty())
}

fn known_scheme(scheme: &str) -> Result<(&'static str, u16)> {
    match SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known)) {
        Some(found) => Ok(*found),
        None => bail!(
            "the scheme is none of http, https, socks4, socks4a, socks5, socks5h; write http://HOST:PORT"
        ),
    }
}

/// Splits host and port, and checks both.
fn parse_authority(authority: &str) -> Result<(String, Option<u16>)> {
    let name_end = authority.rfind(']').unwrap_or(0);
    let (host, port) = match authority[name_end..].rfind(':') {
        Some(at) => (&authority[..name_end + at], Some(&authority[name_end + at + 1..])),
        None => (authority, None),
    };
    ensure!(!host.is_empty(), "has no host; write http://HOST:PORT");
    ensure!(host.is_ascii(), "the host is not ASCII; write it in punycode (xn--...)");
    let port = match port.filter(|port| !port.is_empty()) {
        None => None,
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port > 0 && !digits.starts_with('+') => Some(port),
            _ => bail!(
                "the port is not a number from 1 to 65535; write http://HOST:PORT, \
                 and %23, %2F, %3F, %40 for a '#', '/', '?', '@' in the password"
            ),
        },
    };
    // The URL standard lets a name hold quotes and escapes (WHATWG URL, "forbidden domain code point"); git's config
    // and DNS do not, and without Unicode tables an escaped letter outside ASCII must not reach `Host`.
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte));
    match Some(host).filter(|_| plain).and_then(|host| Host::parse(host).ok()) {
        Some(host) => Ok((host.to_string(), port)),
        None => bail!("the host is not a valid name or address; write http://HOST:PORT"),
    }
}

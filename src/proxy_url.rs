//! A proxy's address: accepted, repaired, and redacted wherever it is shown.

use std::fmt;

use anyhow::{Result, bail, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Host;

/// The schemes a proxy may have and the port each means when none is written.
///
/// `url` knows the ports of http and https only, and prints neither; libcurl 7 then dials 1080 and apk 3128.
const SCHEMES: [(&str, u16); 6] =
    [("http", 80), ("https", 443), ("socks4", 1080), ("socks4a", 1080), ("socks5", 1080), ("socks5h", 1080)];

/// A proxy in the one written form that every client accepts: lower-case scheme, percent-encoded userinfo,
/// host, explicit port, no path.
///
/// `Display` and `Debug` show the userinfo as `***`; only [`ProxyUrl::expose`] gives it away.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    scheme: &'static str,
    userinfo: Option<String>,
    host: String,
    port: u16,
}

/// What was mended in a value, in words that never hold any of its userinfo.
pub type Repairs = Vec<&'static str>;

impl ProxyUrl {
    /// Reads the value of a proxy variable, mending what can be mended without a guess.
    ///
    /// # Errors
    /// Says what is wrong and how to mend it, and never quotes the value: any part of it may be a password.
    pub fn parse(value: &str) -> Result<(Self, Repairs)> {
        let value = value.trim_ascii();
        let mut repairs = Repairs::new();
        ensure!(!value.contains(|c: char| c.is_control()), "holds a control character; remove it");
        let ((scheme, default_port), rest) = if let Some((scheme, rest)) = value.split_once("://") {
            (known_scheme(scheme)?, rest)
        } else {
            repairs.push("no scheme, read as http://");
            (SCHEMES[0], value)
        };
        let (userinfo, rest) = split_userinfo(rest)?;
        ensure!(
            value.contains("://") || !rest.contains(":/"),
            "has ':/' where '://' ends a scheme; write http://HOST:PORT"
        );
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if !matches!(&rest[end..], "" | "/") {
            repairs.push("its path was dropped, a proxy has none");
        }
        let (host, port) = parse_authority(&rest[..end])?;
        if port.is_none() {
            repairs.push(match default_port {
                80 => "no port, 80 added",
                443 => "no port, 443 added",
                _ => "no port, 1080 added",
            });
        }
        let userinfo = userinfo.map(encode_userinfo).filter(|text| !text.is_empty());
        Ok((Self { scheme, userinfo, host, port: port.unwrap_or(default_port) }, repairs))
    }

    /// The whole address with its password, for a file or an export and nothing else.
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

    /// Whether it carries a user name or a password.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.userinfo.is_some()
    }

    /// The value of a Proxy-Authorization header, when it carries credentials.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        let userinfo = decode(self.userinfo.as_deref()?);
        let colon = if userinfo.contains(&b':') { "" } else { ":" };
        Some(format!("Basic {}", BASE64_STANDARD.encode([&userinfo, colon.as_bytes()].concat())))
    }

    /// A text of the proxy's, without any part of the credentials that it may have echoed.
    #[must_use]
    pub fn hide_in(&self, text: &str) -> String {
        let userinfo = self.userinfo.as_deref().unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decode(userinfo)).into_owned();
        let echoes = |secret: &str| secret.split(':').any(|part| part.len() > 2 && text.contains(part));
        if echoes(userinfo) || echoes(&decoded) { "***".to_owned() } else { text.to_owned() }
    }

    /// Whether the host is the machine (or container) itself.
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

/// A text as a job log can take it: everything but printable ASCII is escaped.
#[must_use]
pub fn ascii(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' '..='~' => shown.push(letter),
            _ => shown.extend(letter.escape_unicode()),
        }
    }
    shown
}

/// Any text that may be a URL, in ASCII and with its userinfo hidden: all before the last `@` but the scheme.
#[must_use]
pub fn redact(text: &str) -> String {
    let text = ascii(text);
    let Some((userinfo, rest)) = text.rsplit_once('@') else { return text };
    let scheme = userinfo
        .split_once("://")
        .and_then(|(scheme, _)| SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known)));
    match scheme {
        Some((scheme, _)) => format!("{scheme}://***@{rest}"),
        None => format!("***@{rest}"),
    }
}

/// The bytes of a text with percent-escapes.
fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

fn known_scheme(scheme: &str) -> Result<(&'static str, u16)> {
    match SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known)) {
        Some(found) => Ok(*found),
        None => bail!(
            "the scheme is none of http, https, socks4, socks4a, socks5, socks5h; write http://HOST:PORT"
        ),
    }
}

/// Splits `user:password@` off. A `#`, `/`, `?` or `@` before the last `@` is a password that was not encoded:
/// every client cuts such a value at another place.
fn split_userinfo(rest: &str) -> Result<(Option<&str>, &str)> {
    let Some((userinfo, host)) = rest.rsplit_once('@') else { return Ok((None, rest)) };
    for (c, escape) in [('#', "%23"), ('/', "%2F"), ('?', "%3F"), ('@', "%40")] {
        ensure!(
            !userinfo.contains(c),
            "the password holds an unescaped '{c}'; percent-encode it: write it as {escape}"
        );
    }
    Ok((Some(userinfo), host))
}

/// Host and port.
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
                 and percent-encode a '#', '/', '?' or '@' in the password"
            ),
        },
    };
    // The URL standard lets a name hold quotes and escapes (WHATWG URL, "forbidden domain code point"); git's config
    // and DNS do not, and without Unicode tables an escape of what is not ASCII must not come as far as `Host`.
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte));
    match Some(host).filter(|_| plain).and_then(|host| Host::parse(host).ok()) {
        Some(host) => Ok((host.to_string(), port)),
        None => bail!("the host is not a valid name or address; write http://HOST:PORT"),
    }
}

/// What stands for itself in a user name or a password. `+` is not among these characters because busybox and Ruby
/// read it as a blank, `;` and `=` because aiohttp and yarl-alikes escape them a second time when they stand raw
/// (measured); of the other sub-delimiters every client takes both forms.
const USERINFO: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',');

/// Encodes user name and password. Escapes that are there stay; a `%` without two hexadecimal digits is encoded.
fn encode_userinfo(raw: &str) -> String {
    let (user, password) = raw.split_once(':').map_or((raw, None), |(user, rest)| (user, Some(rest)));
    let mut encoded = String::with_capacity(raw.len());
    encode_into(&mut encoded, user);
    if let Some(password) = password {
        encoded.push(':');
        encode_into(&mut encoded, password);
    }
    encoded
}

fn encode_into(encoded: &mut String, raw: &str) {
    for (at, part) in raw.split('%').enumerate() {
        if at > 0 {
            let is_escape = part.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            encoded.push_str(if is_escape { "%" } else { "%25" });
        }
        encoded.extend(utf8_percent_encode(part, USERINFO));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposed(value: &str) -> String {
        ProxyUrl::parse(value).unwrap().0.expose()
    }

    fn error(value: &str) -> String {
        ProxyUrl::parse(value).unwrap_err().to_string()
    }

    #[test]
    fn every_value_gets_the_form_that_every_client_accepts() {
        for (value, expected) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("  http://proxy:3128/ ", "http://proxy:3128"),
            ("172.17.0.1:3128", "http://172.17.0.1:3128"),
            ("proxy.corp:8080", "http://proxy.corp:8080"),
            ("localhost:3128", "http://localhost:3128"),
            ("[::1]:3128", "http://[::1]:3128"),
            ("[FD00:0::1]", "http://[fd00::1]:80"),
            ("proxy", "http://proxy:80"),
            ("HTTP://Proxy.Corp", "http://proxy.corp:80"),
            ("https://proxy.corp/", "https://proxy.corp:443"),
            ("SOCKS5h://Proxy.Corp", "socks5h://proxy.corp:1080"),
            ("socks4://p:1", "socks4://p:1"),
            ("http://proxy:080", "http://proxy:80"),
            ("http://proxy:", "http://proxy:80"),
            ("http://proxy:3128/path?query#fragment", "http://proxy:3128"),
            ("http://my_proxy:3128", "http://my_proxy:3128"),
            ("user:pw@proxy:3128", "http://user:pw@proxy:3128"),
            ("http://user@proxy:3128", "http://user@proxy:3128"),
            ("http://@proxy:3128", "http://proxy:3128"),
            ("http://u:p%40s%2fs@proxy:1", "http://u:p%40s%2fs@proxy:1"),
            ("http://u:p+w%@proxy:1", "http://u:p%2Bw%25@proxy:1"),
            ("http://u:p%zz@proxy:1", "http://u:p%25zz@proxy:1"),
            ("http://CORP\\alice:a:b c@proxy:1", "http://CORP%5Calice:a%3Ab%20c@proxy:1"),
            ("http://u:\u{e9}\u{20ac}@proxy:1", "http://u:%C3%A9%E2%82%AC@proxy:1"),
            ("http://u:a!$&'()*,;=[]@proxy:1", "http://u:a!$&'()*,%3B%3D%5B%5D@proxy:1"),
        ] {
            assert_eq!(exposed(value), expected, "{value}");
            assert_eq!(exposed(expected), expected, "repairing twice: {value}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_a_remedy() {
        for (value, part) in [
            ("http://user:s3#cret@proxy:3128", "unescaped '#'; percent-encode it: write it as %23"),
            ("http://user:s3/cret@proxy:3128", "%2F"),
            ("http://user:s3?cret@proxy:3128", "%3F"),
            ("http://user:s3@cret@proxy:3128", "%40"),
            ("http://user:s3#cret", "the port is not a number"),
            ("ftp://proxy:21", "the scheme is none of"),
            ("http://", "has no host"),
            ("http://:3128", "has no host"),
            ("http:///path", "has no host"),
            ("http://user:pw@", "has no host"),
            ("http://proxy:99999", "from 1 to 65535"),
            ("http://proxy:0", "from 1 to 65535"),
            ("http://proxy:+80", "from 1 to 65535"),
            ("http:proxy:3128", "not a valid name"),
            ("A%AEAE", "not a valid name"),
            ("\"", "not a valid name"),
            ("http://pro'xy:3128", "not a valid name"),
            ("http://proxy;x:3128", "not a valid name"),
            ("http://$(id):3128", "not a valid name"),
            ("http:/proxy:3128", "has ':/' where '://' ends a scheme"),
            ("http://pro xy:3128", "not a valid name"),
            ("http://[::1:3128", "not a valid name"),
            ("http://::1:3128", "not a valid name"),
            ("http://b\u{fc}cher:3128", "punycode"),
            ("http://proxy\n:3128", "control character"),
            ("http://proxy:31\t28", "control character"),
            ("http://256.1.1.1:3128", "not a valid name"),
        ] {
            let error = error(value);
            assert!(error.contains(part), "{value}: {error}");
            assert!(!error.contains("s3") && !error.contains("cret"), "{value}: {error}");
        }
    }

    #[test]
    fn credentials_are_decoded_for_the_header() {
        let header = |value: &str| ProxyUrl::parse(value).unwrap().0.authorization();
        assert_eq!(header("http://alice:p%40ss@p").as_deref(), Some("Basic YWxpY2U6cEBzcw=="));
        assert_eq!(header("http://alice@p").as_deref(), Some("Basic YWxpY2U6"));
        assert_eq!(header("http://p"), None);
        assert_eq!(header("http://u:50%+1@p").as_deref(), Some("Basic dTo1MCUrMQ=="), "%+1 is no escape");
    }

    #[test]
    fn nothing_that_is_shown_holds_the_userinfo() {
        let (proxy, _) = ProxyUrl::parse("http://alice:s3cret@proxy:3128").unwrap();
        assert_eq!(proxy.to_string(), "http://***@proxy:3128");
        assert_eq!(format!("{proxy:?}"), "ProxyUrl(http://***@proxy:3128)");
        for (text, shown) in [
            ("http://alice:s3cret@proxy", "http://***@proxy"),
            ("alice:s3cret@proxy", "***@proxy"),
            ("s3cret://x@proxy", "***@proxy"),
            ("http://a:s3@cret@proxy", "http://***@proxy"),
            ("proxy", "proxy"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }
}

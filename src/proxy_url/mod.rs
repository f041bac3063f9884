//! A proxy's address: accepted, repaired, and redacted wherever it is shown.

use std::fmt;

use anyhow::{Result, bail, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Host;

mod not_a_proxy;

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
        let (userinfo, rest) = split_userinfo(rest)?;
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
        let userinfo = userinfo.map(encode_userinfo).filter(|text| !text.is_empty());
        Ok((Self { scheme, userinfo, host, port: port.unwrap_or(default_port) }, remarks))
    }

    /// Whether `value` is exactly the address that leaves jobproxy.
    #[must_use]
    pub fn is_written_as(&self, value: &str) -> bool {
        self.with_userinfo(self.userinfo.as_deref()) == value
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

/// What a person should know of a value that was accepted. The text holds nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// One pair of quotes stood around the whole value.
    Quotes,
    /// The scheme is `socks`.
    Socks,
    /// There is no scheme.
    NoScheme,
    /// There is no port; the scheme's own port was added.
    NoPort(u16),
    /// Something other than `/` stands behind host and port.
    Path,
    /// The user is empty.
    EmptyUser,
    /// The password is empty.
    EmptyPassword,
    /// `%%`: the escape of a percent sign in a systemd unit (systemd.unit(5), "Specifiers").
    DoubledPercent,
    /// `%25` and two hexadecimal digits: an escape that was escaped.
    DoubleEncoded,
    /// `%0A` or `%0D`.
    EncodedLineBreak,
}

impl Remark {
    /// Whether the value was changed; a remark on a value that only looks wrong changes nothing.
    #[must_use]
    pub fn is_repair(self) -> bool {
        matches!(self, Self::Quotes | Self::Socks | Self::NoScheme | Self::NoPort(_) | Self::Path)
    }

    fn of_userinfo(userinfo: &str) -> impl Iterator<Item = Self> {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, "-"));
        let lower = userinfo.to_ascii_lowercase();
        let hex = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count() >= 2;
        [
            (Self::EmptyUser, user.is_empty()),
            (Self::EmptyPassword, password.is_empty()),
            (Self::DoubledPercent, userinfo.split("%%").skip(1).any(hex)),
            (Self::DoubleEncoded, userinfo.split("%25").skip(1).any(hex)),
            (Self::EncodedLineBreak, lower.contains("%0a") || lower.contains("%0d")),
        ]
        .into_iter()
        .filter_map(|(remark, applies)| applies.then_some(remark))
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quotes => "removed the quotes around the value; write the value without quotes",
            Self::Socks => "socks:// is GNOME's spelling of socks5://; read as socks5://",
            Self::NoScheme => "no scheme, read as http://",
            Self::NoPort(80) => "no port, added 80",
            Self::NoPort(443) => "no port, added 443",
            Self::NoPort(_) => "no port, added 1080",
            Self::Path => "removed the path; a proxy has none",
            Self::EmptyUser => "the user is empty: a protected or missing variable?",
            Self::EmptyPassword => "the password is empty: a protected or missing variable?",
            Self::DoubledPercent => {
                "holds '%%', which only a systemd unit needs; write a single '%' before an escape"
            }
            Self::DoubleEncoded => {
                "holds '%25' before two hexadecimal digits: encoded twice? write each escape once, for example %40"
            }
            Self::EncodedLineBreak => {
                "user or password holds an encoded line break (%0A or %0D): copied from a file? remove it"
            }
        })
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

/// The value of a proxy variable, or of a key that holds a proxy, as people may see it: with the userinfo as `***`, and
/// nothing at all of a value that is no proxy address, since a password may stand anywhere in such a value.
#[must_use]
pub fn redact_proxy(value: &str) -> String {
    match ProxyUrl::parse(value) {
        Ok((proxy, remarks)) if remarks.contains(&Remark::Path) => proxy.to_string(),
        Ok(_) => redact(value),
        Err(_) if value.trim_ascii().is_empty() => value.to_owned(),
        Err(_) => "***".to_owned(),
    }
}

/// The text inside one pair of quotes, when that pair stands around the whole text: `.env` files and YAML inside YAML
/// leave quotes behind.
#[must_use]
pub fn unquoted(text: &str) -> Option<&str> {
    let inside = ['"', '\''].into_iter().find_map(|quote| {
        text.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.contains(quote))
    });
    inside.filter(|inside| !inside.trim_ascii().is_empty())
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
            ("'http://proxy:3128'", "http://proxy:3128"),
            ("\" proxy:3128 \"", "http://proxy:3128"),
            ("socks://proxy:80/", "socks5://proxy:80"),
            ("Socks://proxy", "socks5://proxy:1080"),
            ("http:8080", "http://http:8080"),
            ("http://none.corp:3128", "http://none.corp:3128"),
            ("http://u:a$PASS@proxy:1", "http://u:a$PASS@proxy:1"),
            ("http://u:$ecret@proxy:1", "http://u:$ecret@proxy:1"),
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
            ("http:proxy:3128", "has 'http:' where 'http://' belongs"),
            ("A%AEAE", "not a valid name"),
            ("\"", "not a valid name"),
            ("http://pro'xy:3128", "not a valid name"),
            ("http://proxy;x:3128", "not a valid name"),
            ("http://$(id):3128", "not a valid name"),
            ("http:/proxy:3128", "has 'http:/' where 'http://' belongs"),
            ("foo:/proxy:3128", "has ':/' where '://' ends a scheme"),
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
    fn a_value_that_is_no_proxy_is_refused_in_words_of_its_own() {
        for (values, part) in [
            (
                &["http://$USER:$PASS@p:1", "http://${USER}:x@p:1", "http://a${USER}:x@p:1"][..],
                "the unexpanded variable $",
            ),
            (&["$HTTP_PROXY", "http://$PROXY_HOST:3128", "$http_proxy"], "holds the unexpanded variable $"),
            (&["http://${proxy_host}:${port}", "${HTTP_PROXY}"], "holds the unexpanded variable ${"),
            (
                &["http://%USER%:x@p:1", "%HTTP_PROXY%", "http://%PROXY%:80"],
                "holds the unexpanded variable %",
            ),
            (
                &["http://u:$PASS@p:1", "http://u:${pass}@p:1"],
                "holds the unexpanded variable $*** in place of the password",
            ),
            (&["http://$user:$pass@p:1"], "holds the unexpanded variable $user;"),
            (
                &["http://:@p:1", ":@p:1"],
                "user and password are both empty: a protected or missing variable?",
            ),
            (&["http://[MASKED]@p", "[MASKED]", "http://alice:[masked]@p:1"], "holds [MASKED]"),
            (
                &["http://<user>:<password>@p:1", "<user>@p:1", "http://<host>:<port>", "<proxy>"],
                "a placeholder in <...>",
            ),
            (
                &["none", "DIRECT", "-", ".", "off", "http://none", "no", "false", "NULL"],
                "is no proxy; to switch the proxy off for one job",
            ),
            (&["true", "auto", "http://default/"], "is no proxy; write http://HOST:PORT"),
            (
                &["http//proxy:3128", "https//proxy", "HTTP:/proxy", "http:\\\\proxy:3128", "http:proxy"],
                "belongs; write",
            ),
            (&["http://http://proxy:3128"], "has two schemes"),
            (
                &[
                    "HTTP_PROXY=http://p:1 HTTPS_PROXY=http://p:1 NO_PROXY=x",
                    "http_proxy=p:1",
                    "export HTTP_PROXY=p:1",
                    "http://p:1 https_proxy=http://p:1",
                ],
                "holds an assignment",
            ),
            (
                &[
                    "http://w/proxy.pac",
                    "http://wpad/wpad.dat",
                    "http://w:8080/a/Proxy.PAC?x=1",
                    "file:///etc/proxy.pac",
                    "pac+http://w/x",
                ],
                "t",
            ),
            (&["http=proxy:80;https=proxy:443"], "the form of Windows"),
            (&["PROXY proxy:8080; DIRECT"], "a line of a PAC script"),
            (&["http://a:1,http://b:1", "a:1,b:1"], "names several proxies"),
            (&["3128", "http://8080"], "is a number without a host"),
        ] {
            for value in values {
                let error = error(value);
                assert!(error.contains(part), "{value}: {error}");
                assert!(!error.contains("pass@") && !error.contains("$PASS"), "{value}: {error}");
            }
        }
    }

    #[test]
    fn a_value_that_looks_wrong_is_taken_with_a_remark() {
        use Remark::*;
        for (value, expected) in [
            ("http://u:p%%5Cw@h:1", DoubledPercent),
            ("http://u:p%2540w@h:1", DoubleEncoded),
            ("http://u:pw%0A@h:1", EncodedLineBreak),
            ("http://u:pw%0d%0a@h:1", EncodedLineBreak),
            ("http://u:@h:1", EmptyPassword),
            ("http://:pw@h:1", EmptyUser),
            ("http://@h:1", EmptyUser),
            ("'http://h:1'", Quotes),
            ("socks://h:1", Socks),
        ] {
            assert_eq!(ProxyUrl::parse(value).unwrap().1, [expected], "{value}");
        }
        for value in ["http://u:p%%w@h:1", "http://u:100%25@h:1", "http://u@h:1", "http://h:1"] {
            assert_eq!(ProxyUrl::parse(value).unwrap().1, [], "{value}");
        }
    }

    #[test]
    fn of_a_value_that_is_no_proxy_nothing_is_shown() {
        for (value, shown) in [
            ("http://alicia:s3cret%40p:1", "***"),
            ("http://alicia:s3cret", "***"),
            ("http://alicia:s3cret#p:1", "***"),
            ("alicia:s3cret:p:1", "***"),
            ("s3cret p", "***"),
            ("http://alicia:s3cret@p:1", "http://***@p:1"),
            ("http://p:1", "http://p:1"),
            ("p:1", "p:1"),
            ("http://p:1/?s3cret", "http://p:1"),
            ("", ""),
        ] {
            assert_eq!(redact_proxy(value), shown);
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

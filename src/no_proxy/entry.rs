//! The grammar of one NO_PROXY entry.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use Reason::{
    Bracketed, Brackets, Cidr, EmptyLabel, EmptyPort, Ipv6Port, Ipv6Range, Lossless, NotACidr, NotAName,
    NotAPort, OneAddress, Placeholder, Prefix, Punycode, Quotes, Suffix, TooLarge, Url, Wildcard,
};

/// What becomes of an IPv4 range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CidrPolicy {
    /// Removed: about half of the clients ignore it.
    #[default]
    Strip,
    /// Kept with its host bits cleared.
    Keep,
    /// Replaced by its addresses when they are at most [`EXPAND_LIMIT`].
    Expand,
}

/// How many addresses a range may have to be replaced by them.
pub const EXPAND_LIMIT: u32 = 256;

/// Why an entry was changed or removed. Each is one row of the table in `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Written differently, means the same to every client.
    Lossless,
    /// `*.corp`.
    Suffix,
    /// `[::1]`.
    Bracketed,
    /// `10.1.2.3/32`, `fd00::1/128`.
    OneAddress,
    /// `*corp`, `10.*`, `a.*.b`.
    Wildcard,
    /// `10.`, `192.168`.
    Prefix,
    /// An IPv4 range under [`CidrPolicy::Strip`].
    Cidr,
    /// An IPv4 range too large for [`CidrPolicy::Expand`].
    TooLarge,
    /// Any IPv6 range.
    Ipv6Range,
    /// `10.0.0.0/99`, `/24`, `1.2.3.4/x`.
    NotACidr,
    /// `[fd00::1]:8080`.
    Ipv6Port,
    /// Brackets around something that is no IPv6 address.
    Brackets,
    /// A scheme or a path around a host.
    Url,
    /// `<local>`.
    Placeholder,
    /// `foo:notaport`, `foo:99999`.
    NotAPort,
    /// `foo:`.
    EmptyPort,
    /// `:8080`, `*:8080`.
    AnyHost,
    /// `a..b`.
    EmptyLabel,
    /// Single, double or back quotes.
    Quotes,
    /// A control character.
    Control,
    /// A name that is not ASCII.
    Punycode,
    /// Anything else that is no host.
    NotAName,
    /// `a;b|c`.
    Separator,
    /// Everything beside `*`.
    Everything,
    /// What stands before an `@` that is no URL's.
    Userinfo,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Lossless => "canonical form",
            Suffix => "a suffix in this form is right in 66 of 70 clients, with *. in 19",
            Bracketed => "brackets make httpx fail every request",
            OneAddress => "a range of one address",
            Wildcard => "prefix or inner wildcard, no client honours it",
            Prefix => "a part of an address, no client honours it",
            Cidr => "CIDR range, half of the clients ignore it; see --cidr keep|expand",
            TooLarge => "CIDR range of more than 256 addresses, too many to expand",
            Ipv6Range => "IPv6 range, it makes httpx fail every request",
            NotACidr => "not a CIDR range",
            Ipv6Port => {
                "no client reads a port after an IPv6 address; the port is lost, all its ports are direct"
            }
            Brackets => "brackets around something that is not an IPv6 address",
            Url => "only host and port of a URL count",
            Placeholder => "a placeholder of browsers, no client honours it; name the hosts",
            NotAPort => "the port is not a number from 1 to 65535",
            EmptyPort => "a colon without a port",
            Reason::AnyHost => "a port without a host, it means every host to some clients",
            EmptyLabel => "an empty label, not a host name",
            Quotes => "quotes are part of the value here; write the name without them",
            Reason::Control => "holds a control character",
            Punycode => "not ASCII; write it in punycode (xn--...)",
            NotAName => "not a host name or address",
            Reason::Separator => "no client reads ';' or '|' as a separator; split at it",
            Reason::Userinfo => "all before an '@' may be a password; name hosts only",
            Reason::Everything => "a '*' in it means every host",
        })
    }
}

/// One entry, read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `*`: every host.
    Everything,
    /// The canonical entries it stands for (a range may become many), and why where they read differently.
    Kept(Vec<String>, Option<Reason>),
    /// No entry can stand for it.
    Stripped(Reason),
}

impl Entry {
    /// Reads one entry that holds no comma, blank, `;` or `|`.
    #[must_use]
    pub fn parse(raw: &str, cidr: CidrPolicy) -> Self {
        if raw == "*" {
            return Self::Everything;
        }
        match canonical(raw, cidr) {
            Ok((entries, reason)) => {
                let reason = reason.or_else(|| (entries != [raw]).then_some(Lossless));
                Self::Kept(entries, reason)
            }
            Err(reason) => Self::Stripped(reason),
        }
    }
}

type Canonical = Result<(Vec<String>, Option<Reason>), Reason>;

fn canonical(raw: &str, cidr: CidrPolicy) -> Canonical {
    if let Some(reason) = forbidden(raw) {
        return Err(reason);
    }
    if let Some((_, rest)) = raw.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        return host_and_port(host).map(|(entry, lost)| (vec![entry], lost.or(Some(Url))));
    }
    match raw.split_once('/') {
        None => host_and_port(raw).map(|(entry, lost)| (vec![entry], lost)),
        Some((host, suffix)) => range_or_path(host, suffix, cidr),
    }
}

/// Characters that no entry can hold.
fn forbidden(raw: &str) -> Option<Reason> {
    [
        (raw.contains(|c: char| c.is_control()), Reason::Control),
        (!raw.is_ascii(), Punycode),
        (raw.contains(['"', '\'', '`']), Quotes),
        (raw.contains(['<', '>']), Placeholder),
    ]
    .into_iter()
    .find_map(|(found, reason)| found.then_some(reason))
}

/// `host:port` in canonical form.
fn host_and_port(raw: &str) -> Result<(String, Option<Reason>), Reason> {
    if let Ok(address) = raw.parse::<Ipv6Addr>() {
        return Ok((address.to_string(), None));
    }
    if let Some(rest) = raw.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or(Brackets)?;
        let address = address.parse::<Ipv6Addr>().map_err(|_| Brackets)?.to_string();
        return match after {
            "" => Ok((address, Some(Bracketed))),
            _ => port(after.strip_prefix(':').ok_or(Brackets)?).map(|_| (address, Some(Ipv6Port))),
        };
    }
    let suffix = raw.starts_with("*.").then_some(Suffix);
    let Some((name, digits)) = raw.split_once(':') else { return Ok((host(raw)?, suffix)) };
    if digits.contains(':') {
        return Err(NotAName);
    }
    if matches!(name, "" | "*") {
        return Err(Reason::AnyHost);
    }
    let name = host(name)?;
    match digits {
        "" => Ok((name, Some(EmptyPort))),
        _ => Ok((format!("{name}:{}", port(digits)?), suffix)),
    }
}

fn port(digits: &str) -> Result<u16, Reason> {
    match digits.parse() {
        Ok(port) if port > 0 && !digits.starts_with('+') => Ok(port),
        _ => Err(NotAPort),
    }
}

/// A name, a suffix with its leading dot, or an IPv4 address.
///
/// `*.suffix` becomes `.suffix`: that form is right in 66 of 70 client builds, `*.` in 19 (measured).
fn host(raw: &str) -> Result<String, Reason> {
    let lower = raw.to_ascii_lowercase();
    let name = lower.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(&lower);
    if name.contains('*') || name == "." && lower != "." {
        return Err(Wildcard);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let labels = name.strip_prefix('.').unwrap_or(name);
    if labels.split('.').any(str::is_empty) {
        return Err(EmptyLabel);
    }
    if !labels.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        return Err(NotAName);
    }
    let last = labels.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) {
        // A name cannot end in a number (WHATWG URL, "ends in a number checker"): it is an address or a part of one.
        return match name.parse::<Ipv4Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) if labels.split('.').count() < 4 || name.starts_with('.') => Err(Prefix),
            Err(_) => Err(NotAName),
        };
    }
    Ok(name.to_owned())
}

/// `ADDRESS/BITS`, or a name with a path.
fn range_or_path(host: &str, suffix: &str, cidr: CidrPolicy) -> Canonical {
    if host.contains('*') {
        return Err(Wildcard);
    }
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let bits =
        Some(suffix).filter(|s| s.bytes().all(|b| b.is_ascii_digit())).and_then(|s| s.parse::<u8>().ok());
    match (address.parse::<IpAddr>().ok(), bits) {
        (Some(IpAddr::V4(address)), Some(32)) => Ok((vec![address.to_string()], Some(OneAddress))),
        (Some(IpAddr::V6(address)), Some(128)) => Ok((vec![address.to_string()], Some(OneAddress))),
        (Some(IpAddr::V4(address)), Some(bits @ 0..32)) => ipv4_range(address, bits, cidr),
        (Some(IpAddr::V6(_)), Some(0..128)) => Err(Ipv6Range),
        (None, None) if !host.is_empty() => {
            host_and_port(host).map(|(entry, lost)| (vec![entry], lost.or(Some(Url))))
        }
        _ => Err(NotACidr),
    }
}

fn ipv4_range(address: Ipv4Addr, bits: u8, cidr: CidrPolicy) -> Canonical {
    let first = address.to_bits() & !(u32::MAX >> bits);
    match (cidr, 1_u32.checked_shl(32 - u32::from(bits))) {
        (CidrPolicy::Strip, _) => Err(Cidr),
        (CidrPolicy::Keep, _) => Ok((vec![format!("{}/{bits}", Ipv4Addr::from_bits(first))], None)),
        (CidrPolicy::Expand, Some(count @ 0..=EXPAND_LIMIT)) => {
            Ok(((0..count).map(|n| Ipv4Addr::from_bits(first + n).to_string()).collect(), None))
        }
        (CidrPolicy::Expand, _) => Err(TooLarge),
    }
}

//! The grammar of one NO_PROXY entry.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::range::Range;
pub use super::reason::Reason;
use crate::proxy_url::unquoted;

use Reason::{
    AnyPort, Bracketed, Brackets, Cidr, EmptyLabel, EmptyPort, Ipv6Port, Ipv6Range, Lossless, NotACidr,
    NotAName, NotAPort, OneAddress, Path, Placeholder, Prefix, Punycode, Quoted, Quotes, Suffix, Unexpanded,
    Url, Wildcard,
};

/// How an IPv4 range, or a prefix such as `10.*`, is handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CidrPolicy {
    /// Removed, since about half of the clients ignore ranges.
    #[default]
    Strip,
    /// Kept as ADDRESS/BITS with its host bits cleared.
    Keep,
    /// Replaced by its addresses, where there are at most [`EXPAND_LIMIT`].
    Expand,
}

/// The most addresses of a range that is replaced by its addresses.
pub const EXPAND_LIMIT: u32 = 256;

/// One entry, read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `*`: every host.
    Everything,
    /// The canonical entry, and the reason where that differs from the written entry.
    Kept(String, Option<Reason>),
    /// A range of several addresses, and the reason why a range is removed.
    Range(Range, Reason),
    /// Text that no entry can express.
    Unusable(Reason),
}

impl Entry {
    /// Reads one entry that holds no comma, blank, `;` or `|`.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        if raw == "*" {
            return Self::Everything;
        }
        if let Some(inside) = unquoted(raw) {
            return match Self::parse(inside) {
                Self::Kept(entry, reason) => Self::Kept(entry, reason.or(Some(Quoted))),
                other => other,
            };
        }
        match canonical(raw) {
            Ok((entry, reason)) => {
                let reason = reason.or_else(|| (entry != raw).then_some(Lossless));
                Self::Kept(entry, reason)
            }
            Err(reason @ (Cidr | Ipv6Range | Wildcard | Prefix)) => {
                range(raw).map_or(Self::Unusable(reason), |range| match range.single() {
                    Some(address) => Self::Kept(address.to_string(), Some(OneAddress)),
                    None => Self::Range(range, if reason == Wildcard { Prefix } else { reason }),
                })
            }
            Err(reason) => Self::Unusable(reason),
        }
    }
}

fn range(raw: &str) -> Option<Range> {
    match raw.split_once('/') {
        Some((address, suffix)) => Range::parse(address, suffix),
        None => Range::parse_prefix(raw),
    }
}

type Canonical = Result<(String, Option<Reason>), Reason>;

fn canonical(raw: &str) -> Canonical {
    if let Some((scheme, rest)) = raw.split_once("://") {
        if ["unix", "npipe", "fd"].contains(&scheme) {
            return Err(Path);
        }
        // A password may hold an unescaped '/', '?', '#' or '@': only the text after the last '@' is certainly not a
        // part of the password.
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        forbidden(authority)?;
        return host_and_port(authority).map(|(entry, lost)| (entry, lost.or(Some(Url))));
    }
    forbidden(raw)?;
    match raw.split_once('/') {
        None => host_and_port(raw),
        Some((host, suffix)) => range_or_path(host, suffix),
    }
}

/// Refuses characters that no entry can hold.
fn forbidden(raw: &str) -> Result<(), Reason> {
    let tests: [(bool, Reason); 5] = [
        (raw.contains(|c: char| c.is_control()), Reason::Control),
        (!raw.is_ascii(), Punycode),
        (is_unexpanded(raw), Unexpanded),
        (raw.contains(['"', '\'', '`']), Quotes),
        (raw.contains(['<', '>']), Placeholder),
    ];
    tests.into_iter().find_map(|(found, reason)| found.then_some(reason)).map_or(Ok(()), Err)
}

/// Whether the entry holds the name of a variable as sh, make or GitLab (`$NAME`, `${NAME}`, `$(NAME)`) or Windows
/// (`%NAME%`) write it.
fn is_unexpanded(raw: &str) -> bool {
    let starts_name = |c: char| c.is_ascii_alphabetic() || c == '_';
    let dollar =
        raw.split('$').skip(1).any(|rest| rest.starts_with(|c| starts_name(c) || c == '{' || c == '('));
    let mut parts = raw.split('%').skip(1);
    let is_name = |part: &str| {
        part.starts_with(starts_name) && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    dollar || parts.next().is_some_and(|name| is_name(name) && parts.next().is_some())
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
        "*" => Ok((name, Some(AnyPort))),
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
        // A name cannot end in a number (WHATWG URL, "ends in a number checker"): the text is an
        // address or a part of an address.
        return match name.parse::<Ipv4Addr>() {
            Ok(address) => Ok(address.to_string()),
            // `0,1,2,3,4,5,6,7,8,9` means every address to programs that compare the end of a host (wget, apt, apk).
            Err(_) if name.len() == 1 => Ok(name.to_owned()),
            Err(_) if labels.split('.').count() < 4 || name.starts_with('.') => Err(Prefix),
            Err(_) => Err(NotAName),
        };
    }
    Ok(name.to_owned())
}

/// `ADDRESS/BITS`, or a name with a path.
fn range_or_path(host: &str, suffix: &str) -> Canonical {
    let is_number = !suffix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_digit());
    match Range::parse(host, suffix) {
        Some(range) => Err(if range.is_ipv4() { Cidr } else { Ipv6Range }),
        None if host.contains('*') => Err(Wildcard),
        None if host.is_empty() && !is_number => Err(Path),
        None if is_number || host.is_empty() || host.parse::<IpAddr>().is_ok() => Err(NotACidr),
        None => host_and_port(host).map(|(entry, lost)| (entry, lost.or(Some(Url)))),
    }
}

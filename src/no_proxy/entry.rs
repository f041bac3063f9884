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

/// What happens to an IPv4 range such as `10.0.0.0/8`, and to a prefix such as `10.*`. An IPv6 range is always removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CidrPolicy {
    /// Removed, since about half of the clients ignore ranges.
    #[default]
    Strip,
    /// Kept as ADDRESS/BITS with its host bits cleared.
    Keep,
    /// Replaced by the addresses of the range, when the range has at most [`EXPAND_LIMIT`]. A larger range is removed.
    Expand,
}

/// The largest number of addresses in a range that [`CidrPolicy::Expand`] replaces by addresses.
pub const EXPAND_LIMIT: u32 = 256;

/// What one entry of a list means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `*`: every host.
    Everything,
    /// The entry in canonical form. The reason is `None` when the canonical form is the written form.
    Kept(String, Option<Reason>),
    /// A range of several addresses, and the reason that is reported if [`CidrPolicy`] removes the range.
    Range(Range, Reason),
    /// Text without a canonical form. The entry is removed.
    Unusable(Reason),
}

impl Entry {
    /// Parses one entry. `raw` contains no comma, blank, `;` or `|`: `normalize` splits a list at these characters.
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

/// Parses `ADDRESS/BITS` or a prefix such as `10.*`.
fn range(raw: &str) -> Option<Range> {
    match raw.split_once('/') {
        Some((address, suffix)) => Range::parse(address, suffix),
        None => Range::parse_prefix(raw),
    }
}

/// The entry in canonical form, and what was lost or changed; or the reason why the text has no canonical form.
type Canonical = Result<(String, Option<Reason>), Reason>;

/// Returns the canonical form of an entry that is not quoted. An error of `Cidr`, `Ipv6Range`, `Wildcard` or `Prefix`
/// means that the text may be a range, which [`Entry::parse`] then parses.
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
    // Most entries have plain characters only. One pass over the entry then replaces the five tests.
    if raw.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:*/[]".contains(&b)) {
        return Ok(());
    }
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

/// Returns `HOST` or `HOST:PORT` in canonical form. A port after an IPv6 address is removed.
fn host_and_port(raw: &str) -> Result<(String, Option<Reason>), Reason> {
    if raw.matches(':').nth(1).is_some()
        && let Ok(address) = raw.parse::<Ipv6Addr>()
    {
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

/// Returns the canonical form of a name, of a suffix with a leading dot, or of an IPv4 address.
///
/// `*.suffix` becomes `.suffix`: 67 of 73 measured clients exempt `app.corp.example` for `.corp.example`, 22 for
/// `*.corp.example` (`tests/data/no_proxy_observations*.tsv`).
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
            // A single digit stays: `0,1,2,3,4,5,6,7,8,9` means every IPv4 address to programs that compare the end of
            // a host (wget, apt, apk).
            Err(_) if name.len() == 1 => Ok(name.to_owned()),
            Err(_) if labels.split('.').count() < 4 || name.starts_with('.') => Err(Prefix),
            Err(_) => Err(NotAName),
        };
    }
    Ok(name.to_owned())
}

/// Judges an entry with a slash. A name with a path becomes the name. `ADDRESS/BITS` is an error, [`Cidr`] or
/// [`Ipv6Range`], so that [`Entry::parse`] parses the range.
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

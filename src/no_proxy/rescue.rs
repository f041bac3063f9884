//! The addresses that a job is known to talk to. Where a removed range contains such an address, the address becomes an
//! entry of the list.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::range::Range;

/// An address that the job is known to talk to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// The address.
    pub address: IpAddr,
    /// The variable or the service that names the address.
    pub origin: String,
}

/// Returns the entries that replace a removed range, each with the origin of the entry: the known addresses in the
/// range; `localhost`, 127.0.0.1 and ::1 for a range that contains 127.0.0.1; ::1 for a range that contains ::1.
#[must_use]
pub fn rescued(range: &Range, known: &[Known]) -> Vec<(String, String)> {
    let names: &[&str] = if range.contains(Ipv4Addr::LOCALHOST.into()) {
        &["localhost", "127.0.0.1", "::1"]
    } else if range.contains(Ipv6Addr::LOCALHOST.into()) {
        &["::1"]
    } else {
        &[]
    };
    let loopback = names.iter().map(|name| ((*name).to_owned(), "loopback".to_owned()));
    let known = known.iter().filter(|known| range.contains(known.address));
    loopback.chain(known.map(|known| (known.address.to_string(), known.origin.clone()))).collect()
}

/// The longest value of a variable that is searched for addresses, in bytes. A longer value is the content of a file or
/// a script.
const LONGEST_VALUE: usize = 4096;

/// Returns the literal addresses in the value of a variable: an address, `ADDRESS:PORT`, a URL, or several of these
/// between commas, semicolons or blanks. A value with an `@` is not split, because a password may contain a comma, a
/// semicolon or a blank.
pub fn addresses_in(value: &str) -> impl Iterator<Item = IpAddr> {
    let separates = |c: char| !value.contains('@') && (matches!(c, ',' | ';') || c.is_ascii_whitespace());
    let parts =
        Some(value).filter(|value| value.len() <= LONGEST_VALUE && may_hold_address(value)).into_iter();
    parts.flat_map(move |value| value.split(separates)).filter_map(literal_address)
}

/// Whether a value has a dot between two digits, or at least two colons. Every address has one or the other, and few of the
/// about two hundred variables of a job have either.
fn may_hold_address(value: &str) -> bool {
    let is_dotted = |part: &[u8]| part[1] == b'.' && part[0].is_ascii_digit() && part[2].is_ascii_digit();
    value.as_bytes().windows(3).any(is_dotted) || value.matches(':').nth(1).is_some()
}

/// Returns the host of `ADDRESS`, `ADDRESS:PORT` or a URL; `None` when the host is a name.
fn literal_address(text: &str) -> Option<IpAddr> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => {
            host.parse().ok().or_else(|| host.split_once(':')?.0.parse::<Ipv4Addr>().ok().map(IpAddr::V4))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_range_leaves_loopback_and_the_known_addresses_in_it() {
        let known = |address: &str, origin: &str| Known {
            address: address.parse().unwrap(),
            origin: origin.to_owned(),
        };
        let known = [
            known("10.96.0.1", "API"),
            known("10.97.0.1", "B"),
            known("192.168.1.1", "C"),
            known("fd00::5", "D"),
        ];
        for (range, expected) in [
            ("10.0.0.0/8", "10.96.0.1 10.97.0.1"),
            ("10.96.0.0/16", "10.96.0.1"),
            ("10.96.0.2/31", ""),
            ("192.168.0.0/16", "192.168.1.1"),
            ("172.16.0.0/12", ""),
            ("127.0.0.0/8", "localhost 127.0.0.1 ::1"),
            ("127.0.0.0/24", "localhost 127.0.0.1 ::1"),
            ("127.1.0.0/16", ""),
            ("0.0.0.0/0", "localhost 127.0.0.1 ::1 10.96.0.1 10.97.0.1 192.168.1.1"),
            ("fd00::/8", "fd00::5"),
            ("fe80::/10", ""),
            ("::/0", "::1 fd00::5"),
        ] {
            let (address, bits) = range.split_once('/').unwrap();
            let entries = rescued(&Range::parse(address, bits).unwrap(), &known).into_iter();
            assert_eq!(entries.map(|(entry, _)| entry).collect::<Vec<_>>().join(" "), expected, "{range}");
        }
    }

    #[test]
    fn addresses_are_found_wherever_a_variable_names_them() {
        for (value, expected) in [
            ("10.1.2.3", "10.1.2.3"),
            ("10.1.2.3:8080", "10.1.2.3"),
            ("https://10.1.2.3", "10.1.2.3"),
            ("https://10.1.2.3:8443/api/v4?x=1", "10.1.2.3"),
            ("https://gitlab-ci-token:s3cret@10.1.2.3/g/p.git", "10.1.2.3"),
            ("tcp://10.1.2.3:2375/", "10.1.2.3"),
            ("jdbc:postgresql://10.1.2.3:5432/db", "10.1.2.3"),
            ("fd00::5", "fd00::5"),
            ("::", "::"),
            ("::ffff:10.1.2.3", "::ffff:10.1.2.3"),
            ("a:10.1.2.3", ""),
            ("[fd00::5]:8080", "fd00::5"),
            ("https://[fd00::5]/", "fd00::5"),
            ("https://u:p@[fd00::5]:1/", "fd00::5"),
            ("10.0.0.1:9092,10.0.0.2:9092; 10.0.0.3", "10.0.0.1 10.0.0.2 10.0.0.3"),
            ("gitlab.corp", ""),
            ("https://gitlab.corp/10.1.2.3", ""),
            ("10.1.2", ""),
            ("10.1.2.3.4", ""),
            ("v10.1.2.3", ""),
            ("10.1.2.3x:80", ""),
            ("https://u:a,10.9.9.9,b@gitlab.corp", ""),
            ("https://u:a/10.9.9.9/b@gitlab.corp", ""),
            ("", ""),
        ] {
            let found: Vec<String> = addresses_in(value).map(|address| address.to_string()).collect();
            assert_eq!(found.join(" "), expected, "{value}");
        }
        assert_eq!(addresses_in(&"10.1.2.3 ".repeat(1000)).count(), 0);
    }
}

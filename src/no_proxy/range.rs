//! Ranges of IP addresses: parsed from every spelling, compared, listed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// A range of IP addresses: the first address, and the number of leading bits that all addresses of the range share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    first: IpAddr,
    bits: u8,
}

impl Range {
    /// Makes the range of all addresses that share the first `bits` bits with `address`. `None` when `bits` is more
    /// than 32 for IPv4, or more than 128 for IPv6.
    #[must_use]
    pub fn new(address: IpAddr, bits: u8) -> Option<Self> {
        let first = match address {
            IpAddr::V4(address) => {
                let unused = 32_u32.checked_sub(bits.into())?;
                Ipv4Addr::from_bits(address.to_bits() & u32::MAX.checked_shl(unused).unwrap_or(0)).into()
            }
            IpAddr::V6(address) => {
                let unused = 128_u32.checked_sub(bits.into())?;
                std::net::Ipv6Addr::from_bits(address.to_bits() & u128::MAX.checked_shl(unused).unwrap_or(0))
                    .into()
            }
        };
        Some(Self { first, bits })
    }

    /// Parses a range from the text before and the text after the slash: `10.0.0.0/8`, `fd00::/8`, `[fd00::]/8`, the
    /// short form `169.254/16` of macOS, and the netmask form `10.0.0.0/255.0.0.0`.
    #[must_use]
    pub fn parse(address: &str, suffix: &str) -> Option<Self> {
        let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
        let address: IpAddr = match address.parse() {
            Ok(address) => address,
            Err(_) => Ipv4Addr::from_bits(leading_octets(address)?.0).into(),
        };
        match suffix.parse::<Ipv4Addr>() {
            Ok(mask) => {
                let bits = mask.to_bits().leading_ones();
                let contiguous = mask.to_bits().checked_shl(bits).unwrap_or(0) == 0 && address.is_ipv4();
                contiguous.then(|| Self::new(address, u8::try_from(bits).ok()?))?
            }
            Err(_) if suffix.bytes().all(|byte| byte.is_ascii_digit()) => {
                Self::new(address, suffix.parse().ok()?)
            }
            Err(_) => None,
        }
    }

    /// Parses a prefix of IPv4 addresses: `10.*`, `10.*.*.*`, `192.168.`, `192.168`. A single number such as `10` is no
    /// prefix.
    #[must_use]
    pub fn parse_prefix(text: &str) -> Option<Self> {
        let without_stars = text.trim_end_matches(".*");
        let prefix = match text.strip_suffix('.') {
            Some(prefix) if without_stars == text => prefix,
            _ => without_stars,
        };
        let (first, octets) = leading_octets(prefix)?;
        let written = text.split('.').filter(|part| !part.is_empty()).count();
        let is_prefix = octets < 4 && written <= 4 && (octets > 1 || prefix.len() < text.len());
        is_prefix.then(|| Self::new(Ipv4Addr::from_bits(first).into(), 8 * octets))?
    }

    /// Whether the range contains the address. An IPv4 range contains no IPv6 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        Self::new(address, self.bits).is_some_and(|block| block == *self)
    }

    /// Returns the address of a range of one address; `None` for a range of several addresses.
    #[must_use]
    pub fn single(&self) -> Option<IpAddr> {
        (self.bits == if self.first.is_ipv4() { 32 } else { 128 }).then_some(self.first)
    }

    /// Whether the range is a range of IPv4 addresses.
    #[must_use]
    pub fn is_ipv4(&self) -> bool {
        self.first.is_ipv4()
    }

    /// Returns every address of an IPv4 range of at most `limit` addresses; `None` for a larger range and for IPv6.
    #[must_use]
    pub fn addresses(&self, limit: u32) -> Option<Vec<String>> {
        let IpAddr::V4(first) = self.first else { return None };
        let count = 1_u32.checked_shl(32 - u32::from(self.bits)).filter(|count| *count <= limit)?;
        Some((0..count).map(|offset| Ipv4Addr::from_bits(first.to_bits() + offset).to_string()).collect())
    }

    /// Returns an IPv4 range as patterns for Java, in which a final `*` matches the remaining numbers of an address:
    /// `10.*` for 10.0.0.0/8, and sixteen patterns `172.N.*` for 172.16.0.0/12. Returns at most 256 patterns, and none
    /// for an IPv6 range.
    #[must_use]
    pub fn java_patterns(&self) -> Vec<String> {
        let IpAddr::V4(first) = self.first else { return Vec::new() };
        let octets = self.bits.div_ceil(8).max(1);
        let step = 1_u64 << (32 - 8 * octets);
        let patterns = 1_u64 << (8 * octets - self.bits);
        let pattern = |number: u64| {
            let address = Ipv4Addr::from_bits(first.to_bits() + u32::try_from(number * step).unwrap_or(0));
            let shown = address.octets().map(|octet| octet.to_string());
            let star = if octets < 4 { ".*" } else { "" };
            format!("{}{star}", shown[..usize::from(octets)].join("."))
        };
        (0..patterns).map(pattern).collect()
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// Parses one to four numbers from 0 to 255 between dots, such as `192.168`. Returns the IPv4 address that begins with
/// these numbers and continues with zeros, and the count of numbers. Returns `None` for any other text.
fn leading_octets(text: &str) -> Option<(u32, u8)> {
    let (mut bits, mut octets) = (0, 0_u8);
    for part in text.split('.') {
        let plain = octets < 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        let octet: u8 = part.parse().ok().filter(|_| plain)?;
        bits |= u32::from(octet) << (24 - 8 * octets);
        octets += 1;
    }
    Some((bits, octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(range: Option<Range>) -> String {
        range.map_or_else(|| "none".to_owned(), |range| range.to_string())
    }

    #[test]
    fn every_way_to_write_a_range_gives_the_same_range() {
        for (text, expected) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10/8", "10.0.0.0/8"),
            ("169.254/16", "169.254.0.0/16"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("172.16.0.0/255.240.0.0", "172.16.0.0/12"),
            ("10.1.2.3/255.255.255.255", "10.1.2.3/32"),
            ("0.0.0.0/0.0.0.0", "0.0.0.0/0"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("fd00:1::9/8", "fd00::/8"),
            ("[fd00::]/8", "fd00::/8"),
            ("10.0.0.0/255.0.255.0", "none"),
            ("fd00::/255.0.0.0", "none"),
            ("10.0.0.0/33", "none"),
            ("fd00::/129", "none"),
            ("10.0.0.0/+8", "none"),
            ("10.0.0.0/", "none"),
            ("10.256/16", "none"),
            ("10.*/8", "none"),
            ("/8", "none"),
            ("corp/8", "none"),
        ] {
            let (address, suffix) = text.split_once('/').unwrap();
            assert_eq!(shown(Range::parse(address, suffix)), expected, "{text}");
        }
    }

    #[test]
    fn a_prefix_of_addresses_is_a_range() {
        for (text, expected) in [
            ("10.*", "10.0.0.0/8"),
            ("10.", "10.0.0.0/8"),
            ("10.*.*.*", "10.0.0.0/8"),
            ("10.20.", "10.20.0.0/16"),
            ("10.20", "10.20.0.0/16"),
            ("192.168.*", "192.168.0.0/16"),
            ("192.168.*.*", "192.168.0.0/16"),
            ("192.168.5.*", "192.168.5.0/24"),
            ("192.168.5.", "192.168.5.0/24"),
            ("127.*", "127.0.0.0/8"),
            ("10", "none"),
            ("10.20.30.40", "none"),
            ("10.20.30.40.*", "none"),
            ("10.*.*.*.*", "none"),
            ("10.*.3", "none"),
            ("172.1*", "none"),
            ("300.*", "none"),
            ("corp.*", "none"),
            ("*", "none"),
            (".10.*", "none"),
            ("10..", "none"),
            ("", "none"),
        ] {
            assert_eq!(shown(Range::parse_prefix(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_range_holds_its_first_and_last_address_and_no_neighbour() {
        let holds = |range: &str, address: &str| {
            let (start, bits) = range.split_once('/').unwrap();
            Range::parse(start, bits).unwrap().contains(address.parse().unwrap())
        };
        for (range, inside, outside) in [
            ("172.16.0.0/12", ["172.16.0.0", "172.31.255.255"], ["172.15.255.255", "172.32.0.0"]),
            ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
            ("10.1.2.4/31", ["10.1.2.4", "10.1.2.5"], ["10.1.2.3", "10.1.2.6"]),
            ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "::1"]),
            ("fd00::/8", ["fd00::", "fdff:ffff::1"], ["fc00::1", "10.0.0.1"]),
        ] {
            assert!(inside.iter().all(|address| holds(range, address)), "{range}");
            assert!(!outside.iter().any(|address| holds(range, address)), "{range}");
        }
    }

    #[test]
    fn java_gets_whole_numbers_with_a_star_at_the_end() {
        let patterns = |address: &str, bits: &str| Range::parse(address, bits).unwrap().java_patterns();
        assert_eq!(patterns("10.0.0.0", "8"), ["10.*"]);
        assert_eq!(patterns("192.168.0.0", "16"), ["192.168.*"]);
        assert_eq!(patterns("10.1.2.0", "24"), ["10.1.2.*"]);
        assert_eq!(patterns("10.1.2.4", "31"), ["10.1.2.4", "10.1.2.5"]);
        let sixteen: Vec<String> = (16..32).map(|number| format!("172.{number}.*")).collect();
        assert_eq!(patterns("172.16.0.0", "12"), sixteen);
        assert_eq!(patterns("100.64.0.0", "10").len(), 64);
        assert_eq!(patterns("10.0.0.0", "7"), ["10.*", "11.*"]);
        assert_eq!(patterns("0.0.0.0", "0").len(), 256);
        assert_eq!(patterns("255.255.255.0", "25").last().unwrap(), "255.255.255.127");
        assert!(patterns("fd00::", "8").is_empty());
    }

    #[test]
    fn a_small_range_is_the_list_of_its_addresses() {
        let addresses = |address: &str, bits: &str| Range::parse(address, bits).unwrap().addresses(256);
        assert_eq!(addresses("255.255.255.254", "31").unwrap(), ["255.255.255.254", "255.255.255.255"]);
        assert_eq!(addresses("10.1.2.0", "24").unwrap().len(), 256);
        assert_eq!(
            (addresses("10.1.2.0", "23"), addresses("0.0.0.0", "0"), addresses("fd00::", "127")),
            (None, None, None)
        );
    }
}

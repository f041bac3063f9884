//! Parsers for addresses and networks, from the strictest to the most permissive that a client uses.

use std::net::{IpAddr, Ipv4Addr};

/// An IP network: an address and the length of its prefix in bits.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Makes a network; `None` if the prefix is longer than the address.
    pub fn new(address: IpAddr, bits: u32) -> Option<Self> {
        (bits <= width(address)).then_some(Self { address, bits })
    }

    /// Makes the network of one address.
    pub fn single(address: IpAddr) -> Self {
        Self { address, bits: width(address) }
    }

    /// Parses `address/bits` in plain decimal, as strict parsers do (Go's `net.ParseCIDR`, Rust's ipnet).
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        Self::new(address.parse().ok()?, decimal(bits)?)
    }

    /// Turns a network of IPv4-mapped addresses (`::ffff:10.0.0.0/104`) into the IPv4 network.
    pub fn unmapped(self) -> Self {
        let address = self.address.to_canonical();
        let bits = if address == self.address { self.bits } else { self.bits.saturating_sub(96) };
        Self { address, bits }
    }

    /// Returns whether the network contains the address. An IPv4 network contains no IPv6 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        if self.address.is_ipv4() != address.is_ipv4() {
            return false;
        }
        let unused = width(address) - self.bits;
        (number(self.address) ^ number(address)).checked_shr(unused).unwrap_or(0) == 0
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Parses a number of decimal digits only.
pub fn decimal(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Parses a number as C's `atoi` does: optional blanks, an optional sign, digits up to the first other character;
/// 0 without digits.
pub fn atoi(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    sign * digits[..end].parse::<u32>().map_or(if end == 0 { 0 } else { i64::from(u32::MAX) }, i64::from)
}

/// Parses an IPv4 address as C's `inet_aton` does: one to four parts, each decimal, octal or hexadecimal. The last
/// part fills the remaining bytes.
pub fn aton(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').take(5).map(number_part).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    let room = 32 - 8 * u32::try_from(leading.len()).ok()?;
    if u64::from(*last) >> room != 0 {
        return None;
    }
    let head = leading.iter().enumerate().map(|(place, part)| part << (24 - 8 * place)).sum::<u32>();
    Some(Ipv4Addr::from(head | last))
}

fn number_part(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'));
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => {
            u32::from_str_radix(octal, 8).ok().filter(|_| !octal.starts_with('+'))
        }
        _ => decimal(text),
    }
}

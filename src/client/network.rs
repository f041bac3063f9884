//! Addresses and networks, as strictly or as loosely as the clients read them.

use std::net::{IpAddr, Ipv4Addr};

/// An address block: the bits that count, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// A block, unless the prefix is longer than the address.
    pub(super) fn new(address: IpAddr, bits: u32) -> Option<Self> {
        (bits <= width(address)).then_some(Self { address, bits })
    }

    /// A block of one address.
    pub(super) fn single(address: IpAddr) -> Self {
        Self { address, bits: width(address) }
    }

    /// `address/bits` in plain decimal, the form that strict parsers take (Go's `net.ParseCIDR`, Rust's ipnet).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        Self::new(address.parse().ok()?, decimal(bits)?)
    }

    /// Whether the block holds the address. Families never mix.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
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

/// A number in decimal digits alone.
pub(super) fn decimal(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// C's `atoi`: blanks, a sign, the digits that follow, and 0 when there are none.
pub(super) fn atoi(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    sign * digits[..end].parse::<u32>().map_or(if end == 0 { 0 } else { i64::from(u32::MAX) }, i64::from)
}

/// C's `inet_aton`: one to four parts, each decimal, octal or hexadecimal, the last one filling what is left.
pub(super) fn aton(text: &str) -> Option<Ipv4Addr> {
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

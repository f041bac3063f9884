//! As much of a certificate as a report needs (RFC 5280, section 4.1): names, dates, and whether
//! the certificate belongs to an authority.

/// The tags of the values that are read (ITU-T X.690, section 8.1.2).
const BOOLEAN: u8 = 0x01;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BMP_STRING: u8 = 0x1e;
const UNIVERSAL_STRING: u8 = 0x1c;
const T61_STRING: u8 = 0x14;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// 2.5.29.19 and 2.5.29.15 (RFC 5280, sections 4.2.1.9 and 4.2.1.3).
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// Common name, organizational unit, organization (RFC 5280, appendix A.1), the most specific first.
const NAMES: [&[u8]; 3] = [&[0x55, 0x04, 0x03], &[0x55, 0x04, 0x0b], &[0x55, 0x04, 0x0a]];
/// 1.2.840.113549.1.7.2, signed data of PKCS #7 (RFC 2315, section 14).
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// The largest number of characters that are shown of a name.
const LONGEST_NAME: usize = 64;

/// A time as a number whose digits are year, month, day, hour, minute and second in UTC: 20310203120000.
pub type Time = u64;

/// The fields of a certificate that jobproxy uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The name of the subject, as DER.
    pub subject: Vec<u8>,
    /// The name of the issuer, as DER.
    pub issuer: Vec<u8>,
    /// The most specific name in the subject, in one line without quotes.
    pub name: String,
    /// The last second in which the certificate is valid.
    pub until: Time,
    /// Whether the certificate belongs to an authority, so that it can verify other certificates.
    pub is_authority: bool,
}

impl Facts {
    /// Parses a certificate; `None` when the bytes are no certificate.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let mut outside = Reader(der);
        let mut certificate = outside.value(SEQUENCE)?;
        let mut body = certificate.value(SEQUENCE)?;
        let is_first_version = body.optional(VERSION).is_none();
        body.any()?; // the serial number
        body.value(SEQUENCE)?; // the algorithm
        let issuer = body.value(SEQUENCE)?;
        let mut validity = body.value(SEQUENCE)?;
        validity.any()?;
        let until = time(validity.any()?)?;
        let subject = body.value(SEQUENCE)?;
        body.value(SEQUENCE)?; // the key
        let mut rest = body;
        let mut extensions = None;
        while let Some((tag, content)) = rest.any() {
            extensions = (tag == EXTENSIONS).then_some(Reader(content)).or(extensions);
        }
        let is_self_issued = issuer.0 == subject.0;
        let is_authority = match extensions {
            Some(extensions) => is_authority(extensions)?,
            // Roots of X.509 version 1 have no extensions (OpenSSL, crypto/x509/v3_purp.c, `check_ca`).
            None => is_first_version && is_self_issued,
        };
        Some(Self {
            subject: subject.0.to_vec(),
            issuer: issuer.0.to_vec(),
            name: name(subject).unwrap_or_else(|| "without a name".to_owned()),
            until,
            is_authority,
        })
    }
}

/// Returns the most specific name of the authority that signed a certificate.
#[must_use]
pub fn name_of_issuer(facts: &Facts) -> Option<String> {
    name(Reader(&facts.issuer))
}

/// Whether the bytes are PKCS #7 in DER, the content of `.p7b` files.
#[must_use]
pub fn is_signed_data(der: &[u8]) -> bool {
    let kind = Reader(der).value(SEQUENCE).and_then(|mut content| content.value(OBJECT_IDENTIFIER));
    kind.is_some_and(|kind| kind.0 == SIGNED_DATA)
}

/// Reads values of definite length, one after the other.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Returns tag and content of the next value.
    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if bytes.is_empty() || bytes.len() > 4 {
                return None;
            }
            length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((tag, content))
    }

    /// Returns the content of the next value; `None` when the value has another tag.
    fn value(&mut self, tag: u8) -> Option<Self> {
        self.any().filter(|(found, _)| *found == tag).map(|(_, content)| Self(content))
    }

    /// Returns the content of the next value when the value has this tag; otherwise reads nothing.
    fn optional(&mut self, tag: u8) -> Option<Self> {
        (self.0.first() == Some(&tag)).then(|| self.value(tag))?
    }
}

/// Whether the extensions are those of an authority, by OpenSSL's rule (crypto/x509/v3_purp.c, `check_ca`): basic
/// constraints decide; without basic constraints the key usage decides. `None` when
/// the extensions cannot be read.
fn is_authority(mut extensions: Reader) -> Option<bool> {
    let mut list = extensions.value(SEQUENCE)?;
    let mut signs = false;
    while !list.0.is_empty() {
        let mut extension = list.value(SEQUENCE)?;
        let kind = extension.value(OBJECT_IDENTIFIER)?.0;
        let _ = extension.optional(BOOLEAN);
        let mut content = extension.value(OCTET_STRING)?;
        if kind == BASIC_CONSTRAINTS {
            let flag = content.value(SEQUENCE)?.optional(BOOLEAN);
            return Some(flag.is_some_and(|flag| flag.0 != [0]));
        } else if kind == KEY_USAGE {
            // Bit 5, keyCertSign; the first byte counts unused bits.
            signs = content.value(BIT_STRING)?.0.get(1).is_some_and(|bits| bits & 0x04 != 0);
        }
    }
    Some(signs)
}

fn name(subject: Reader) -> Option<String> {
    NAMES.iter().find_map(|kind| {
        let mut parts = subject;
        let mut found = None;
        while let Some(mut part) = parts.value(SET) {
            let mut pair = part.value(SEQUENCE)?;
            if pair.value(OBJECT_IDENTIFIER)?.0 == *kind {
                found = Some(one_line(&text(pair.any()?)));
            }
        }
        found.filter(|name| !name.is_empty())
    })
}

fn text((tag, content): (u8, &[u8])) -> String {
    match tag {
        BMP_STRING => {
            let units: Vec<u16> =
                content.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            String::from_utf16_lossy(&units)
        }
        UNIVERSAL_STRING => {
            let letters = content.as_chunks().0.iter().map(|four| u32::from_be_bytes(*four));
            letters.map(|letter| char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        // The standard defines T.61, but programs write Latin 1.
        T61_STRING => content.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(content).into_owned(),
    }
}

/// Escapes a name, so that the name cannot end a line or a quotation in the report.
fn one_line(name: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '\'' | '"' | '`');
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '?' }).take(LONGEST_NAME).collect();
    plain.trim().to_owned()
}

/// Parses a time. A year of two digits from 50 on belongs to the 20th century (RFC 5280, section 4.1.2.5).
fn time((tag, content): (u8, &[u8])) -> Option<Time> {
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let is_number =
        |length: usize| digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
    match tag {
        UTC_TIME if is_number(12) => {
            let century = if digits < "50" { 20 } else { 19 };
            Some(digits.parse::<Time>().ok()? + century * 1_000_000_000_000)
        }
        GENERALIZED_TIME if is_number(14) => digits.parse().ok(),
        _ => None,
    }
}

/// Formats the day of a time: `2031-02-03`.
#[must_use]
pub fn day(time: Time) -> String {
    format!("{:04}-{:02}-{:02}", time / 10_000_000_000, time / 100_000_000 % 100, time / 1_000_000 % 100)
}

/// Converts seconds since 1970 to a [`Time`]. The days of a year are counted from March, so that a leap day is the last
/// day.
#[must_use]
pub fn time_of(seconds: u64) -> Time {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let date = year * 10_000 + month * 100 + day;
    date * 1_000_000 + second / 3600 * 10_000 + second / 60 % 60 * 100 + second % 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_seconds_are_counted_as_the_calendar_does() {
        for (seconds, expected) in [
            (0, "19700101000000"),
            (951_782_399, "20000228235959"),
            (951_782_400, "20000229000000"),
            (1_709_251_199, "20240229235959"),
            (1_709_251_200, "20240301000000"),
            (4_107_542_400, "21000301000000"),
        ] {
            assert_eq!(time_of(seconds).to_string(), expected);
        }
        assert_eq!(day(time_of(1_927_800_000)), "2031-02-02");
    }

    #[test]
    fn both_forms_of_a_time_are_read() {
        let read = |tag, text: &[u8]| time((tag, text)).map(|time| time.to_string());
        assert_eq!(read(UTC_TIME, b"310203120000Z").as_deref(), Some("20310203120000"));
        assert_eq!(read(UTC_TIME, b"990203120000Z").as_deref(), Some("19990203120000"));
        assert_eq!(read(GENERALIZED_TIME, b"20560203120000Z").as_deref(), Some("20560203120000"));
        for wrong in [&b"310203120000"[..], b"3102031200Z", b"31020312000xZ", b"\xff", b""] {
            assert_eq!(time((UTC_TIME, wrong)), None);
        }
    }

    #[test]
    fn a_name_is_one_line_without_quotes_whatever_its_type() {
        assert_eq!(text((BMP_STRING, b"\0C\0\xe9\0")), "C\u{e9}");
        assert_eq!(text((UNIVERSAL_STRING, b"\0\0\0C\0\x11\0\0")), "C\u{fffd}");
        assert_eq!(text((T61_STRING, b"C\xe9")), "C\u{e9}");
        assert_eq!(one_line(" a'b\n\x1b[31m\"` "), "a?b??[31m??");
        assert_eq!(one_line(&"x".repeat(1000)).len(), LONGEST_NAME);
    }

    #[test]
    fn lengths_that_lie_end_the_reading() {
        for wrong in [
            &b""[..],
            b"\x30",
            b"\x30\x05\x01",
            b"\x30\x80",
            b"\x30\x85\0\0\0\0\0",
            b"\x30\x84\xff\xff\xff\xff",
        ] {
            assert!(Reader(wrong).any().is_none(), "{wrong:?}");
            assert_eq!(Facts::read(wrong), None);
        }
    }
}

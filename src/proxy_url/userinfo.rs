//! User and password of a proxy: split off, encoded, decoded.

use anyhow::{Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Splits `user:password@` off.
///
/// # Errors A `#`, `/`, `?` or `@` stands before the last `@`: user or password was not encoded, and each client
/// would cut such a value at another place.
pub(super) fn split(rest: &str) -> Result<(Option<&str>, &str)> {
    let Some((userinfo, host)) = rest.rsplit_once('@') else { return Ok((None, rest)) };
    for (c, escape) in [('#', "%23"), ('/', "%2F"), ('?', "%3F"), ('@', "%40")] {
        let part = match (userinfo.find(c), userinfo.find(':')) {
            (None, _) => continue,
            (Some(at), Some(colon)) if colon < at => "the password",
            _ => "the user",
        };
        bail!("{part} holds an unescaped '{c}'; write it as {escape}");
    }
    Ok((Some(userinfo), host))
}

/// The bytes that are encoded in a user or a password. `+` is encoded because BusyBox and Ruby read a raw `+` as a
/// blank, `;` and `=` because aiohttp and yarl escape a raw character a second time (measured). Every client reads
/// the other sub-delimiters of RFC 3986 alike in both forms.
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

/// Percent-encodes `user:password`. Existing escapes stay; a `%` without two hexadecimal digits is encoded.
pub(super) fn encode(raw: &str) -> String {
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

/// Returns the bytes of a text with its percent-escapes decoded.
pub(super) fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

//! Forms of a text that may be shown: no password, and printable ASCII only.

use super::{ProxyUrl, Remark, SCHEMES};

/// Escapes everything but printable ASCII, so that no text can break or colour a job log.
#[must_use]
pub fn ascii(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' '..='~' => shown.push(letter),
            _ => shown.extend(letter.escape_unicode()),
        }
    }
    shown
}

/// Schemes of addresses that no proxy variable matters for.
const OTHER_SCHEMES: [&str; 4] = ["git", "git+ssh", "sftp", "ssh"];

/// Hides the userinfo of a text that may be a URL: all text before the last `@`, except a known scheme. The result is
/// printable ASCII.
#[must_use]
pub fn redact(text: &str) -> String {
    let text = ascii(text);
    let Some((userinfo, rest)) = text.rsplit_once('@') else { return text };
    let mut known = SCHEMES.iter().map(|(scheme, _)| *scheme).chain(OTHER_SCHEMES);
    let scheme = userinfo
        .split_once("://")
        .and_then(|(scheme, _)| known.find(|known| scheme.eq_ignore_ascii_case(known)));
    match scheme {
        Some(scheme) => format!("{scheme}://***@{rest}"),
        None => format!("***@{rest}"),
    }
}

/// Hides the userinfo of a proxy variable, or of a key of a file that holds a proxy. A value that is no proxy address
/// becomes `***` as a whole, since a password may stand anywhere in such a value.
#[must_use]
pub fn redact_proxy(value: &str) -> String {
    match ProxyUrl::parse(value) {
        Ok((proxy, remarks)) if remarks.contains(&Remark::Path) => proxy.to_string(),
        Ok(_) => redact(value),
        Err(_) if value.trim_ascii().is_empty() => value.to_owned(),
        Err(_) => "***".to_owned(),
    }
}

//! Sends a request and reads as much of the answer as doctor needs.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use super::dial::Deadline;

/// The longest head of an answer that is read, in bytes. Squid's own error pages have heads of some hundred bytes.
const LONGEST_HEAD: usize = 16 * 1024;

/// The reply to a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer in HTTP.
    Http(Head),
    /// A TLS record.
    Tls,
    /// Bytes that are neither HTTP nor TLS.
    Other,
    /// The end of the connection before any byte.
    Closed,
    /// No byte before the deadline.
    Silent,
}

/// The head of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// The login schemes of the Proxy-Authenticate headers, as far as they are [`SCHEMES`].
    pub schemes: Vec<&'static str>,
}

/// The registered names (IANA, HTTP Authentication Schemes), and two that Microsoft's proxies send.
const SCHEMES: [&str; 6] = ["Basic", "Digest", "NTLM", "Negotiate", "Kerberos", "Bearer"];

/// Sends a request and reads until the head of the answer is complete, the connection ends or the time is over.
pub fn ask(stream: &mut TcpStream, request: &[u8], deadline: &Deadline) -> Reply {
    let mut answer = Vec::new();
    let late = deadline.left().is_none_or(|left| stream.set_write_timeout(Some(left)).is_err());
    // A server that refuses the request may close the connection before the whole request is written. The answer may
    // still say why.
    let _ = if late { Ok(()) } else { stream.write_all(request) };
    let mut part = [0; 1024];
    while !is_complete(&answer) && answer.len() < LONGEST_HEAD {
        let Some(left) = deadline.left() else { return read(&answer, Reply::Silent) };
        if stream.set_read_timeout(Some(left)).is_err() {
            return read(&answer, Reply::Closed);
        }
        match stream.read(&mut part) {
            Ok(0) => return read(&answer, Reply::Closed),
            Ok(length) => answer.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return read(&answer, Reply::Silent);
            }
            Err(_) => return read(&answer, Reply::Closed),
        }
    }
    read(&answer, Reply::Closed)
}

/// Whether the kind of the answer is known: the head of an HTTP answer is complete, or the answer is not HTTP.
fn is_complete(answer: &[u8]) -> bool {
    let is_http = answer.iter().zip(b"HTTP/").all(|(one, other)| one == other);
    answer.len() >= 5 && (!is_http || answer.windows(4).any(|end| end == b"\r\n\r\n"))
}

/// Reads an answer; `nothing` stands for an empty one.
fn read(answer: &[u8], nothing: Reply) -> Reply {
    match answer {
        [] => nothing,
        // A TLS record begins with its type (21 is an alert, 22 a handshake) and version (RFC 5246, section 6.2.1).
        [0x15 | 0x16, 0x03, ..] => Reply::Tls,
        _ => head(&String::from_utf8_lossy(answer)).map_or(Reply::Other, Reply::Http),
    }
}

fn head(text: &str) -> Option<Head> {
    let mut lines = text.lines();
    let mut words = lines.next()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    let status = words.next().filter(|code| code.len() == 3)?.parse().ok()?;
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':'));
    let offers = headers.filter(|(name, _)| name.eq_ignore_ascii_case("Proxy-Authenticate"));
    let mut schemes = Vec::new();
    for scheme in offers.flat_map(|(_, value)| schemes_in(value)) {
        if !schemes.contains(&scheme) {
            schemes.push(scheme);
        }
    }
    Some(Head { status, schemes })
}

/// Returns the schemes of one header, which may hold several challenges with parameters: `Negotiate, Basic
/// realm="a, b"` (RFC 9110, section 11.6.1).
fn schemes_in(value: &str) -> impl Iterator<Item = &'static str> {
    let outside_quotes: String = value.split('"').step_by(2).collect();
    let words: Vec<String> = outside_quotes
        .split(',')
        .filter_map(|challenge| challenge.split_ascii_whitespace().next().map(str::to_owned))
        .collect();
    words.into_iter().filter_map(|word| SCHEMES.into_iter().find(|scheme| scheme.eq_ignore_ascii_case(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_for_what_it_is() {
        let http = |status, schemes: &[&'static str]| Reply::Http(Head { status, schemes: schemes.to_vec() });
        for (answer, expected) in [
            (&b""[..], Reply::Silent),
            (b"\x15\x03\x01\x00\x02\x02\x28", Reply::Tls),
            (b"\x16\x03\x03", Reply::Tls),
            (b"SSH-2.0-x\r\n", Reply::Other),
            (b"HTTP/1.1 s3c alice\r\n\r\n", Reply::Other),
            (b"HTTP/1.1 2000 OK\r\n\r\n", Reply::Other),
            (b"HTTP/1.0 200 OK\r\n\r\n", http(200, &[])),
            (b"HTTP/1.1 200\n\n", http(200, &[])),
            (b"HTTP/1.1 407 x\r\nproxy-authenticate: NTLM\r\nPROXY-AUTHENTICATE:Negotiate\r\n\r\n", http(407, &["NTLM", "Negotiate"])),
            (b"HTTP/1.1 407 x\r\nProxy-Authenticate: negotiate, BASIC realm=\"a, Digest\", Digest qop=\"auth\"\r\n\r\n",
                http(407, &["Negotiate", "Basic", "Digest"])),
            (b"HTTP/1.1 407 x\r\nProxy-Authenticate: Fancy\r\nX: Basic\r\n\r\nProxy-Authenticate: Basic\r\n", http(407, &[])),
        ] {
            assert_eq!(read(answer, Reply::Silent), expected, "{}", answer.escape_ascii());
        }
    }
}

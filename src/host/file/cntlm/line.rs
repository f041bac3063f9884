//! Reads lines of `cntlm.conf`.

use std::net::Ipv4Addr;

use crate::host::diff::lines;

/// The keywords that hold a password or a hash of one.
pub const SECRETS: [&str; 4] = ["password", "passlm", "passnt", "passntlmv2"];

/// A line with a keyword and a value: the keyword in lower case, the text before the value, the value, the line end.
/// cntlm takes a value literally and knows no comment after a value (cntlm(1), "CONFIGURATION").
pub struct Line<'a> {
    pub keyword: String,
    pub lead: &'a [u8],
    pub value: String,
    pub end: &'a [u8],
}

pub fn parse(line: &[u8]) -> Option<Line<'_>> {
    let body = line.trim_ascii();
    let length = body.iter().position(u8::is_ascii_whitespace)?;
    let keyword = std::str::from_utf8(&body[..length]).ok()?;
    if keyword.starts_with(['#', '[']) {
        return None;
    }
    let value = body[length..].trim_ascii();
    let start = line.len() - line.trim_ascii_start().len() + body.len() - value.len();
    Some(Line {
        keyword: keyword.to_ascii_lowercase(),
        lead: &line[..start],
        value: String::from_utf8_lossy(value).into_owned(),
        end: &line[start + value.len()..],
    })
}

/// Whether a `Listen`, `SOCKS5Proxy` or `Tunnel` with this value listens on the loopback device only. A value without
/// an address is on the loopback device, unless the file has `Gateway yes`. `colons`: the number of colons in a value
/// without an address.
pub fn is_local(value: &str, colons: usize) -> bool {
    match value.split_once(':').filter(|_| value.matches(':').count() > colons) {
        None => true,
        Some((host, _)) => host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
    }
}

pub fn opens_gateway(line: &Line) -> bool {
    line.keyword == "gateway" && line.value.eq_ignore_ascii_case("yes")
}

/// Returns the keywords of the hashes that cntlm needs for the `Auth` of the file (cntlm(1), "-a").
pub fn needed_hashes(content: &[u8]) -> &'static [&'static str] {
    let auth = lines(content).into_iter().filter_map(parse).rfind(|line| line.keyword == "auth");
    match auth.map(|line| line.value.to_ascii_lowercase()).as_deref() {
        Some("nt" | "ntlm2sr") => &["passnt"],
        Some("lm") => &["passlm"],
        Some("ntlm") => &["passnt", "passlm"],
        _ => &["passntlmv2"],
    }
}

/// The values that the file has now. A value of the command line wins over a value of the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Current {
    pub user: Option<String>,
    pub domain: Option<String>,
    pub password: Option<String>,
    pub parents: Vec<String>,
    /// Whether the file has every hash that its `Auth` needs.
    pub has_hashes: bool,
}

impl Current {
    pub fn of(content: &[u8]) -> Self {
        let mut current = Self::default();
        let mut keywords = Vec::new();
        for Line { keyword, value, .. } in lines(content).into_iter().filter_map(parse) {
            match keyword.as_str() {
                "username" => current.user = Some(value),
                "domain" => current.domain = Some(value),
                "password" => current.password = Some(value),
                "proxy" => current.parents.push(value),
                _ => {}
            }
            keywords.push(keyword);
        }
        let needed = needed_hashes(content);
        current.has_hashes = needed.iter().all(|hash| keywords.iter().any(|keyword| keyword == hash));
        // These are the values of the example that Debian's package installs.
        if current.user.as_deref() == Some("testuser") && current.domain.as_deref() == Some("corp-uk") {
            return Self::default();
        }
        current
    }
}

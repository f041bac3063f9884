//! Redacts `cntlm.conf`.

use super::line::parse;
use crate::host::redact;

/// Keywords whose values may be shown.
const SHOWN: [&str; 12] = [
    "username",
    "domain",
    "proxy",
    "noproxy",
    "listen",
    "gateway",
    "auth",
    "workstation",
    "flags",
    "allow",
    "deny",
    "tunnel",
];

pub fn masked_line(line: &str) -> String {
    let comment = line.trim_start().trim_start_matches(['#', ' ', '\t']);
    match parse(line.as_bytes()).or_else(|| parse(comment.as_bytes())) {
        Some(parsed) if line.trim_start().starts_with('#') => {
            let word = parsed.keyword.as_str();
            let secret =
                word.starts_with("pass") || ["socks5user", "header"].contains(&word) || comment.contains('@');
            if secret { format!("# {} {}\n", word, redact::HIDDEN) } else { line.to_owned() }
        }
        Some(parsed) if SHOWN.contains(&parsed.keyword.as_str()) && !parsed.value.contains('@') => {
            line.to_owned()
        }
        Some(parsed) => {
            let lead = String::from_utf8_lossy(parsed.lead);
            format!("{lead}{}{}", redact::HIDDEN, String::from_utf8_lossy(parsed.end))
        }
        None => line.to_owned(),
    }
}

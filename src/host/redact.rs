//! Redacts configuration files. A value is hidden unless there is a reason to show the value.

use crate::proxy_url::{ascii, redact, redact_proxy};

/// The text in place of a hidden value.
pub const HIDDEN: &str = "***";

/// Returns the redacted lines of a text, as many lines as the text has. `masked`: the text with hidden values.
pub fn shown_lines(text: &[u8], masked: &str) -> Vec<String> {
    let count = super::diff::lines(text).len();
    let lines: Vec<String> = masked.lines().map(shown).collect();
    // Where `masked` has another number of lines, every line is hidden.
    if lines.len() == count { lines } else { vec![HIDDEN.to_owned(); count] }
}

/// Returns a line in ASCII; tabs stay.
fn shown(line: &str) -> String {
    line.split('\t').map(ascii).collect::<Vec<_>>().join("\t")
}

/// Hides a value and keeps the line ends in it.
pub fn hide(value: &str) -> String {
    vec![HIDDEN; value.split('\n').count()].join("\n")
}

/// Returns the upper-case name of a proxy variable; `None` for every other variable.
pub fn proxy_variable(name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY"].contains(&&*upper).then_some(upper)
}

/// Redacts `NAME=value` of an environment. Only the values of proxy variables and of jobproxy's own options are
/// shown, without passwords.
pub fn variable(entry: &str) -> String {
    let Some((name, value)) = entry.split_once('=') else { return HIDDEN.to_owned() };
    let value = match proxy_variable(name).as_deref() {
        Some("NO_PROXY") if !value.contains('@') => value.to_owned(),
        Some("NO_PROXY") => HIDDEN.to_owned(),
        Some(_) => redact_proxy(value),
        None if name.starts_with("JOBPROXY_") => redact(value),
        None => HIDDEN.to_owned(),
    };
    format!("{name}={value}")
}

/// Options whose next word is a secret or may hold a secret.
const SECRET_OPTIONS: [&str; 9] =
    ["-p", "-u", "-H", "--password", "--pass", "--token", "--secret", "--user", "--header"];
/// Parts of the names of variables and headers whose values are secrets.
const SECRET_NAMES: [&str; 7] = ["pass", "token", "secret", "key", "auth", "cred", "pw"];

/// Redacts a shell script: words that look like a secret are hidden, line by line.
pub fn script(text: &str) -> String {
    text.split('\n').map(script_line).collect::<Vec<_>>().join("\n")
}

fn script_line(line: &str) -> String {
    let (mut out, mut word, mut previous) = (String::new(), String::new(), String::new());
    for letter in line.chars().chain(['\n']) {
        if !letter.is_whitespace() && !"\"';|&()<>`".contains(letter) {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            out.push_str(&script_word(&word, &previous));
            previous = std::mem::take(&mut word);
        }
        if letter != '\n' {
            out.push(letter);
        }
    }
    out
}

fn script_word(word: &str, previous: &str) -> String {
    let secret_name = |name: &str| {
        let name = name.to_ascii_lowercase();
        SECRET_NAMES.iter().any(|part| name.contains(part))
    };
    let expanded = word.starts_with('$');
    if let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.contains("://")) {
        if proxy_variable(name).is_some() {
            return variable(word);
        }
        if secret_name(name) && !value.starts_with('$') && !value.is_empty() {
            return format!("{name}={HIDDEN}");
        }
    }
    let after_secret = SECRET_OPTIONS.contains(&previous) || previous.ends_with(':') && secret_name(previous);
    if !expanded && (after_secret || looks_random(word)) {
        return HIDDEN.to_owned();
    }
    // Everything before an `@` may be a password, in a URL or alone.
    if word.contains('@') { redact(word) } else { word.to_owned() }
}

/// Whether a word is long and made of letters and digits: a token rather than a name or a path.
fn looks_random(word: &str) -> bool {
    let letters = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=_-.".contains(&byte));
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= 16 && letters && digits >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_without_their_login_and_options_of_jobproxy_are_shown() {
        for (entry, expected) in [
            ("HTTP_PROXY=http://u:pw@p:1", "HTTP_PROXY=http://***@p:1"),
            ("https_proxy=p:1", "https_proxy=p:1"),
            ("HTTP_PROXY=http://u:pw", "HTTP_PROXY=***"),
            ("NO_PROXY=a,.b", "NO_PROXY=a,.b"),
            ("NO_PROXY=a,u:pw@b", "NO_PROXY=***"),
            ("DOCKER_AUTH_CONFIG={pw}", "DOCKER_AUTH_CONFIG=***"),
            ("JOBPROXY_GITLAB_ENV=1", "JOBPROXY_GITLAB_ENV=1"),
            ("pw", "***"),
        ] {
            assert_eq!(variable(entry), expected);
        }
    }

    #[test]
    fn words_of_a_script_that_look_like_secrets_are_hidden() {
        for (text, expected) in [
            ("docker login -u bob -p s3cret reg", "docker login -u *** -p *** reg"),
            ("export API_TOKEN=s3cret; X=1", "export API_TOKEN=***; X=1"),
            ("git config http.proxy http://u:pw@p:1", "git config http.proxy http://***@p:1"),
            ("curl -H \"PRIVATE-TOKEN: s3cret\"", "curl -H \"*** ***\""),
            ("echo glpat-abc123def456ghi", "echo ***"),
            ("docker login --password=$PW", "docker login --password=$PW"),
            ("a\nb", "a\nb"),
        ] {
            assert_eq!(script(text), expected);
        }
    }
}

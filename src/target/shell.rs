//! The variables as programs get them: shell code, bare lines, JSON, or the environment of a process.

use std::collections::BTreeMap;

use crate::proxy_url::ProxyUrl;
use crate::report;
use crate::settings::Settings;

/// A variable's name and value; `None` where it must be unset.
pub type Variable = (&'static str, Option<String>);

/// See [`variables`].
pub type Variables = Vec<Variable>;

/// Both letter cases of every variable, sorted by name.
///
/// One value leaves jobproxy in both cases: Go, apk, reqwest and npm read the upper one first, curl, git, wget,
/// Python, Ruby and apt the lower one. An empty value is never among them: an empty `no_proxy` hides a filled
/// `NO_PROXY` in six clients, an empty `https_proxy` switches the proxy off (measured).
#[must_use]
pub fn variables(settings: &Settings) -> Variables {
    let no_proxy = settings.no_proxy.value();
    let value = |name: &str| match name {
        "NO_PROXY" => Some(no_proxy.clone()).filter(|list| !list.is_empty()),
        _ => settings.proxies.get(name).map(ProxyUrl::expose).or_else(|| settings.extra(name)),
    };
    let variable = |name: &&'static str| {
        let upper = name.to_ascii_uppercase();
        match value(&upper) {
            None if !settings.blank.contains(&upper.as_str()) => None,
            value => Some((*name, value)),
        }
    };
    NAMES.iter().filter_map(variable).collect()
}

/// Sorted, as `sort` does it.
const NAMES: [&str; 12] = [
    "ALL_PROXY",
    "FTP_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "JAVA_TOOL_OPTIONS",
    "NODE_USE_ENV_PROXY",
    "NO_PROXY",
    "all_proxy",
    "ftp_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// POSIX shell code that `eval` reads back as exactly these values, one line each.
#[must_use]
pub fn code(variables: &[Variable]) -> String {
    let line = |(name, value): &Variable| match value {
        Some(value) => format!("export {name}={}\n", quote(value)),
        None => format!("unset {name}\n"),
    };
    variables.iter().map(line).collect()
}

/// Bare `NAME=value` lines, as GitLab reads them from dotenv reports and `$GITLAB_ENV`: to the end of the line,
/// nothing is quoted or expanded.
#[must_use]
pub fn dotenv(variables: &[Variable]) -> String {
    let set = variables.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    set.map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// One JSON object; what must be unset is null.
#[must_use]
pub fn json(variables: &[Variable]) -> String {
    report::json(&variables.iter().cloned().collect::<BTreeMap<_, _>>())
}

/// Single quotes keep every byte but the single quote itself.
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_says_the_same() {
        let variables = [("A", Some("it's $HOME \\ `x`".to_owned())), ("B", None)];
        assert_eq!(code(&variables), "export A='it'\\''s $HOME \\ `x`'\nunset B\n");
        assert_eq!(dotenv(&variables), "A=it's $HOME \\ `x`\n");
        assert_eq!(json(&variables), "{\n  \"A\": \"it's $HOME \\\\ `x`\",\n  \"B\": null\n}\n");
        assert_eq!(json(&[]), "{}\n");
    }
}

//! The values that git's config must have, and the edits that set and remove the values.

use std::path::Path;

use anyhow::Result;

use crate::environment::Environment;
use crate::output::git_file::{GitFile, Value};
use crate::output::{Change, Edit, real};
use crate::proxy_url::{ProxyUrl, redact, redact_proxy};
use crate::replace_file::read;
use crate::settings::Settings;

/// The key that serves every remote.
pub(crate) const KEY: &str = "http.proxy";

/// The values that git's config must have.
pub(crate) struct Wanted {
    /// Keys and values; each pair gets its own section.
    pub(crate) values: Vec<(String, String)>,
    /// Every proxy that this or an earlier run may have written.
    all: Vec<String>,
    /// The address of the GitLab server, as in the name of a section.
    server: Option<String>,
}

impl Wanted {
    /// Decides the values. Where http and https have the same proxy, `http.proxy` serves all remotes. Where the
    /// proxies differ, no key can serve all remotes: no pattern of `http.<url>.*` means a scheme (git, urlmatch.c,
    /// `match_urls`). Only the GitLab server then gets a key, with the proxy for its scheme.
    pub(crate) fn new(settings: &Settings, server: Option<&str>) -> Self {
        let proxies = &settings.proxies;
        let of_scheme = |own: &Option<ProxyUrl>| own.as_ref().or(proxies.all.as_ref()).map(ProxyUrl::expose);
        let (https, http) = (of_scheme(&proxies.https), of_scheme(&proxies.http));
        let server = server.and_then(server_url);
        let values = match (&https, &http, &server) {
            (Some(https), Some(http), Some(server)) if https != http => {
                let proxy = if server.starts_with("https:") { https } else { http };
                vec![(format!("http.{server}.proxy"), proxy.clone())]
            }
            (Some(https), Some(http), None) if https != http => Vec::new(),
            _ => https.iter().chain(&http).take(1).map(|proxy| (KEY.to_owned(), proxy.clone())).collect(),
        };
        Self { values, all: https.into_iter().chain(http).collect(), server }
    }

    /// Returns the value of `http.proxy`; `None` where git uses the variables.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.value(KEY)
    }

    /// Returns the value to write for a key.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(wanted, _)| wanted == key).map(|(_, value)| value.as_str())
    }

    /// Returns a value of the file that overrides the variables and that `setup` would replace.
    pub(crate) fn other_value(&self, path: &Path, environment: &Environment) -> Option<String> {
        let content = real(path, environment).and_then(|path| read(&path)).ok().flatten()?;
        let file = GitFile::parse(&content).ok()?;
        let is_other =
            |value: &&Value| self.is_managed(value) && self.value(&value.key) != value.value.as_deref();
        file.values.iter().find(is_other).map(described)
    }

    /// Whether jobproxy writes this key. An empty value for a server was written by the user and switches the
    /// proxy off for that server.
    fn is_managed(&self, value: &Value) -> bool {
        let text = value.value.as_deref().unwrap_or_default();
        let of_server = |server: &String| value.key == format!("http.{server}.proxy") && !text.is_empty();
        value.key == KEY || self.server.as_ref().is_some_and(of_server)
    }

    /// Decides the new content: removes the values of earlier runs and appends the proxies, since the last value wins.
    /// With `describes` the edit also names each changed value, for `--dry-run`.
    pub(crate) fn decide(&self, old: &[u8], describes: bool) -> Result<Edit> {
        let file = GitFile::parse(old)?;
        let managed: Vec<&Value> = file.values.iter().filter(|value| self.is_managed(value)).collect();
        let is_right =
            |value: &&Value| value.value.is_some() && self.value(&value.key) == value.value.as_deref();
        let has = |(key, _): &(String, String)| managed.iter().any(|value| value.key == *key);
        // The values of an included file override the values before the include.
        let include = file.values.iter().rposition(|value| value.key.starts_with("include"));
        let proxy = file.values.iter().position(|value| self.is_managed(value));
        if managed.iter().all(is_right) && self.values.iter().all(has) && (proxy.is_none() || include < proxy)
        {
            return Ok(Edit::default());
        }
        let mut content = file.without(old, &|value| self.is_managed(value));
        let mut diff = Vec::new();
        if describes {
            diff.extend(managed.iter().map(|value| format!("-{}", described(value))));
            let new = self.values.iter();
            diff.extend(new.map(|(key, proxy)| format!("+{}: {}", redact(key), redact_proxy(proxy))));
        }
        let mut sections = String::new();
        for (key, proxy) in &self.values {
            // The written form of a proxy has none of the characters that git wants quoted.
            let section = match &self.server {
                Some(server) if key != KEY => {
                    format!("[http \"{}\"]", server.replace('\\', "\\\\").replace('"', "\\\""))
                }
                _ => "[http]".to_owned(),
            };
            sections.push_str(&format!("{section}\n\tproxy = {proxy}\n"));
        }
        content.extend(after(&content, &sections));
        // An earlier run may have written the value, or the user: `http.proxy =` switches git's proxy off.
        let lost = managed.iter().filter(|value| !is_right(value));
        let verb = |value: &&Value| if self.value(&value.key).is_some() { "replaced" } else { "removed" };
        let notes = lost.map(|value| format!("git: {} {}", verb(value), described(value))).collect();
        Ok(Edit { change: Change::Content(content), diff, notes })
    }

    /// Decides the content without the values that [`Wanted::decide`] writes.
    pub(crate) fn revert(&self, old: &[u8]) -> Result<Edit> {
        let file = GitFile::parse(old)?;
        let is_own = |value: &Value| {
            self.is_managed(value) && value.value.as_ref().is_some_and(|text| self.all.contains(text))
        };
        let left = file.values.iter().filter(|value| self.is_managed(value) && !is_own(value));
        let notes = left
            .map(|value| format!("git: left {}: setup would write another value", described(value)))
            .collect();
        let change = match file.without(old, &is_own) {
            content if content == old => Change::Nothing,
            content if content.is_empty() => Change::Removal,
            content => Change::Content(content),
        };
        let gone = file.values.iter().filter(|value| is_own(value));
        Ok(Edit { change, diff: gone.map(|value| format!("-{}", described(value))).collect(), notes })
    }
}

/// Returns the text to append to a content. A file without a trailing newline gets none.
fn after(content: &[u8], sections: &str) -> Vec<u8> {
    if sections.is_empty() {
        return Vec::new();
    }
    // A trailing backslash continues the line; an empty line ends the continuation.
    let line_end = if content.trim_ascii_end().ends_with(b"\\") { "\n" } else { "" };
    let text = if content.is_empty() || content.ends_with(b"\n") {
        [line_end, sections].concat()
    } else {
        ["\n", line_end, sections.trim_ascii_end()].concat()
    };
    text.into_bytes()
}

/// Returns a key and its value without a password.
fn described(value: &Value) -> String {
    format!("{}: {}", redact(&value.key), redact_proxy(value.value.as_deref().unwrap_or_default()))
}

/// Returns the server's address as in a key: without userinfo, in lower case.
fn server_url(server: &str) -> Option<String> {
    let (scheme, rest) = server.trim_ascii().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split(['?', '#']).next()?.trim_end_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?.to_ascii_lowercase();
    let plain = !rest.contains(|letter: char| letter.is_ascii_control() || letter == ' ');
    (plain && matches!(scheme.as_str(), "http" | "https")).then(|| format!("{scheme}://{host}{path}"))
}

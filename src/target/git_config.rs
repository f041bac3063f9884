//! Git's global config: `http.proxy`, which git reads for http and https remotes alike. `https.proxy` is not a key.

use std::cell::{LazyCell, OnceCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Result, anyhow, bail};

use super::undo::{self, Reverted};
use super::{Applied, Context, Edit, State, edit_file};
use crate::environment::Environment;
use crate::proxy_url::redact;
use crate::replace_file::{Peers, Turn, read};
use crate::settings::Settings;

/// Writes the proxy into git's global config.
///
/// # Errors
/// The file cannot be read or replaced, its lock is held, or git refuses it.
pub fn apply(context: &Context) -> Result<Option<Applied>> {
    let path = path(context.environment)?;
    let dry_run = context.options.dry_run;
    let sections = Sections::new(context.settings, context.environment.texts.ci_server_url.as_deref());
    if sections.values.is_empty() {
        return Ok(None);
    }
    let mut removed = Vec::new();
    let old = read(&path)?.unwrap_or_default();
    let git = LazyCell::new(|| which::which_in("git", context.environment.path("PATH"), "/").ok());
    let turn = OnceCell::new();
    if needs_git(&old) && !sections.end(&old) {
        let Some(program) = &*git else {
            let mut applied = Applied::new(&path, State::Skipped);
            let note = "mentions a proxy, and there is no git on PATH to change that; left as it is";
            applied.notes.push(format!("{}: {note}", path.display()));
            return Ok(Some(applied));
        };
        // No need to ask about a value that is nowhere in the file.
        if dry_run || sections.may_be_in(&old) {
            let values = Git { program, file: &path }.proxies()?;
            if sections
                .values
                .iter()
                .all(|wanted| values.iter().rfind(|(key, _)| *key == wanted.0) == Some(wanted))
            {
                return Ok(Some(Applied::new(&path, State::Unchanged)));
            }
            let replaced = values.iter().filter(|(key, _)| key == "http.proxy");
            removed = replaced.map(|(key, value)| format!("-{key}: {}", redact(value))).collect();
        }
        if !dry_run {
            let _ = turn.set(Turn::wait(&path)?);
        }
    }
    let decide = |old: Option<&[u8]>| {
        let old = old.unwrap_or_default();
        if dry_run || !needs_git(old) || sections.end(old) {
            return Ok(sections.append_to(old));
        }
        let Some(program) = &*git else { return Ok(sections.append_to(old)) };
        // Another run may have written a proxy just now.
        if turn.get().is_none() {
            let _ = turn.set(Turn::wait(&path)?);
        }
        let unset = |file: &Path| Git { program, file }.unset_proxy(&path);
        let rest = turn.get().map(|turn| turn.change(old, &unset)).transpose()?;
        Ok(sections.append_to(rest.as_deref().unwrap_or(old)))
    };
    let remember = |old: Option<&[u8]>, new: &[u8]| {
        undo::remember(&path, old, new, &sections.revert(new));
    };
    let mut applied = edit_file(&path, Peers::Git, dry_run, &decide, &remember)?;
    if dry_run {
        applied.diff.splice(0..0, removed);
    }
    Ok(Some(applied))
}

/// Takes the proxy out of git's config again.
///
/// # Errors
/// As [`apply`].
pub fn undo(context: &Context) -> Result<Option<Applied>> {
    let path = path(context.environment)?;
    let sections = Sections::new(context.settings, context.environment.texts.ci_server_url.as_deref());
    undo::undo(&path, Peers::Git, context.options.dry_run, &|content| Ok(sections.revert(content))).map(Some)
}

/// The file that `git config --global` writes to (git, builtin/config.c and config.c, `git_global_config`).
///
/// # Errors
/// There is neither GIT_CONFIG_GLOBAL nor a home.
pub fn path(environment: &Environment) -> Result<PathBuf> {
    if let Some(path) = environment.path("GIT_CONFIG_GLOBAL") {
        return Ok(path.to_owned());
    }
    let home = environment.home()?;
    let classic = home.join(".gitconfig");
    let xdg = environment.path("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), Path::to_owned);
    let xdg = xdg.join("git/config");
    Ok(if fs::symlink_metadata(&classic).is_err() && xdg.exists() { xdg } else { classic })
}

/// Whether appending is not enough: there may be values of the key already (all but the last of them would stay
/// behind), or the last line goes on.
pub(crate) fn needs_git(old: &[u8]) -> bool {
    old.windows(5).any(|word| word.eq_ignore_ascii_case(b"proxy")) || old.trim_ascii_end().ends_with(b"\\")
}

/// What is to stand at the end of the file.
#[derive(Default)]
pub(crate) struct Sections {
    /// Key and value, as `git config --get-regexp` prints them.
    pub(crate) values: Vec<(String, String)>,
    /// As git writes it. A proxy's written form has none of the characters that git quotes.
    text: String,
}

impl Sections {
    pub(crate) fn new(settings: &Settings, server: Option<&str>) -> Self {
        let proxies = &settings.proxies;
        let mut sections = Self::default();
        let main = proxies.https.as_ref().or(proxies.http.as_ref()).or(proxies.all.as_ref());
        let mut add = |server: Option<String>, proxy: String| {
            let (key, header) = match server {
                None => ("http.proxy".to_owned(), "[http]".to_owned()),
                Some(url) => {
                    let quoted = url.replace('\\', "\\\\").replace('"', "\\\"");
                    (format!("http.{url}.proxy"), format!("[http \"{quoted}\"]"))
                }
            };
            sections.text.push_str(&format!("{header}\n\tproxy = {proxy}\n"));
            sections.values.push((key, proxy));
        };
        // One key serves both kinds of remote; where the proxies differ, the one server that every job talks to
        // gets the proxy of its own scheme.
        let server = server
            .filter(|_| proxies.http.is_some() && proxies.https.is_some() && proxies.http != proxies.https);
        let own = server.and_then(server_url).and_then(|(url, is_tls)| {
            let proxy = if is_tls { &proxies.https } else { &proxies.http };
            Some((Some(url), proxy.as_ref()?))
        });
        for (server, proxy) in main.map(|proxy| (None, proxy)).into_iter().chain(own) {
            add(server, proxy.expose());
        }
        sections
    }

    /// Whether the file ends with them; it may lack the last newline.
    fn end(&self, old: &[u8]) -> bool {
        let text = self.text.as_bytes();
        old.ends_with(text) || old.ends_with(text.trim_ascii_end())
    }

    /// The file without them, wherever they stand in it.
    fn revert(&self, content: &[u8]) -> Reverted {
        let text = self.text.as_bytes();
        if text.is_empty() {
            return Reverted::Same;
        }
        if content == text {
            return Reverted::Gone;
        }
        let unended = [b"\n", text.trim_ascii_end()].concat();
        if let Some(rest) = content.strip_suffix(unended.as_slice()) {
            return Reverted::Content(rest.to_vec());
        }
        let at_line_start = |at: &usize| *at == 0 || content[at - 1] == b'\n';
        let found = (0..content.len()).filter(at_line_start).find(|at| content[*at..].starts_with(text));
        found.map_or(Reverted::Same, |at| {
            Reverted::Content([&content[..at], &content[at + text.len()..]].concat())
        })
    }

    fn may_be_in(&self, old: &[u8]) -> bool {
        self.values.iter().all(|(_, value)| old.windows(value.len()).any(|part| part == value.as_bytes()))
    }

    /// The file with them at its end, where the last value wins; `None` when they are there.
    fn append_to(&self, old: &[u8]) -> Option<Edit> {
        if self.end(old) {
            return None;
        }
        let mut content = old.to_vec();
        // An empty line ends a line that goes on.
        content.extend(old.trim_ascii_end().ends_with(b"\\").then_some(b'\n'));
        if old.is_empty() || old.ends_with(b"\n") {
            content.extend_from_slice(self.text.as_bytes());
        } else {
            content.push(b'\n');
            content.extend_from_slice(self.text.trim_end().as_bytes());
        }
        let diff = self.values.iter().map(|(key, value)| format!("+{key}: {}", redact(value))).collect();
        Some(Edit { content, diff, notes: Vec::new() })
    }
}

/// The server's address as git compares it, without userinfo, and whether it is https.
fn server_url(server: &str) -> Option<(String, bool)> {
    let (scheme, rest) = server.trim_ascii().split_once("://")?;
    let is_tls = scheme.eq_ignore_ascii_case("https");
    let rest = rest.split(['?', '#']).next()?.trim_end_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?.to_ascii_lowercase();
    let plain = !rest.contains(|c: char| c.is_ascii_control() || c == ' ');
    let scheme = if is_tls { "https" } else { "http" };
    (plain && (is_tls || server.trim_ascii_start().to_ascii_lowercase().starts_with("http:")))
        .then(|| (format!("{scheme}://{host}{path}"), is_tls))
}

/// The git that is on PATH, at work on one file. No address ever stands in its arguments: everybody on the machine
/// can read those.
pub(crate) struct Git<'a> {
    pub(crate) program: &'a Path,
    pub(crate) file: &'a Path,
}

impl Git<'_> {
    /// Keys and values of all proxies in the file.
    pub(crate) fn proxies(&self) -> Result<Vec<(String, String)>> {
        let output = self.config(&["--null", "--get-regexp", r"^https?\.(.*\.)?proxy$"])?;
        match output.status.code() {
            Some(0 | 1) => {}
            _ => return Err(self.failed(&output, self.file)),
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let entries = text.split_terminator('\0');
        Ok(entries
            .map(|entry| entry.split_once('\n').unwrap_or((entry, "")))
            .map(|(k, v)| (k.into(), v.into()))
            .collect())
    }

    /// Removes every value of `http.proxy` from a copy of `original`.
    fn unset_proxy(&self, original: &Path) -> Result<()> {
        let output = self.config(&["--unset-all", "http.proxy"])?;
        match output.status.code() {
            // 5: there was none.
            Some(0 | 5) => Ok(()),
            _ => Err(self.failed(&output, original)),
        }
    }

    fn config(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(self.program);
        command.args(["config", "--file"]).arg(self.file).args(arguments).stdin(Stdio::null());
        match command.output() {
            Ok(output) => Ok(output),
            Err(error) => bail!("{}: cannot be started: {error}", self.program.display()),
        }
    }

    fn failed(&self, output: &Output, file: &Path) -> anyhow::Error {
        let (copy, file) = (self.file.to_string_lossy(), file.to_string_lossy());
        let text = String::from_utf8_lossy(&output.stderr).replace(&*copy, &file);
        let line = text.lines().rfind(|line| line.starts_with("error:") || line.starts_with("fatal:"));
        let reason = redact(line.unwrap_or("git gave no reason"));
        anyhow!("{file}: git cannot change it ({reason}); mend it or move it away")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy_url::ProxyUrl;

    fn sections(http: &str, https: &str, server: &str) -> Sections {
        let proxy = |value: &str| (!value.is_empty()).then(|| ProxyUrl::parse(value).unwrap().0);
        let mut settings = Settings::default();
        settings.proxies.http = proxy(http);
        settings.proxies.https = proxy(https);
        Sections::new(&settings, Some(server))
    }

    #[test]
    fn the_https_proxy_serves_all_but_a_server_of_the_other_kind() {
        let one = "[http]\n\tproxy = http://b:1\n";
        for (http, https, server, expected) in [
            ("http://b:1", "http://b:1", "http://git.corp", one.to_owned()),
            ("", "http://b:1", "http://git.corp", one.to_owned()),
            ("http://b:1", "", "https://git.corp", one.to_owned()),
            ("http://a:1", "http://b:1", "nonsense", one.to_owned()),
            (
                "http://a:1",
                "http://b:1",
                "http://u:pw@git.corp:8080/base/",
                format!("{one}[http \"http://git.corp:8080/base\"]\n\tproxy = http://a:1\n"),
            ),
            (
                "http://a:1",
                "http://b:1",
                "https://Git.Corp:443",
                format!("{one}[http \"https://git.corp:443\"]\n\tproxy = http://b:1\n"),
            ),
        ] {
            assert_eq!(sections(http, https, server).text, expected);
        }
    }

    #[test]
    fn the_section_is_appended_once_and_all_before_it_stays() {
        let sections = sections("", "http://b:1", "");
        for (old, added) in [
            ("", "[http]\n\tproxy = http://b:1\n"),
            ("[user]\n\tname = x\n", "[http]\n\tproxy = http://b:1\n"),
            ("[user]\n\tname = x", "\n[http]\n\tproxy = http://b:1"),
            ("[user]\n\tname = x\\\n", "\n[http]\n\tproxy = http://b:1\n"),
            ("[user]\n\tname = x\\", "\n\n[http]\n\tproxy = http://b:1"),
        ] {
            let new = sections.append_to(old.as_bytes()).unwrap().content;
            assert_eq!(String::from_utf8_lossy(&new), format!("{old}{added}"));
            assert!(sections.append_to(&new).is_none(), "appended twice: {old:?}");
        }
    }

    #[test]
    fn git_is_asked_only_where_appending_is_not_enough() {
        for (old, expected) in [
            ("[user]\n\tname = x\n", false),
            ("", false),
            ("[http]\n\tProxy = x\n", true),
            ("# PROXY\n", true),
            ("[user]\n\tname = x\\\n", true),
        ] {
            assert_eq!(needs_git(old.as_bytes()), expected, "{old:?}");
        }
    }
}

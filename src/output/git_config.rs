//! Git's global config: `http.proxy`, which git reads for http and https remotes alike. `https.proxy` is not a key.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::git_file::{GitFile, Value};
use super::private::{self, Why};
use super::{Change, Context, Edit, Outcome, State, edit_file, real};
use crate::environment::Environment;
use crate::proxy_url::{ProxyUrl, redact, redact_proxy};
use crate::replace_file::{Locking, is_of_system, read, with_remedy};
use crate::settings::Settings;

/// The name of git's file in a job's private folder.
const PRIVATE: &str = "gitconfig";

/// Writes the proxy into git's global config.
///
/// # Errors
/// Git itself cannot read the file, or nothing can be written and no variable stands in for the file.
pub fn apply(context: &Context) -> Result<Option<Outcome>> {
    let wanted = Wanted::new(context.settings, context.environment.texts.ci_server_url.as_deref());
    let path = match path(context.environment) {
        Err(error) if context.is_exported() => {
            return Ok(Some(Outcome::left_alone(Path::new(""), format!("{error}; git uses the variables"))));
        }
        path => path?,
    };
    if is_none(&path) {
        let note = format!(
            "{} is a device, so that git has no global config and uses the variables",
            path.display()
        );
        return Ok(Some(Outcome::left_alone(&path, note)));
    }
    let decide = |old: Option<&[u8]>| wanted.decide(old.unwrap_or_default()).with_context(|| shown(&path));
    let done = real(&path, context.environment).and_then(|real| match context.why_private(&real) {
        Some(why) if context.is_exported() => make_private(context, why, &wanted),
        Some(why) => Err(why.needs_export(&path)),
        None => {
            edit_file(&real, Locking::Git, context.options.dry_run, &decide).map(|done| done.called(&path))
        }
    });
    let mut outcome = match done {
        Err(error) if is_of_system(&error) => {
            if let Some(other) = wanted.other_value(&path, context.environment) {
                return Err(with_remedy(&error, &format!("git uses {other} of that file; {ELSEWHERE}")));
            } else if !context.is_exported() {
                return Err(with_remedy(&error, ELSEWHERE));
            }
            let note = format!("{error}; git uses the variables; GIT_CONFIG_GLOBAL names another file");
            Outcome::left_alone(&path, note)
        }
        done => done?,
    };
    if wanted.proxy().is_none() {
        outcome.notes.push(DIFFERENT.to_owned());
    }
    Ok(Some(outcome))
}

/// The way out where git's config cannot be written.
const ELSEWHERE: &str = "set GIT_CONFIG_GLOBAL to a file that this user can write";

/// The note where git uses the variables, of which git takes the one for the scheme of a remote (git, http.c,
/// `get_curl_handle`).
const DIFFERENT: &str = "git: the proxies for http and https differ, and http.proxy would serve both kinds of \
                         remotes; git uses the variables instead";

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Whether the name stands for "no config": a device, such as /dev/null (git(1), GIT_CONFIG_GLOBAL).
fn is_none(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.file_type().is_char_device())
}

/// Makes a config for this job alone, which takes in the user's own.
fn make_private(context: &Context, why: Why, wanted: &Wanted) -> Result<Outcome> {
    let environment = context.environment;
    let mut includes = Vec::new();
    let mut notes = vec![why.note().to_owned()];
    for path in own_files(environment)? {
        match real(&path, environment).and_then(|path| read(&path)) {
            // A file that does not exist now may be created later in the job.
            Ok(own) => {
                let file = GitFile::parse(&own.unwrap_or_default()).with_context(|| shown(&path))?;
                if wanted.proxy().is_none() && file.values.iter().any(|value| value.key == KEY) {
                    notes.push(format!(
                        "{}: sets http.proxy, which git takes before the variables",
                        path.display()
                    ));
                }
                includes.extend(include(&path));
            }
            // git fails when an included file cannot be read.
            Err(error) if is_of_system(&error) => notes.push(format!("{error}; git goes without it")),
            Err(error) => return Err(error),
        }
    }
    let decide = |old: Option<&[u8]>| wanted.decide(old.unwrap_or(includes.as_slice()));
    let path = context.private_folder()?.join(PRIVATE);
    if wanted.values.is_empty() && !path.exists() {
        return Ok(Outcome { notes: notes.split_off(1), ..Outcome::new(&path, State::Skipped) });
    }
    let mut outcome = edit_file(&path, Locking::Git, context.options.dry_run, &decide)?;
    outcome.notes.splice(0..0, notes);
    outcome.variables.push(("GIT_CONFIG_GLOBAL", Some(private::plain(&path)?)));
    Ok(outcome)
}

/// `[include] path = PATH`, quoted as git wants it (git-config(1), "Syntax").
fn include(path: &Path) -> Vec<u8> {
    let mut text = b"[include]\n\tpath = \"".to_vec();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\n' => text.extend_from_slice(b"\\n"),
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            byte => text.push(*byte),
        }
    }
    text.extend_from_slice(b"\"\n");
    text
}

/// Removes the proxy from git's config.
///
/// # Errors
/// Git cannot read the file, or the file cannot be replaced.
pub fn undo(context: &Context) -> Result<Option<Outcome>> {
    if let Some(folder) = private::existing(context.environment, "GIT_CONFIG_GLOBAL")
        && folder.join(PRIVATE).exists()
    {
        return private::remove(&folder.join(PRIVATE), context.options.dry_run).map(Some);
    }
    let path = path(context.environment)?;
    if is_none(&path) {
        return Ok(None);
    }
    let wanted = Wanted::new(context.settings, context.environment.texts.ci_server_url.as_deref());
    let decide = |old: Option<&[u8]>| {
        old.map_or_else(|| Ok(Edit::default()), |old| wanted.revert(old)).with_context(|| shown(&path))
    };
    let done = edit_file(&real(&path, context.environment)?, Locking::Git, context.options.dry_run, &decide)?;
    Ok(Some(done.called(&path).undone()))
}

/// The file that `git config --global` writes to (git, builtin/config.c and config.c, `git_global_config`).
///
/// # Errors
/// There is neither GIT_CONFIG_GLOBAL nor a home.
pub fn path(environment: &Environment) -> Result<PathBuf> {
    if let Some(path) = private::unless_gone(environment, "GIT_CONFIG_GLOBAL") {
        return Ok(path.to_owned());
    }
    let [xdg, classic] = home_files(environment)?;
    Ok(if fs::symlink_metadata(&classic).is_err() && xdg.exists() { xdg } else { classic })
}

/// The files that git reads, in its order.
fn own_files(environment: &Environment) -> Result<Vec<PathBuf>> {
    match private::unless_gone(environment, "GIT_CONFIG_GLOBAL") {
        Some(path) => Ok(vec![std::path::absolute(path)?]),
        None => Ok(home_files(environment)?.into()),
    }
}

fn home_files(environment: &Environment) -> Result<[PathBuf; 2]> {
    let home = environment.home()?;
    let home = std::path::absolute(&home).unwrap_or(home);
    let xdg = environment.path("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), Path::to_owned);
    Ok([xdg.join("git/config"), home.join(".gitconfig")])
}

/// The key that serves every remote.
pub(crate) const KEY: &str = "http.proxy";

/// What git's config is to say.
pub(crate) struct Wanted {
    /// Keys and values, each in a section of its own.
    pub(crate) values: Vec<(String, String)>,
    /// Every proxy that this or an earlier run may have written.
    all: Vec<String>,
    /// The GitLab server, as it stands in a section.
    server: Option<String>,
}

impl Wanted {
    /// One proxy serves all remotes. Of two, none can: no pattern of `http.<url>.*` stands for a scheme (git, urlmatch.c,
    /// `match_urls`), so only the GitLab server gets the one of its scheme.
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

    /// The value of `http.proxy`; `None` where git is left to the variables.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.value(KEY)
    }

    /// The value that a key is to have.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(wanted, _)| wanted == key).map(|(_, value)| value.as_str())
    }

    /// A value of the file that git would use before the variables, and that is not to be there.
    fn other_value(&self, path: &Path, environment: &Environment) -> Option<String> {
        let content = real(path, environment).and_then(|path| read(&path)).ok().flatten()?;
        let file = GitFile::parse(&content).ok()?;
        let is_other =
            |value: &&Value| self.is_managed(value) && self.value(&value.key) != value.value.as_deref();
        file.values.iter().find(is_other).map(described)
    }

    /// Whether jobproxy writes this key. An empty value for a server is not jobproxy's: it switches the proxy off there.
    fn is_managed(&self, value: &Value) -> bool {
        let text = value.value.as_deref().unwrap_or_default();
        let of_server = |server: &String| value.key == format!("http.{server}.proxy") && !text.is_empty();
        value.key == KEY || self.server.as_ref().is_some_and(of_server)
    }

    /// The file with the proxies as its last sections, where the last value wins, and without those of earlier runs.
    fn decide(&self, old: &[u8]) -> Result<Edit> {
        let file = GitFile::parse(old)?;
        let managed: Vec<&Value> = file.values.iter().filter(|value| self.is_managed(value)).collect();
        let is_right =
            |value: &&Value| value.value.is_some() && self.value(&value.key) == value.value.as_deref();
        let has = |(key, _): &(String, String)| managed.iter().any(|value| value.key == *key);
        // What an included file says counts from its place on.
        let include = file.values.iter().rposition(|value| value.key.starts_with("include"));
        let proxy = file.values.iter().position(|value| self.is_managed(value));
        if managed.iter().all(is_right) && self.values.iter().all(has) && (proxy.is_none() || include < proxy)
        {
            return Ok(Edit::default());
        }
        let mut content = file.without(old, &|value| self.is_managed(value));
        let mut diff: Vec<String> = managed.iter().map(|value| format!("-{}", described(value))).collect();
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
            diff.push(format!("+{}: {}", redact(key), redact_proxy(proxy)));
        }
        content.extend(after(&content, &sections));
        let stale = managed.iter().filter(|value| value.key != KEY && self.value(&value.key).is_none());
        let notes =
            stale.map(|value| format!("git: removed {} of an earlier run", described(value))).collect();
        Ok(Edit { change: Change::Content(content), diff, notes })
    }

    /// The file without the values that [`Wanted::decide`] writes.
    fn revert(&self, old: &[u8]) -> Result<Edit> {
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

/// Sections as they are appended to a content. A file whose last line has no end stays such a file.
fn after(content: &[u8], sections: &str) -> Vec<u8> {
    if sections.is_empty() {
        return Vec::new();
    }
    // A backslash carries the line on; an empty line ends that.
    let goes_on = if content.trim_ascii_end().ends_with(b"\\") { "\n" } else { "" };
    let text = if content.is_empty() || content.ends_with(b"\n") {
        [goes_on, sections].concat()
    } else {
        ["\n", goes_on, sections.trim_ascii_end()].concat()
    };
    text.into_bytes()
}

/// Key and value as people may see them.
fn described(value: &Value) -> String {
    format!("{}: {}", redact(&value.key), redact_proxy(value.value.as_deref().unwrap_or_default()))
}

/// The server's address as earlier releases wrote it into a key: without userinfo, in lower case.
fn server_url(server: &str) -> Option<String> {
    let (scheme, rest) = server.trim_ascii().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split(['?', '#']).next()?.trim_end_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?.to_ascii_lowercase();
    let plain = !rest.contains(|letter: char| letter.is_ascii_control() || letter == ' ');
    (plain && matches!(scheme.as_str(), "http" | "https")).then(|| format!("{scheme}://{host}{path}"))
}

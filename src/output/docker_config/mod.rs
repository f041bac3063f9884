//! Docker's `config.json`: the proxies that docker hands to containers and builds.
//!
//! Docker never applies `proxies` to its own connections; for those the variables are exported.

use anyhow::{Context as _, Result, bail};

use super::private;
use super::{Change, Context, Edit, Outcome, docker_copy, edit_file, real};
use crate::config_files;
use crate::environment::Environment;
use crate::no_proxy::entry::CidrPolicy;
use crate::no_proxy::normalize;
use crate::proxy_url::{redact, redact_proxy};
use crate::replace_file::json_edit::{self, members, set};
use crate::replace_file::{Locking, is_of_system, with_remedy};
use crate::settings::Settings;

mod entries;
mod text;

use entries::{entries, find, object_at, string};
use text::Text;

/// A key of an entry of `proxies`, and the value to write.
pub type Wanted = (&'static str, String);

/// The names that `proxies.default` may have (docker/cli, configfile.ProxyConfig).
const KEYS: [&str; 5] = ["httpProxy", "httpsProxy", "noProxy", "ftpProxy", "allProxy"];

/// Writes the proxies into docker's config, or into a copy for this job.
///
/// # Errors
/// Docker rejects the file, or the file cannot be written and DOCKER_CONFIG is not exported.
pub fn apply(context: &Context) -> Result<Option<Outcome>> {
    let wanted = wanted(context.settings);
    let daemons = daemons(context.environment);
    let path = config_files::docker(context.environment);
    let decide = |old: Option<&[u8]>| {
        let edit = decide(old, &wanted, &daemons, context.options.dry_run);
        match &path {
            Ok(path) => edit.with_context(|| path.display().to_string()),
            Err(_) => edit,
        }
    };
    let copy = |note: String, of_user: bool| {
        docker_copy::make(context, path.as_deref().ok(), note, of_user, &decide)
    };
    let done = match &path {
        Ok(path) => real(path, context.environment).and_then(|real| match context.why_private(real.path()) {
            Some(why) if context.is_exported() => copy(why.note().to_owned(), false),
            Some(why) => Err(why.needs_export(path)),
            None => edit_file(&real, Locking::None, context.options.dry_run, &decide)
                .map(|done| done.called(path)),
        }),
        Err(error) if context.is_exported() => {
            copy(format!("{error}; DOCKER_CONFIG names a private folder"), true)
        }
        Err(error) => bail!("{error}; set HOME or DOCKER_CONFIG"),
    };
    match done {
        Err(error) if is_of_system(&error) && context.is_exported() => {
            copy(format!("{error}; DOCKER_CONFIG names a private copy"), true).with_context(|| {
                format!(
                    "{error}; set DOCKER_CONFIG to a folder that this user can write to; \
                     no private copy can be made"
                )
            })
        }
        Err(error) if is_of_system(&error) => Err(with_remedy(&error, ELSEWHERE)),
        done => done,
    }
    .map(Some)
}

/// The remedy where docker's config cannot be written.
const ELSEWHERE: &str = "set DOCKER_CONFIG to a folder that this user can write to, or use setup --export, which gives \
                         docker a private copy";

/// Returns the keys and values to write. A key whose variable is unset is left out, so that an existing value stays.
#[must_use]
pub fn wanted(settings: &Settings) -> Vec<Wanted> {
    let proxies = &settings.proxies;
    let urls = [&proxies.http, &proxies.https, &None, &proxies.ftp, &proxies.all];
    KEYS.into_iter()
        .zip(urls)
        .filter_map(|(key, url)| match key {
            "noProxy" => Some((key, settings.no_proxy.value())).filter(|(_, list)| !list.is_empty()),
            _ => Some((key, url.as_ref()?.expose())),
        })
        .collect()
}

/// Returns the addresses under which docker may look up the proxies of its daemon. An entry of such an address hides
/// `default` (docker/cli, configfile.ParseProxyConfig).
#[must_use]
pub fn daemons(environment: &Environment) -> Vec<String> {
    match environment.texts.docker_host.as_deref().map(str::trim) {
        None => vec!["unix:///var/run/docker.sock".to_owned()],
        Some(host) => {
            let full = environment.docker_daemon().map(|address| format!("tcp://{address}"));
            [Some(host.to_owned()), full].into_iter().flatten().collect()
        }
    }
}

/// Appended to every error about the file's structure. Docker prints a warning about such a file and continues without
/// the part that docker could not read (docker/cli, config.LoadDefaultConfigFile).
const REMEDY: &str = "docker cannot read such a file either; fix the file or move it away";

/// Decides the new content of the file; `None` for `old` is a missing file. With `describes` the edit also names each
/// changed key, for `--dry-run` and doctor: to redact the values takes longer than to write them.
///
/// # Errors
/// Docker rejects the file.
pub fn decide(old: Option<&[u8]>, wanted: &[Wanted], daemons: &[String], describes: bool) -> Result<Edit> {
    let file = Text::read(old.unwrap_or_default())?;
    let (mut json, mut diff, mut notes, mut changed) = (file.json.clone(), Vec::new(), Vec::new(), false);
    for (proxies, entry) in entries(&json, daemons)? {
        let inside = object_at(&json, &[&proxies, &entry])?;
        let mut pairs = Vec::new();
        for (key, value) in wanted {
            let key = find(&inside, key)?.unwrap_or(key);
            let now = inside.iter().find(|(name, _)| name == key).map(|(_, value)| string(value));
            if now.as_ref() == Some(value) {
                continue;
            }
            let path = [proxies.as_str(), entry.as_str(), key];
            notes.extend(now.as_ref().and_then(|now| lost(&path, now, value)));
            if describes {
                diff.extend(now.map(|now| format!("-{}", described(&path, &now))));
                diff.push(format!("+{}", described(&path, value)));
            }
            pairs.push((key, value.as_str()));
        }
        if !pairs.is_empty() {
            json = set(&json, &[&proxies, &entry], &pairs)?;
            changed = true;
        }
    }
    let change = if changed { Change::Content(file.with(&json)) } else { Change::Nothing };
    Ok(Edit { change, diff, notes })
}

/// The note on an old value that another program may have written: another proxy, or the entries that the new list lacks.
/// Returns `None` where nothing is lost.
fn lost(path: &[&str; 3], now: &str, value: &str) -> Option<String> {
    if !path[2].eq_ignore_ascii_case("noProxy") {
        let is_proxy = !now.is_empty() && now != "null";
        return is_proxy.then(|| format!("docker: replaced {}", described(path, now)));
    }
    let kept: Vec<&str> = value.split(',').collect();
    let old = normalize(now, &[], CidrPolicy::Keep, &[]).value();
    let gone: Vec<&str> = old.split(',').filter(|entry| !entry.is_empty() && !kept.contains(entry)).collect();
    if kept == ["*"] || gone.is_empty() {
        return None;
    }
    let shown = gone[..gone.len().min(MOST_SHOWN)].join(", ");
    let more = match gone.len().saturating_sub(MOST_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let name = path.map(redact).join(".");
    Some(format!(
        "docker: {name} no longer has {shown}{more}; JOBPROXY_ADD adds entries, JOBPROXY_CIDR=keep keeps ranges"
    ))
}

/// The number of entries that a line names.
const MOST_SHOWN: usize = 8;

/// Removes the proxies from docker's config.
///
/// # Errors
/// As [`apply`].
pub fn undo(context: &Context) -> Result<Option<Outcome>> {
    if let Some(folder) = docker_copy::existing(context) {
        return private::remove(&folder, context, "DOCKER_CONFIG").map(Some);
    }
    let path = config_files::docker(context.environment)?;
    let (wanted, daemons) = (wanted(context.settings), daemons(context.environment));
    let revert = |old: Option<&[u8]>| match old {
        Some(old) => revert(old, &wanted, &daemons).with_context(|| path.display().to_string()),
        None => Ok(Edit::default()),
    };
    let done =
        edit_file(&real(&path, context.environment)?, Locking::None, context.options.dry_run, &revert)?;
    Ok(Some(done.called(&path).undone()))
}

/// Decides the content without the values that `setup` writes, and without objects that become empty.
fn revert(content: &[u8], wanted: &[Wanted], daemons: &[String]) -> Result<Edit> {
    let file = Text::read(content)?;
    let mut edit = Edit::default();
    let mut json = file.json.clone();
    for (proxies, entry) in entries(&json, daemons)? {
        for key in KEYS {
            let inside = object_at(&json, &[&proxies, &entry])?;
            let Some(name) = find(&inside, key)?.map(str::to_owned) else { continue };
            let path = [proxies.as_str(), entry.as_str(), name.as_str()];
            let Some(now) = inside.iter().find(|(other, _)| *other == name).map(|(_, now)| string(now))
            else {
                continue;
            };
            if !wanted.iter().any(|(other, value)| *other == key && *value == now) {
                edit.notes.push(format!(
                    "docker: left {}: setup would not write that value",
                    described(&path, &now)
                ));
                continue;
            }
            edit.diff.push(format!("-{}", described(&path, &now)));
            json = json_edit::remove(&json, &path)?;
            for path in [&path[..2], &path[..1]] {
                if object_at(&json, path)?.is_empty() {
                    json = json_edit::remove(&json, path)?;
                }
            }
        }
    }
    edit.change = match file.with(&json) {
        _ if edit.diff.is_empty() => Change::Nothing,
        _ if members(&json)?.is_empty() && file.is_plain() => Change::Removal,
        content => Change::Content(content),
    };
    Ok(edit)
}

/// Returns a key and its value without a password.
fn described(path: &[&str; 3], value: &str) -> String {
    let is_list = path[2].eq_ignore_ascii_case("noProxy") && !value.contains('@');
    // Only valid entries of a list are shown, since other text may be a password.
    let value =
        if is_list { normalize(value, &[], CidrPolicy::Keep, &[]).value() } else { redact_proxy(value) };
    format!("{}: {value}", path.map(redact).join("."))
}

#[cfg(test)]
mod tests;

//! Docker's `config.json`: what it hands to containers and builds.
//!
//! Docker never applies it to its own traffic; for that the variables are exported.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::value::RawValue;

use super::json_edit::{Member, check_depth, members, set};
use super::undo::{self, Reverted};
use super::{Applied, Context, Edit, docker_copy, edit_file, json_edit};
use crate::environment::Environment;
use crate::proxy_url::redact;
use crate::replace_file::{Peers, is_in_the_way};
use crate::settings::Settings;

/// One key of a `proxies` entry: its name in the file and the value it is to have.
pub type Wanted = (&'static str, String);

/// The names that `proxies.default` may have (docker/cli, configfile.ProxyConfig).
const KEYS: [&str; 5] = ["httpProxy", "httpsProxy", "noProxy", "ftpProxy", "allProxy"];

/// Writes the proxies into docker's config.
///
/// # Errors
/// The file cannot be read, is not what docker accepts, or cannot be replaced.
pub fn apply(context: &Context) -> Result<Option<Applied>> {
    let path = path(context.environment)?;
    let wanted = wanted(context.settings);
    let daemons = daemons(context.environment);
    let decide =
        |old: Option<&[u8]>| decide(old, &wanted, &daemons).with_context(|| path.display().to_string());
    let remember = |old: Option<&[u8]>, new: &[u8]| {
        // What was just made is read without an error.
        let reverted = revert(new, &wanted, &daemons).unwrap_or(Reverted::Same);
        undo::remember(&path, old, new, &reverted);
    };
    match edit_file(&path, Peers::Docker, context.options.dry_run, &decide, &remember) {
        Err(error) if is_in_the_way(&error) => {
            let told = context.options.export || context.options.setup;
            ensure!(told, "{error}; with setup --export, docker is given a copy instead");
            docker_copy::make(&path, &decide)
                .with_context(|| format!("{}: cannot be written, and neither can a copy", path.display()))
        }
        applied => applied,
    }
    .map(Some)
}

/// `$DOCKER_CONFIG/config.json`, else `$HOME/.docker/config.json`.
///
/// # Errors
/// There is neither DOCKER_CONFIG nor a home.
pub fn path(environment: &Environment) -> Result<PathBuf> {
    let folder = match environment.path("DOCKER_CONFIG") {
        Some(folder) => folder.to_owned(),
        None => environment.home()?.join(".docker"),
    };
    Ok(folder.join("config.json"))
}

/// What an entry is to hold. A key whose variable is unset is not among them and so left alone.
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

/// The names by which docker may look up the daemon it talks to; an entry of that name hides `default`
/// (docker/cli, configfile.ParseProxyConfig).
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

/// What every error about the shape of the file means for its owner.
const REMEDY: &str = "docker rejects such a file as a whole; mend it or move it away";

/// The new content of the file, `None` when it is right as it is.
///
/// # Errors
/// It is not what docker accepts.
pub fn decide(old: Option<&[u8]>, wanted: &[Wanted], daemons: &[String]) -> Result<Option<Edit>> {
    let mut text = text(old)?;
    let mut edit = Edit::default();
    for (proxies, entry) in entries(&text, daemons)? {
        for (key, value) in wanted {
            let inside = object_at(&text, &[&proxies, &entry])?;
            let key = find(&inside, key)?.unwrap_or(key).to_owned();
            let path = [proxies.as_str(), entry.as_str(), key.as_str()];
            let now = inside.iter().find(|(name, _)| *name == key).map(|(_, value)| string(value));
            if now.as_ref() == Some(value) {
                continue;
            }
            let shown = path.map(redact).join(".");
            edit.diff.extend(now.map(|now| format!("-{shown}: {}", redact(&now))));
            edit.diff.push(format!("+{shown}: {}", redact(value)));
            text = set(&text, &path, value)?;
        }
    }
    edit.content = text.into_bytes();
    Ok((!edit.diff.is_empty()).then_some(edit))
}

/// Takes the proxies out of docker's config again.
///
/// # Errors
/// As [`apply`].
pub fn undo(context: &Context) -> Result<Option<Applied>> {
    let path = path(context.environment)?;
    let (wanted, daemons) = (wanted(context.settings), daemons(context.environment));
    let revert =
        |content: &[u8]| revert(content, &wanted, &daemons).with_context(|| path.display().to_string());
    undo::undo(&path, Peers::Docker, context.options.dry_run, &revert).map(Some)
}

/// The content without the values that are ours, and without the objects that are empty then.
fn revert(content: &[u8], wanted: &[Wanted], daemons: &[String]) -> Result<Reverted> {
    if decide(None, wanted, daemons)?.is_some_and(|edit| edit.content == content) {
        return Ok(Reverted::Gone);
    }
    let old = text(Some(content))?;
    let mut text = old.clone();
    for (proxies, entry) in entries(&text, daemons)? {
        for (key, value) in wanted {
            let inside = object_at(&text, &[&proxies, &entry])?;
            let Some(key) = find(&inside, key)?.map(str::to_owned) else { continue };
            if inside.iter().any(|(name, now)| *name == key && string(now) == *value) {
                text = json_edit::remove(&text, &[&proxies, &entry, &key])?;
                for path in [&[proxies.as_str(), entry.as_str()][..], &[&proxies]] {
                    if object_at(&text, path)?.is_empty() {
                        text = json_edit::remove(&text, path)?;
                    }
                }
            }
        }
    }
    Ok(if text == old { Reverted::Same } else { Reverted::Content(text.into_bytes()) })
}

/// The text of the file; docker takes an empty one for an empty object.
fn text(old: Option<&[u8]>) -> Result<String> {
    let text = std::str::from_utf8(old.unwrap_or_default()).map_err(|_| anyhow!("not UTF-8; {REMEDY}"))?;
    Ok(if text.trim().is_empty() { "{}".to_owned() } else { text.to_owned() })
}

/// The entries to write to, by the names they have in the file: `proxies`, and in it `default` and the daemon's
/// own. Docker finds `proxies` in any letter case but `default` only as it is written here (Go, encoding/json:
/// names of fields match in any case, keys of a map do not), so `Default` is kept right beside it.
fn entries(text: &str, daemons: &[String]) -> Result<Vec<(String, String)>> {
    check_depth(text).map_err(|error| anyhow!("{error}; {REMEDY}"))?;
    let top = members(text).map_err(|error| anyhow!("{error}; {REMEDY}"))?;
    let proxies = find(&top, "proxies")?.unwrap_or("proxies").to_owned();
    let inside = object_at(text, &[&proxies])?;
    for (name, value) in &inside {
        if KEYS.iter().any(|key| name.eq_ignore_ascii_case(key)) && value.get().starts_with('"') {
            bail!("{proxies}.{name} stands outside of \"default\"; {REMEDY}");
        }
        ensure!(value.get().starts_with('{'), "{proxies}.{} is not an object; {REMEDY}", redact(name));
    }
    let mut names: Vec<&str> = inside
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| name.eq_ignore_ascii_case("default") || daemons.iter().any(|daemon| daemon == name))
        .collect();
    for (at, name) in names.iter().enumerate() {
        ensure!(
            !names[..at].contains(name),
            "has {} twice, and docker takes the last; remove one",
            redact(name)
        );
    }
    if !names.contains(&"default") {
        names.insert(0, "default");
    }
    Ok(names.into_iter().map(|name| (proxies.clone(), name.to_owned())).collect())
}

/// The members of the object at `path`; none when it is not there.
fn object_at<'a>(text: &'a str, path: &[&str]) -> Result<Vec<Member<'a>>> {
    let mut inside = members(text)?;
    for key in path {
        let Some((_, value)) = inside.iter().find(|(name, _)| name == key) else { return Ok(Vec::new()) };
        inside = members(value.get())
            .map_err(|error| anyhow!("{} is {error}; {REMEDY}", redact(&path.join("."))))?;
    }
    Ok(inside)
}

/// The name that a key has in the file, found in any letter case.
fn find<'a>(inside: &'a [Member], key: &str) -> Result<Option<&'a str>> {
    let mut found =
        inside.iter().map(|(name, _)| name.as_str()).filter(|name| name.eq_ignore_ascii_case(key));
    let first = found.next();
    ensure!(found.next().is_none(), "has {key} twice, and docker mixes the two; remove one");
    Ok(first)
}

/// The text that a value holds, or as it is written when it is no string.
fn string(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(old: &str, daemons: &[&str]) -> Result<Option<String>> {
        let wanted = [("httpProxy", "http://u:pw@p:1".to_owned()), ("noProxy", "docker:2375".to_owned())];
        let daemons: Vec<String> = daemons.iter().map(|&daemon| daemon.to_owned()).collect();
        let edit = decide(Some(old.as_bytes()), &wanted, &daemons)?;
        Ok(edit.map(|edit| {
            assert!(!edit.diff.concat().contains("pw"), "{:?}", edit.diff);
            String::from_utf8(edit.content).unwrap()
        }))
    }

    const SET: &str = r#"{"httpProxy":"http://u:pw@p:1","noProxy":"docker:2375"}"#;

    #[test]
    fn keys_are_found_in_any_case_and_others_are_left_alone() {
        for (old, expected) in [
            (r#"{"auths":{"r":{}}}"#, format!(r#"{{"auths":{{"r":{{}}}},"proxies":{{"default":{SET}}}}}"#)),
            (r#"{"Proxies":{"default":{"HTTPProxy":"o","noProxy":"docker:2375"}}}"#,
             format!(r#"{{"Proxies":{{"default":{}}}}}"#, SET.replace("httpProxy", "HTTPProxy"))),
            (r#"{"proxies":{"Default":{}}}"#, format!(r#"{{"proxies":{{"Default":{SET},"default":{SET}}}}}"#)),
            (r#"{"proxies":{"default":{},"tcp://docker:2376":{},"tcp://other:2375":{}}}"#,
             format!(r#"{{"proxies":{{"default":{SET},"tcp://docker:2376":{SET},"tcp://other:2375":{{}}}}}}"#)),
            (r#"{"proxies":{"default":{"httpProxy":null,"ftpProxy":"f"}}}"#,
             r#"{"proxies":{"default":{"httpProxy":"http://u:pw@p:1","ftpProxy":"f","noProxy":"docker:2375"}}}"#.to_owned()),
        ] {
            let merged = merge(old, &["tcp://docker:2376"]).unwrap().unwrap();
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(&merged), value(&expected), "{old} became {merged}");
            assert_eq!(merge(&merged, &["tcp://docker:2376"]).unwrap(), None, "merging twice: {old}");
        }
    }

    #[test]
    fn what_docker_would_not_read_is_refused() {
        for (old, part) in [
            ("{", "not valid JSON at line 1"),
            ("[]", "not an object"),
            ("\u{feff}{}", "not valid JSON"),
            (r#"{"proxies":[]}"#, "proxies is not an object"),
            (r#"{"proxies":null}"#, "proxies is not an object"),
            (r#"{"proxies":{"default":"x"}}"#, "proxies.default is not an object"),
            (
                r#"{"proxies":{"httpProxy":"http://u:pw@p"}}"#,
                "proxies.httpProxy stands outside of \"default\"",
            ),
            (r#"{"proxies":{},"Proxies":{}}"#, "has proxies twice"),
            (r#"{"proxies":{"default":{"httpProxy":"a","httpproxy":"b"}}}"#, "has httpProxy twice"),
        ] {
            let error = merge(old, &[]).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("pw"), "{old}: {error}");
        }
    }

    #[test]
    fn an_empty_file_counts_as_an_empty_object() {
        let new = merge("", &[]).unwrap().unwrap();
        assert!(new.starts_with("{\n\t\"proxies\": {\n\t\t\"default\": {\n\t\t\t\"httpProxy\": "), "{new}");
        assert_eq!(merge(" \n", &[]).unwrap().unwrap(), new);
    }
}

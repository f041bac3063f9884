//! The entries of `proxies` in docker's config.

use anyhow::{Result, anyhow, bail, ensure};
use serde_json::value::RawValue;

use super::{KEYS, REMEDY};
use crate::proxy_url::redact;
use crate::replace_file::json_edit::{Member, members};

/// Returns the path of each entry to write to, by the names in the file: `proxies` with `default`, and `proxies` with the
/// address of a daemon.
///
/// Docker finds the field `proxies` in any letter case, but the key `default` only in lower case (Go, encoding/json: names
/// of fields match in any case, keys of a map do not). An entry `Default` gets the same values, so that no entry
/// contradicts another.
///
/// # Errors
/// Docker rejects the file, or would mix two entries of one name.
pub(super) fn entries(text: &str, daemons: &[String]) -> Result<Vec<(String, String)>> {
    let top = members(text).map_err(|error| anyhow!("{error}; {REMEDY}"))?;
    let proxies = find(&top, "proxies")?.unwrap_or("proxies").to_owned();
    let inside = object_at(text, &[&proxies])?;
    for (name, value) in &inside {
        if KEYS.iter().any(|key| name.eq_ignore_ascii_case(key)) && value.get().starts_with('"') {
            bail!("{proxies}.{name} stands outside of \"default\"; {REMEDY}");
        }
        let is_object = value.get().starts_with('{') || value.get() == "null";
        ensure!(is_object, "{proxies}.{} is not an object; {REMEDY}", redact(name));
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

/// Returns the members of the object at `path`; none where the object is missing.
pub(super) fn object_at<'a>(text: &'a str, path: &[&str]) -> Result<Vec<Member<'a>>> {
    let mut inside = members(text)?;
    for key in path {
        let Some((_, value)) = inside.iter().find(|(name, _)| name == key) else { return Ok(Vec::new()) };
        inside = members(value.get())
            .map_err(|error| anyhow!("{} is {error}; {REMEDY}", redact(&path.join("."))))?;
    }
    Ok(inside)
}

/// Returns the name of a key as written in the file, whatever its letter case; `None` where the key is missing.
pub(super) fn find<'a>(inside: &'a [Member], key: &str) -> Result<Option<&'a str>> {
    let mut found =
        inside.iter().map(|(name, _)| name.as_str()).filter(|name| name.eq_ignore_ascii_case(key));
    let first = found.next();
    ensure!(found.next().is_none(), "has {key} twice, and docker mixes the two; remove one");
    Ok(first)
}

/// Returns the text of a string, or any other value as written.
pub(super) fn string(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

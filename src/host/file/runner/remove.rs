//! Takes out of `config.toml` what `apply` put in, also after gitlab-runner rewrote the whole file. gitlab-runner
//! saves the file when a token is renewed, without comments and in a layout of its own.

use anyhow::Result;
use toml_edit::Table;

use super::toml::{Toml, quote_script};
use super::value::{Id, string, strings};
use super::{CLONE_SCRIPT, ENVIRONMENT, JOB_SCRIPT, OLD_CLONE_SCRIPT, PATH, VOLUMES, redact};
use crate::host::file::{Record, Removed, take_back_recorded};

pub fn remove(now: &[u8], record: Option<&Record>, folder: &str) -> Removed {
    let parse = |content: &[u8]| Toml::parse(std::str::from_utf8(content).ok()?).ok();
    let content = take_back_recorded(now, record, parse(now).is_some());
    let Some(toml) = parse(&content) else {
        let left = match record {
            Some(record) if leftover_lines(record, &content) => {
                vec![format!("{PATH}: is not valid TOML; lines that were edited since stay")]
            }
            Some(_) => Vec::new(),
            None => {
                vec![format!("{PATH}: is not valid TOML and there is no record of apply, so the file stays")]
            }
        };
        return Removed { content: Some(content), left };
    };
    let mut left = Vec::new();
    let done = match record.map(Recorded::of) {
        Some(Some(recorded)) => recorded.take_out(toml, &mut left),
        _ => by_shape(toml, folder, &mut left),
    };
    match done {
        Ok(toml) => Removed { content: Some(toml.text().as_bytes().to_vec()), left },
        Err(error) => Removed { content: Some(content), left: vec![format!("{PATH}: {error:#}")] },
    }
}

/// Whether the content still has a line that `apply` added.
fn leftover_lines(record: &Record, content: &[u8]) -> bool {
    let lines = |text: &[u8]| -> Vec<Vec<u8>> {
        crate::host::diff::lines(text).into_iter().map(|line| line.trim_ascii().to_vec()).collect()
    };
    let (before, content) = (lines(&record.before), lines(content));
    lines(&record.after).iter().any(|line| !before.contains(line) && content.contains(line))
}

/// The file before and after `apply`, parsed.
struct Recorded {
    before: Toml,
    after: Toml,
}

impl Recorded {
    fn of(record: &Record) -> Option<Self> {
        let parse = |text: &[u8]| Toml::parse(std::str::from_utf8(text).ok()?).ok();
        Some(Self { before: parse(&record.before)?, after: parse(&record.after)? })
    }

    fn take_out(&self, mut toml: Toml, left: &mut Vec<String>) -> Result<Toml> {
        let ids = |toml: &Toml| -> Result<Vec<Id>> { Ok(toml.runners()?.into_iter().map(Id::of).collect()) };
        let (made_ids, was_ids, was_runners) =
            (ids(&self.after)?, ids(&self.before)?, self.before.runners()?);
        for (index, made) in self.after.runners()?.into_iter().enumerate() {
            let id = &made_ids[index];
            let place = made_ids[..index].iter().filter(|other| other.has_name_of(id)).count();
            let Some(at) = id.find(&ids(&toml)?, place) else { continue };
            let was = id.find(&was_ids, place).map(|at| was_runners[at]);
            for path in [ENVIRONMENT, VOLUMES] {
                toml = take_out_list(toml, at, path, was, made)?;
            }
            for key in [JOB_SCRIPT, CLONE_SCRIPT, OLD_CLONE_SCRIPT] {
                toml = take_out_script(toml, at, key, was, made, left)?;
            }
        }
        Ok(toml)
    }
}

fn take_out_list(
    mut toml: Toml,
    at: usize,
    path: &[&str],
    was: Option<&Table>,
    made: &Table,
) -> Result<Toml> {
    let was = was.map(|was| strings(was, path)).transpose()?.unwrap_or_default();
    let made = strings(made, path)?;
    loop {
        let now = strings(toml.runners()?[at], path)?;
        let put_in = |entry: &String| made.contains(entry) && !was.contains(entry);
        if let Some(index) = now.iter().position(put_in) {
            let last = now.len() == 1 && was.is_empty();
            toml = if last { toml.unset(at, path)? } else { toml.replace(at, path, index, None)? };
            continue;
        }
        let name = |entry: &str| entry.split('=').next().unwrap_or_default().to_owned();
        let taken = was.iter().find(|entry| {
            let replaced = now.iter().any(|other| name(other) == name(entry));
            !made.contains(entry) && !now.contains(entry) && !replaced
        });
        match taken {
            Some(entry) => toml = toml.push(at, path, entry)?,
            None => return Ok(toml),
        }
    }
}

fn take_out_script(
    toml: Toml,
    at: usize,
    key: &str,
    was: Option<&Table>,
    made: &Table,
    left: &mut Vec<String>,
) -> Result<Toml> {
    let was = was.map(|was| string(was, key)).transpose()?.unwrap_or_default();
    let made = string(made, key)?;
    let runner = toml.runners()?[at];
    let (now, name) = (string(runner, key)?, redact::script(&Id::of(runner).name));
    if made == was || now == was {
        return Ok(toml);
    }
    // After the line that `apply` put in, other lines may follow, which stay.
    let hook = made.lines().next().unwrap_or_default();
    let rest = now.strip_prefix(hook).filter(|rest| rest.is_empty() || rest.starts_with('\n'));
    let back = match rest {
        _ if now == made => was,
        Some(rest) => rest.trim_start_matches('\n').to_owned(),
        None => now.clone(),
    };
    if back == now {
        left.push(format!("{PATH}: runner {name}: {key} was edited since and stays"));
    }
    put_script(&toml, at, key, &back)
}

fn put_script(toml: &Toml, at: usize, key: &str, text: &str) -> Result<Toml> {
    if text.is_empty() {
        return toml.unset(at, &[key]);
    }
    let value = quote_script(text, toml.newline());
    toml.set(at, &[key], &value)
}

/// Takes out, without a record, what only `apply` can have written.
fn by_shape(mut toml: Toml, folder: &str, left: &mut Vec<String>) -> Result<Toml> {
    let volume = format!("{folder}:{folder}:ro");
    for at in 0..toml.runners()?.len() {
        let before = toml.text().len();
        for key in [JOB_SCRIPT, CLONE_SCRIPT, OLD_CLONE_SCRIPT] {
            let now = string(toml.runners()?[at], key)?;
            let rest = super::script::without_hook(&now).to_owned();
            if rest != now {
                toml = put_script(&toml, at, key, &rest)?;
            }
        }
        for (path, entry) in [(VOLUMES, volume.as_str()), (ENVIRONMENT, "JOBPROXY_GITLAB_ENV=1")] {
            if let Some(index) = strings(toml.runners()?[at], path)?.iter().position(|one| one == entry) {
                toml = toml.replace(at, path, index, None)?;
            }
        }
        let runner = toml.runners()?[at];
        let variable =
            |entry: &String| redact::proxy_variable(entry.split('=').next().unwrap_or_default()).is_some();
        if toml.text().len() != before && strings(runner, ENVIRONMENT)?.iter().any(variable) {
            let name = redact::script(&Id::of(runner).name);
            left.push(format!(
                "{PATH}: runner {name}: the proxy variables stay, since there is no record of apply"
            ));
        }
    }
    Ok(toml)
}

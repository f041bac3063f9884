//! Git's config.

use std::fs;
use std::time::Duration;

use super::{Finding, Job};
use crate::proxy_url::redact;
use crate::replace_file::{Peers, lock_path, read};
use crate::target::git_config::{Git, Sections, needs_git, path};

/// A lock that nobody holds as long as this.
const STALE: Duration = Duration::from_secs(60);

pub fn check(job: &Job) -> Vec<Finding> {
    let Ok(path) = path(job.environment) else { return Vec::new() };
    let name = path.display().to_string();
    let mut found = Vec::new();
    let lock = lock_path(&path, Peers::Git);
    if fs::metadata(&lock)
        .and_then(|lock| lock.modified())
        .is_ok_and(|time| time.elapsed().is_ok_and(|age| age > STALE))
    {
        let remedy = format!("remove {}", lock.display());
        found.push(Finding::failure(
            &name,
            "has an old lock beside it, so that nothing can change it",
            &remedy,
        ));
    }
    match read(&path) {
        Err(error) => {
            let text = format!("{error:#}");
            let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_owned();
            found.push(Finding::failure(&name, &text, "point GIT_CONFIG_GLOBAL to a regular file"));
        }
        Ok(content) => found.extend(values(job, &name, &content.unwrap_or_default())),
    }
    found
}

fn values(job: &Job, name: &str, content: &[u8]) -> Vec<Finding> {
    let (Ok(path), Ok(program)) =
        (path(job.environment), which::which_in("git", job.environment.path("PATH"), "/"))
    else {
        return Vec::new();
    };
    if !needs_git(content) {
        return Vec::new();
    }
    let values = match (Git { program: &program, file: &path }).proxies() {
        Ok(values) => values,
        Err(error) => {
            return vec![Finding::failure(
                name,
                &error.to_string(),
                "mend it with git config --global --edit",
            )];
        }
    };
    let server = job.environment.texts.ci_server_url.as_deref();
    let wanted =
        job.settings.as_ref().map(|settings| Sections::new(settings, server).values).unwrap_or_default();
    let mut found = Vec::new();
    for (at, (key, value)) in values.iter().enumerate() {
        let right = wanted.iter().find(|(other, _)| other == key);
        let shadowed = values[at + 1..].iter().any(|(other, _)| other == key);
        match (key.as_str(), right) {
            ("https.proxy", _) => found.push(Finding::note(
                name,
                "sets https.proxy, a key that git never reads",
                "git config --global --unset-all https.proxy",
            )),
            _ if shadowed || right.is_some_and(|(_, right)| right == value) => {}
            ("http.proxy", Some((_, right))) => found.push(Finding::failure(
                name,
                &format!(
                    "http.proxy is {}, the environment says {}, and git takes the former",
                    redact(value),
                    redact(right)
                ),
                "run jobproxy setup",
            )),
            (key, _) if key != "http.proxy" => found.push(Finding::note(
                name,
                &format!("{} overrides the proxy for that address with {}", redact(key), redact(value)),
                "remove it if it is not meant",
            )),
            _ => found.push(Finding::note(
                name,
                &format!("http.proxy is {}, and no proxy is in the environment", redact(value)),
                "git config --global --unset-all http.proxy, if it is not meant",
            )),
        }
    }
    found
}

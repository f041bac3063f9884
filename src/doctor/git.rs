//! Git's config.

use std::fs;
use std::time::Duration;

use super::{Finding, Job, Kind};
use crate::config_files;
use crate::output::git_config::Wanted;
use crate::output::git_file::GitFile;
use crate::output::real;
use crate::proxy_url::{redact, redact_proxy};
use crate::replace_file::{Locking, lock_path, read};

/// The age from which a lock counts as left behind. Git holds a lock for milliseconds.
const STALE: Duration = Duration::from_secs(60);

const SETUP: &str = "run jobproxy setup";

pub fn check(job: &Job) -> Vec<Finding> {
    let Ok(path) = config_files::git(job.environment) else { return Vec::new() };
    let name = path.display().to_string();
    let mut found = Vec::new();
    let lock = lock_path(&path, Locking::Git);
    let modified = fs::metadata(&lock).and_then(|lock| lock.modified());
    if modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > STALE)) {
        let text = "has an old lock beside it, so that git and jobproxy cannot change the file";
        found.push(Finding::new(Kind::GitLocked, &name, text, format!("remove {}", lock.display())));
    }
    match real(&path, job.environment).and_then(|path| read(&path)) {
        Err(error) => {
            let text = format!("{error:#}");
            let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text);
            // The text after the semicolon is the remedy for `setup`, not for doctor.
            let text = text.split_once("; ").map_or(text, |(text, _)| text);
            let remedy = "point GIT_CONFIG_GLOBAL to a regular file";
            found.push(Finding::new(Kind::GitConfigInvalid, &name, text, remedy));
        }
        Ok(content) => found.extend(values(job, &name, &content.unwrap_or_default())),
    }
    found
}

fn values(job: &Job, name: &str, content: &[u8]) -> Vec<Finding> {
    let values = match GitFile::parse(content) {
        Ok(file) => file.values,
        Err(error) => {
            let text = error.to_string();
            let (text, remedy) = text.split_once("; ").unwrap_or((&text, "git config --global --edit"));
            return vec![Finding::new(Kind::GitConfigInvalid, name, text, remedy)];
        }
    };
    let server = job.environment.texts.ci_server_url.as_deref();
    let settings = job.usable_settings().filter(|_| !job.options.no_git);
    let wanted = settings.map(|settings| Wanted::new(settings, server));
    let mut found = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let is_proxy =
            value.key.strip_prefix("http.").is_some_and(|rest| rest.rsplit('.').next() == Some("proxy"));
        let is_last = !values[at + 1..].iter().any(|other| other.key == value.key);
        let right = wanted.as_ref().and_then(|wanted| wanted.value(&value.key));
        if value.key == "https.proxy" {
            let remedy = "git config --global --unset-all https.proxy";
            let text = "sets https.proxy, a key that git never reads";
            found.push(Finding::new(Kind::GitHttpsProxy, name, text, remedy));
        } else if is_proxy && is_last && right != value.value.as_deref() {
            found.push(other_value(name, &value.key, value.value.as_deref().unwrap_or_default(), right));
        }
    }
    found
}

/// Returns the finding for a value that `setup` would not write.
fn other_value(name: &str, key: &str, value: &str, right: Option<&str>) -> Finding {
    let shown = if value.is_empty() { "empty".to_owned() } else { redact_proxy(value) };
    match (key, right) {
        (_, Some(right)) => {
            let text = format!(
                "{} is {shown}, which git uses instead of {} in the environment",
                redact(key),
                redact_proxy(right)
            );
            Finding::new(Kind::GitProxyDiffers, name, text, SETUP)
        }
        ("http.proxy", None) => {
            let text = format!("http.proxy is {shown}, and setup would write none");
            let remedy = "git config --global --unset-all http.proxy, if the value is not meant";
            Finding::new(Kind::GitProxyAlone, name, text, remedy)
        }
        (key, None) => {
            let key = redact(key);
            let text = if value.is_empty() {
                format!("{key} is empty: the proxy is switched off for that address")
            } else {
                format!("{key} sends requests to that address through {shown}, whatever the environment says")
            };
            let remedy = format!("git config --global --unset-all {key}, if the value is not meant");
            Finding::new(Kind::GitUrlProxy, name, text, remedy)
        }
    }
}

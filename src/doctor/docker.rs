//! Docker's config and the way to its daemon.

use std::os::unix::fs::PermissionsExt as _;

use super::{Finding, Job};
use crate::client::{Decision, Destination, find};
use crate::proxy_url::redact;
use crate::replace_file::read;
use crate::target::docker_config;

pub fn check(job: &Job) -> Vec<Finding> {
    let mut found = daemon(job);
    if let Ok(path) = docker_config::path(job.environment) {
        let name = path.display().to_string();
        match read(&path) {
            Ok(None) => {}
            Ok(Some(content)) => {
                found.extend(content_of(job, &name, &content));
                let mode = std::fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode());
                let text = String::from_utf8_lossy(&content);
                if mode & 0o044 != 0 && (text.contains("\"auth\"") || text.contains('@')) {
                    let remedy = format!("chmod 600 {name}");
                    found.push(Finding::note(&name, "holds credentials and can be read by others", &remedy));
                }
            }
            Err(error) => found.push(unreadable(&name, &error)),
        }
    }
    found
}

/// How the docker CLI reaches its daemon: by the environment, never by config.json.
fn daemon(job: &Job) -> Vec<Finding> {
    let Some(host) = job.environment.texts.docker_host.as_deref().filter(|host| host.starts_with("tcp://"))
    else {
        return Vec::new();
    };
    if !job.environment.has_proxy() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let decision = |client: &str| {
        Some(find(client)?.prepare(&job.variables).decide(&Destination::parse(host.trim_ascii())?).decision)
    };
    if decision("docker") == Some(Decision::Proxied) {
        let text = format!(
            "docker's own calls to {} go through the proxy, whatever its config.json says",
            redact(host)
        );
        found.push(Finding::failure(
            "DOCKER_HOST",
            &text,
            "eval \"$(jobproxy setup --export)\" adds it to NO_PROXY",
        ));
    }
    found.push(Finding::note(
        "DOCKER_HOST",
        "a docker-in-docker daemon pulls and pushes by its own environment, which project and group variables never reach",
        "set the proxy for it in the runner's `environment` or in `services: variables`",
    ));
    found
}

fn content_of(job: &Job, name: &str, content: &[u8]) -> Vec<Finding> {
    let Some(settings) = &job.settings else { return Vec::new() };
    let daemons = docker_config::daemons(job.environment);
    let wanted = docker_config::wanted(settings);
    match docker_config::decide(Some(content), &wanted, &daemons) {
        Err(error) => vec![unreadable(name, &error)],
        Ok(None) => Vec::new(),
        Ok(Some(edit)) => {
            let hidden =
                edit.diff.iter().any(|line| daemons.iter().any(|daemon| line.contains(daemon.as_str())));
            let text = if hidden {
                "has an entry for this daemon that hides `default`, with other values than the environment"
            } else if edit.diff.iter().any(|line| line.starts_with('-')) {
                "has other proxies than the environment"
            } else {
                "lacks the proxies: what docker runs and builds does not get them"
            };
            vec![Finding::note(name, text, "run jobproxy setup")]
        }
    }
}

fn unreadable(name: &str, error: &anyhow::Error) -> Finding {
    let text = format!("{error:#}");
    let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_owned();
    Finding::failure(name, &text, "without it containers and builds get no proxy")
}

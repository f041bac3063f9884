//! Docker's config and the way to its daemon.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Finding, Job, Kind};
use crate::client::{Decision, Destination, find};
use crate::config_files;
use crate::output::{docker_config, real};
use crate::proxy_url::redact;
use crate::replace_file::read;

const SETUP: &str = "run jobproxy setup";

pub fn check(job: &Job) -> Vec<Finding> {
    let mut found = daemon(job);
    let Ok(path) = config_files::docker(job.environment) else { return found };
    let name = path.display().to_string();
    match real(&path, job.environment).and_then(|path| read(&path)) {
        Ok(None) if job.has_program("docker") => found.extend(lacks(job, &name)),
        Ok(None) => {}
        Ok(Some(content)) => {
            found.extend(content_of(job, &name, &content));
            found.extend(readable(&path, &name, &content));
        }
        Err(error) => found.push(invalid(&name, &error)),
    }
    found
}

/// Examines the way to the daemon, which the docker CLI takes from the environment and never from config.json.
fn daemon(job: &Job) -> Vec<Finding> {
    let daemon = job.environment.docker_daemon().filter(|_| job.environment.has_proxy());
    let Some(host) = daemon.map(|daemon| format!("tcp://{daemon}")) else { return Vec::new() };
    let mut found = Vec::new();
    let decision = || {
        let target = Destination::parse(&host)?;
        Some(find("docker")?.prepare(&job.variables).decide(&target).decision)
    };
    if decision() == Some(Decision::Proxied) {
        let text = format!("docker's own calls to {} go through the proxy", redact(&host));
        let remedy = "eval \"$(jobproxy setup --export)\" adds the daemon to NO_PROXY";
        found.push(Finding::new(Kind::DockerHostProxied, "DOCKER_HOST", text, remedy));
    }
    let text = "a docker-in-docker daemon pulls and pushes by its own environment, \
                which project and group variables never reach";
    let remedy = "set the proxy for the daemon in the runner's `environment` or in `services: variables`";
    found.push(Finding::new(Kind::DockerDaemonEnvironment, "DOCKER_HOST", text, remedy));
    found
}

/// Compares the file with what `setup` would write.
fn content_of(job: &Job, name: &str, content: &[u8]) -> Vec<Finding> {
    let daemons = docker_config::daemons(job.environment);
    let settings = job.usable_settings().filter(|_| !job.options.no_docker);
    let wanted = settings.map(docker_config::wanted).unwrap_or_default();
    match docker_config::decide(Some(content), &wanted, &daemons, true) {
        Err(error) => vec![invalid(name, &error)],
        Ok(edit) if edit.diff.is_empty() => Vec::from_iter(only_in_file(job, name, content)),
        Ok(edit) => {
            let of_daemon = |line: &String| daemons.iter().any(|daemon| line.contains(daemon.as_str()));
            if edit.diff.iter().any(of_daemon) {
                let text = "has an entry for this daemon that hides `default`, with other proxies than setup would write";
                vec![Finding::new(Kind::DockerConfigHidden, name, text, SETUP)]
            } else if edit.diff.iter().any(|line| line.starts_with('-')) {
                let text = "has other proxies than setup would write";
                vec![Finding::new(Kind::DockerConfigDiffers, name, text, SETUP)]
            } else {
                Vec::from_iter(lacks(job, name))
            }
        }
    }
}

fn lacks(job: &Job, name: &str) -> Option<Finding> {
    let text = "lacks the proxies: containers and builds that docker starts do not get them";
    job.usable_settings()
        .filter(|_| !job.options.no_docker)
        .map(|_| Finding::new(Kind::DockerConfigLacks, name, text, SETUP))
}

/// Returns a finding where the file has proxies and the environment has none.
fn only_in_file(job: &Job, name: &str, content: &[u8]) -> Option<Finding> {
    let config: serde_json::Value = serde_json::from_slice(content).ok()?;
    let proxies = config.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case("proxies"))?.1;
    let is_filled =
        proxies.as_object()?.values().any(|entry| entry.as_object().is_some_and(|keys| !keys.is_empty()));
    (is_filled && !job.environment.has_proxy()).then(|| {
        let text = "gives proxies to containers and builds, and no proxy is in the environment";
        let remedy = "remove `proxies` from the file if they are not meant";
        Finding::new(Kind::DockerConfigAlone, name, text, remedy)
    })
}

fn readable(path: &Path, name: &str, content: &[u8]) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    let text = String::from_utf8_lossy(content);
    (mode & 0o044 != 0 && (text.contains("\"auth\"") || text.contains('@'))).then(|| {
        let text = "holds credentials and can be read by other users";
        Finding::new(Kind::DockerConfigReadable, name, text, format!("chmod 600 {name}"))
    })
}

/// Turns an error about the file into a finding. The text after the first semicolon is the remedy.
fn invalid(name: &str, error: &anyhow::Error) -> Finding {
    let text = format!("{error:#}");
    let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text);
    let (text, remedy) = text.split_once("; ").unwrap_or((text, "give docker a file that docker can read"));
    Finding::new(Kind::DockerConfigInvalid, name, text, remedy)
}

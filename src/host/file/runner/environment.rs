//! The variables of a runner.

use anyhow::Result;

use super::executor::Executor;
use super::toml::{Toml, quote};
use super::value::strings;
use super::{ENVIRONMENT, RunnerConfig};
use crate::host::redact;

/// Entries of NO_PROXY for docker-in-docker: a job reaches the daemon of the service without the proxy.
const DIND: &str = "docker:2375,docker:2376";

/// Returns `list` with the entries of `more` that `list` lacks.
fn with_entries(list: &str, more: &str) -> String {
    let has = |entry: &str| list.split(',').any(|one| one.trim() == entry || one.trim() == "*");
    let missing = more.split(',').filter(|entry| !entry.is_empty() && !has(entry));
    [list].into_iter().filter(|list| !list.is_empty()).chain(missing).collect::<Vec<_>>().join(",")
}

impl RunnerConfig {
    /// Returns the variables of a runner as entries of `environment`. A `$` is doubled, since gitlab-runner expands
    /// the entries. Where no NO_PROXY is given, the NO_PROXY of the runner stays.
    fn entries(&self, executor: &Executor, now: &[String]) -> Vec<(&'static str, String)> {
        let doubled = |value: &str| value.replace('$', "$$");
        let mut entries: Vec<_> = self
            .variables
            .iter()
            .map(|(name, value)| (*name, format!("{name}={}", doubled(value))))
            .collect();
        let services = if executor.has_services { DIND } else { "" };
        let given = entries.iter().position(|(name, _)| *name == "NO_PROXY").map(|at| entries.remove(at).1);
        let of = |name: &str| now.iter().find_map(|entry| entry.strip_prefix(name)?.strip_prefix('='));
        let list = match given.as_deref().and_then(|entry| entry.strip_prefix("NO_PROXY=")) {
            Some(list) => list,
            None => of("NO_PROXY").or_else(|| of("no_proxy")).unwrap_or_default(),
        };
        let list = with_entries(list, services);
        if !list.is_empty() {
            entries.push(("NO_PROXY", format!("NO_PROXY={list}")));
        }
        if executor.hook.is_some() {
            entries.push(("JOBPROXY_GITLAB_ENV", "JOBPROXY_GITLAB_ENV=1".to_owned()));
        }
        entries
    }

    /// Sets the variables and removes the lower-case names: a lower-case variable of the runner would override an
    /// upper-case variable of a job.
    pub(super) fn environment(&self, mut toml: Toml, at: usize, executor: &Executor) -> Result<Toml> {
        let now = strings(toml.runners()?[at], ENVIRONMENT)?;
        let wanted = self.entries(executor, &now);
        if now.is_empty() {
            let entries: Vec<_> = wanted.iter().map(|(_, entry)| quote(entry)).collect();
            return toml.set(at, ENVIRONMENT, &format!("[{}]", entries.join(", ")));
        }
        loop {
            let now = strings(toml.runners()?[at], ENVIRONMENT)?;
            let step = now.iter().enumerate().find_map(|(index, entry)| {
                let name = entry.split('=').next().unwrap_or_default();
                let same = |other: &&String| other.split('=').next() == Some(name);
                match wanted.iter().find(|(wanted, _)| *wanted == name) {
                    Some(_) if now[..index].iter().any(|other| same(&other)) => Some((index, None)),
                    Some((_, wanted)) if wanted != entry => Some((index, Some(wanted.as_str()))),
                    Some(_) => None,
                    None => {
                        let upper = redact::proxy_variable(name)?;
                        wanted.iter().any(|(wanted, _)| *wanted == upper).then_some((index, None))
                    }
                }
            });
            match step {
                Some((index, entry)) => toml = toml.replace(at, ENVIRONMENT, index, entry)?,
                None => match wanted.iter().find(|(_, entry)| !now.contains(entry)) {
                    Some((_, entry)) => toml = toml.push(at, ENVIRONMENT, entry)?,
                    None => return Ok(toml),
                },
            }
        }
    }
}

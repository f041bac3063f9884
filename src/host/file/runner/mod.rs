//! gitlab-runner's `config.toml`: the variables, the volume and the scripts of each chosen runner.

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::{Edited, Managed, Record, Removed, foreign_mode};
use crate::host::finding::Finding;
use crate::host::redact;

mod environment;
mod executor;
mod remove;
pub mod script;
mod toml;
mod value;

use executor::Executor;
use script::{Hook, Script};
use toml::{Toml, quote_script};
use value::{Id, show, string, strings};

pub const PATH: &str = "/etc/gitlab-runner/config.toml";

const ENVIRONMENT: &[&str] = &["environment"];
const VOLUMES: &[&str] = &["docker", "volumes"];
const JOB_SCRIPT: &str = "pre_build_script";
const CLONE_SCRIPT: &str = "pre_get_sources_script";
/// The name of [`CLONE_SCRIPT`] before gitlab-runner 15.9: 15.8 was released without the new name (gitlab-runner,
/// commit 12335144). 15.9 to 16.11 read both names, 17.0 reads the new name only (gitlab-runner, issues 29362 and
/// 29405).
const OLD_CLONE_SCRIPT: &str = "pre_clone_script";

/// `/etc/gitlab-runner/config.toml`.
pub struct RunnerConfig {
    /// The names of the runners to edit; empty for all.
    pub names: Vec<String>,
    /// Major and minor version of gitlab-runner, if known.
    pub version: Option<(u32, u32)>,
    /// The folder of the binary.
    pub folder: String,
    /// The variables of a job, in upper case.
    pub variables: Vec<(&'static str, String)>,
    /// Whether one of the variables holds a password.
    pub secret: bool,
}

impl RunnerConfig {
    /// Returns the name and the URL of each runner, for `check`; nothing where the file does not parse.
    pub fn urls(content: &[u8]) -> Vec<(String, String)> {
        let Some(toml) = std::str::from_utf8(content).ok().and_then(|text| Toml::parse(text).ok()) else {
            return Vec::new();
        };
        let ids = toml.runners().unwrap_or_default().into_iter().map(Id::of);
        ids.map(|id| (id.name, id.url)).collect()
    }

    fn is_chosen(&self, id: &Id) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| name == "all" || *name == id.name)
    }

    /// Edits runner number `at`.
    fn runner(&self, mut toml: Toml, at: usize, findings: &mut Vec<Finding>) -> Result<Toml> {
        let runner = toml.runners()?[at];
        let name = redact::script(&Id::of(runner).name);
        let volumes = strings(runner, VOLUMES)?;
        for key in [JOB_SCRIPT, CLONE_SCRIPT, OLD_CLONE_SCRIPT] {
            string(runner, key)?;
        }
        let mut executor = Executor::of(runner, &self.folder);
        if let Some((text, remedy)) = executor.note {
            let [text, remedy] = [text, remedy].map(|text| text.replace("{folder}", &self.folder));
            findings.push(Finding::note("runner-left-out", format!("runner {name}: {text}"), remedy));
        }
        let volume = format!("{0}:{0}:ro", self.folder);
        let conflict = volumes.iter().find(|one| **one != volume && mount_point(one) == self.folder);
        if let Some(other) = conflict.filter(|_| executor.volume) {
            let text =
                format!("runner {name}: the volume {} is mounted at {}", redact::script(other), self.folder);
            findings.push(Finding::note(
                "runner-left-out",
                text,
                "put jobproxy into that volume, or give another --binary-dir",
            ));
            executor.volume = false;
        }
        toml = self.environment(toml, at, &executor)?;
        if executor.volume && !volumes.contains(&volume) {
            toml = toml.push(at, VOLUMES, &volume)?;
        }
        if let Some(hook) = executor.hook {
            toml = self.script(toml, at, JOB_SCRIPT, hook, &name, findings)?;
            toml = self.clone_script(toml, at, &name, findings)?;
        }
        Ok(toml)
    }

    fn script(
        &self,
        toml: Toml,
        at: usize,
        key: &str,
        hook: Hook,
        name: &str,
        findings: &mut Vec<Finding>,
    ) -> Result<Toml> {
        let now = string(toml.runners()?[at], key)?;
        let script = Script::of(&now);
        if script.has_guide {
            let text = format!(
                "runner {name}: {key} still has lines of GitLab's guide, in a script that is too involved to edit"
            );
            findings.push(Finding::failure(
                "guide-leftover",
                text,
                "take out the lines that set http.proxy, https.proxy or config.json",
            ));
        }
        let wanted = script.after(&hook.line(&self.folder));
        if now == wanted { Ok(toml) } else { toml.set(at, &[key], &quote_script(&wanted, toml.newline())) }
    }

    /// Sets the script that runs before the clone, under the key that this version of gitlab-runner reads.
    fn clone_script(
        &self,
        mut toml: Toml,
        at: usize,
        name: &str,
        findings: &mut Vec<Finding>,
    ) -> Result<Toml> {
        if self.version.is_some_and(|version| version < (15, 9)) {
            return self.script(toml, at, OLD_CLONE_SCRIPT, Hook::Variables, name, findings);
        }
        let old = Script::of(&string(toml.runners()?[at], OLD_CLONE_SCRIPT)?);
        let is_old = self.version.is_some_and(|version| version < (17, 0));
        if !old.rest.is_empty() && (is_old || self.version.is_none()) {
            if is_old {
                return self.script(toml, at, OLD_CLONE_SCRIPT, Hook::Variables, name, findings);
            }
            let text = format!(
                "runner {name}: {OLD_CLONE_SCRIPT} has commands, which gitlab-runner 17.0 and newer ignores"
            );
            findings.push(Finding::note(
                "runner-left-out",
                text,
                "give --runner-version; the clone gets the variables of environment only",
            ));
            return Ok(toml);
        }
        if old.rest.is_empty() {
            toml = toml.unset(at, &[OLD_CLONE_SCRIPT])?;
        }
        self.script(toml, at, CLONE_SCRIPT, Hook::Variables, name, findings)
    }
}

/// Returns the path in the container where a volume is mounted.
fn mount_point(volume: &str) -> &str {
    let mut parts = volume.split(':');
    let first = parts.next().unwrap_or_default();
    parts.next().filter(|second| second.starts_with('/')).unwrap_or(first).trim_end_matches('/')
}

impl Managed for RunnerConfig {
    fn path(&self) -> &str {
        PATH
    }

    /// No restart is needed: gitlab-runner reads a changed file by itself.
    fn service(&self) -> Option<&'static str> {
        None
    }

    fn is_own(&self) -> bool {
        false
    }

    fn mode(&self, _content: &[u8], old: Option<u32>) -> u32 {
        foreign_mode(old.unwrap_or(0o600), self.secret)
    }

    fn edit(&self, old: Option<&[u8]>) -> Result<Edited> {
        let remedy = "register a runner, then run apply again";
        let Some(old) = old else {
            let findings = vec![Finding::note("no-runner", format!("{PATH}: is not there"), remedy)];
            return Ok(Edited { content: None, findings });
        };
        let text = std::str::from_utf8(old).map_err(|_| anyhow!("{PATH}: not UTF-8"))?;
        let mut toml = Toml::parse(text).context(PATH)?;
        let ids: Vec<Id> = toml.runners().context(PATH)?.into_iter().map(Id::of).collect();
        for name in self.names.iter().filter(|name| *name != "all") {
            ensure!(
                ids.iter().any(|id| id.name == *name),
                "{PATH}: has no such runner; it has: {}",
                ids.iter().map(|id| redact::script(&id.name)).collect::<Vec<_>>().join(", ")
            );
        }
        let mut findings = Vec::new();
        if ids.is_empty() {
            findings.push(Finding::note("no-runner", format!("{PATH}: has no runner"), remedy));
        }
        for (at, id) in ids.iter().enumerate().filter(|(_, id)| self.is_chosen(id)) {
            toml = match self.runner(toml, at, &mut findings) {
                Ok(toml) => toml,
                Err(error) => bail!("{PATH}: runner {}: {error:#}", redact::script(&id.name)),
            };
        }
        Ok(Edited { content: Some(toml.text().as_bytes().to_vec()), findings })
    }

    fn remove(&self, now: &[u8], record: Option<&Record>) -> Removed {
        remove::remove(now, record, &self.folder)
    }

    fn masked(&self, text: &[u8]) -> String {
        let lossy = String::from_utf8_lossy(text);
        match Toml::parse(&lossy) {
            Ok(toml) => toml.masked(&show),
            Err(_) => lossy.split('\n').map(|_| redact::HIDDEN).collect::<Vec<_>>().join("\n"),
        }
    }
}

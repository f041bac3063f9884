//! Findings: what a person should know about the host, each under a stable name.

use std::fmt;

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::proxy_url::ascii;

/// One thing on the host that is wrong or may be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// One of [`NAMES`].
    pub name: &'static str,
    /// Whether `check` fails because of the finding. Otherwise the finding is printed as a note.
    pub fails: bool,
    /// The file, service or address, and what is wrong with it; never a password.
    pub text: String,
    pub remedy: String,
}

/// Every name that a finding may have, for `--ignore`.
pub const NAMES: [&str; 23] = [
    "binary",
    "cntlm-exposed",
    "cntlm-gateway",
    "cntlm-not-listening",
    "docker-proxy",
    "environment-file",
    "foreign-dropin",
    "gitlab-unreachable",
    "guide-leftover",
    "loopback-proxy",
    "no-runner",
    "not-applied",
    "podman",
    "proxy-unreachable",
    "proxy-value",
    "reload-needed",
    "rootless-docker",
    "runner-left-out",
    "service-environment",
    "snap-docker",
    "two-units",
    "unit-missing",
    "visible-password",
];

impl Finding {
    pub fn failure(name: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        debug_assert!(NAMES.contains(&name), "{name}");
        Self { name, fails: true, text: text.into(), remedy: remedy.into() }
    }

    pub fn note(name: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { fails: false, ..Self::failure(name, text, remedy) }
    }
}

/// Leaves out the findings that `--ignore` names.
///
/// # Errors
/// A name is none of [`NAMES`].
pub fn leave_out(findings: &mut Vec<Finding>, names: &[String]) -> Result<()> {
    let is_known = |name: &String| NAMES.contains(&name.as_str());
    ensure!(names.iter().all(is_known), "--ignore: must be one of {}", NAMES.join(", "));
    findings.retain(|finding| !names.iter().any(|name| name == finding.name));
    Ok(())
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.fails { "fail" } else { "note" };
        f.write_str(&ascii(&format!("{level} {}: {}; {}", self.name, self.text, self.remedy)))
    }
}

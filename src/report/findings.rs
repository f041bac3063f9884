//! The findings of `doctor`, for people and for programs.

use serde::Serialize;

use crate::doctor::Finding;
use crate::proxy_url::ascii;

/// A finding as `--format json` prints it.
#[derive(Serialize)]
struct Object<'a> {
    level: &'static str,
    subject: &'a str,
    finding: &'a str,
    remedy: &'a str,
}

/// A line for each finding.
#[must_use]
pub fn text(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "ok: nothing is wrong with this job's proxy settings\n".to_owned();
    }
    findings
        .iter()
        .map(|one| ascii(&format!("{} {}: {}; {}", level(one), one.subject, one.text, one.remedy)) + "\n")
        .collect()
}

/// An array of objects.
#[must_use]
pub fn json(findings: &[Finding]) -> String {
    let objects = findings.iter().map(|one| Object {
        level: level(one),
        subject: &one.subject,
        finding: &one.text,
        remedy: &one.remedy,
    });
    super::json(&objects.collect::<Vec<_>>())
}

fn level(finding: &Finding) -> &'static str {
    if finding.fails { "fail" } else { "note" }
}

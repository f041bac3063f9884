//! The findings of `doctor`, for people and for programs.

use super::table::array;
use crate::doctor::Finding;
use crate::proxy_url::ascii;
use crate::target::json_edit::quote;

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
    array(findings.iter().map(|one| {
        format!(
            "  {{\"level\": {}, \"subject\": {}, \"finding\": {}, \"remedy\": {}}}",
            quote(level(one)),
            quote(&one.subject),
            quote(&one.text),
            quote(&one.remedy)
        )
    }))
}

fn level(finding: &Finding) -> &'static str {
    if finding.fails { "fail" } else { "note" }
}

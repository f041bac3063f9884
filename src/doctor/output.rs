//! The findings as text and as JSON.

use serde::Serialize;

use super::audience::Audience;
use super::finding::{Finding, Remedy};
use crate::proxy_url::ascii;
use crate::report;

/// How many names of one kind a line shows, unless all are asked for.
const FEW: usize = 4;

/// A finding as `--format json` prints it.
#[derive(Serialize)]
struct Object<'a> {
    name: &'static str,
    level: &'static str,
    subject: String,
    entries: &'a [String],
    finding: String,
    clients: Vec<String>,
    remedy: String,
}

/// Returns a line for each finding. With `all`, a line names every entry and every client. `ignored` is the number of
/// findings that were left out.
#[must_use]
pub fn text(findings: &[Finding], ignored: usize, audience: &Audience, all: bool) -> String {
    if findings.is_empty() {
        let (what, rest) = match ignored {
            0 => ("nothing", String::new()),
            1 => ("nothing else", " (1 finding is ignored)".to_owned()),
            _ => ("nothing else", format!(" ({ignored} findings are ignored)")),
        };
        return format!("ok: {what} is wrong with this job's proxy settings{rest}\n");
    }
    let most = if all { usize::MAX } else { FEW };
    findings.iter().map(|finding| ascii(&line(finding, audience, most)) + "\n").collect()
}

fn line(finding: &Finding, audience: &Audience, most: usize) -> String {
    let mut line = finding.kind.level().word().to_owned();
    if !finding.subjects.is_empty() {
        line.push_str(&format!(" {}", finding.subjects.join(", ")));
    }
    if !finding.entries.is_empty() {
        line.push_str(&format!(": {}", few(&finding.entries, most)));
    }
    line.push_str(&format!(": {}", finding.text));
    if !finding.clients.is_empty() {
        line.push_str(&format!(": {}", few(&audience.names(&finding.clients), most)));
    }
    let remedy = remedy(&finding.remedy, most);
    line.push_str(&format!("; {remedy} ({})", finding.kind.name()));
    line
}

/// Returns an array of objects, in which nothing is shortened.
#[must_use]
pub fn json(findings: &[Finding]) -> String {
    let objects = findings.iter().map(|finding| Object {
        name: finding.kind.name(),
        level: finding.kind.level().word(),
        subject: finding.subjects.join(", "),
        entries: &finding.entries,
        finding: finding.text.clone(),
        clients: finding.clients.iter().map(|client| format!("{}@{}", client.name, client.version)).collect(),
        remedy: remedy(&finding.remedy, usize::MAX),
    });
    report::json(&objects.collect::<Vec<_>>())
}

fn remedy(remedy: &Remedy, most: usize) -> String {
    match remedy {
        Remedy::Text(text) => text.clone(),
        Remedy::Each(verb, objects, rest) => format!("{verb} {}{rest}", few(objects, most)),
    }
}

/// Returns the first words, and how many are left out.
fn few(words: &[String], most: usize) -> String {
    // `and 1 more` is as long as one word, so that the word is shown instead.
    if words.len() <= most.saturating_add(1) {
        return words.join(", ");
    }
    format!("{} and {} more", words[..most].join(", "), words.len() - most)
}

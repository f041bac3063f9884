//! Prints text during the run, or with `--json` one JSON object at the end.

use std::io::Write as _;

use anyhow::{Result, anyhow};
use serde::Serialize;

use super::finding::Finding;
use super::plan::{Change, Plan};
use super::services::Command;
use crate::proxy_url::ascii;
use crate::replace_file::cause;
use crate::report;

/// Prints text that a program or a file takes in, and returns the exit status 0. Text that cannot be written is
/// therefore an error.
pub fn print(text: &str) -> Result<u8> {
    let mut out = std::io::stdout();
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    done.map(|()| 0).map_err(|error| anyhow!("standard output: cannot be written: {}", cause(&error)))
}

/// A changed file as `--json` prints it.
#[derive(Serialize)]
struct File {
    path: String,
    action: &'static str,
    mode: Option<String>,
    copy: Option<String>,
    diff: String,
}

/// The outcome as `--json` prints it.
#[derive(Serialize)]
struct Outcome<'a> {
    changed: bool,
    files: &'a [File],
    findings: &'a [Finding],
    left: &'a [String],
    commands: Vec<String>,
}

/// Prints text, or collects what `--json` prints.
pub struct Output {
    json: bool,
    files: Vec<File>,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json, files: Vec::new() }
    }

    /// Prints one line for people, with `--json` on standard error. A line that cannot be written is ignored, so that
    /// `apply` completes also when nobody reads the output any more.
    pub fn line(&self, line: &str) {
        let mut out: Box<dyn std::io::Write> =
            if self.json { Box::new(std::io::stderr()) } else { Box::new(std::io::stdout()) };
        let _ = writeln!(out, "{line}");
    }

    pub fn change(&mut self, change: &Change) {
        if !self.json {
            self.line(change.shown.trim_end_matches('\n'));
        }
        self.files.push(File {
            path: change.path.clone(),
            action: change.action(),
            mode: change.mode().map(|mode| format!("{mode:04o}")),
            copy: change.copy(),
            diff: change.shown.clone(),
        });
    }

    pub fn end(&mut self, plan: &Plan, commands: &[Command]) -> Result<()> {
        let commands: Vec<String> = commands.iter().map(Command::to_string).collect();
        let (findings, left, files) = (&plan.findings, &plan.left, &self.files);
        if self.json {
            let changed = !files.is_empty();
            return print(&report::json(&Outcome { changed, files, findings, left, commands })).map(drop);
        }
        for finding in findings {
            self.line(&finding.to_string());
        }
        for line in left {
            self.line(&format!("left: {}", ascii(line)));
        }
        if files.is_empty() {
            self.line("nothing to change");
        }
        if !commands.is_empty() {
            self.line("to put this in force, run in this order, or use --restart:");
            for command in commands {
                self.line(&format!("    {command}"));
            }
        }
        Ok(())
    }
}

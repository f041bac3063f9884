//! The lines for people on standard error: errors, notes and the summary.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::options::Verbosity;
use crate::output::{Outcome, State};
use crate::proxy_url::ascii;
use crate::settings::Settings;

mod no_proxy;
pub mod table;

/// Lines for standard error, collected during a run and printed once at the end.
#[derive(Default)]
pub struct Report {
    lines: Vec<(Verbosity, String)>,
    failed: bool,
}

impl Report {
    /// Adds an error: always shown, and the exit status will be 1.
    pub fn error(&mut self, error: &anyhow::Error) {
        self.failed = true;
        self.lines.push((Verbosity::Quiet, format!("{error:#}")));
    }

    /// Adds several errors.
    pub fn errors(&mut self, errors: &[anyhow::Error]) {
        for error in errors {
            self.error(error);
        }
    }

    /// Adds a note, hidden by `--quiet`.
    pub fn note(&mut self, text: &str) {
        self.lines.push((Verbosity::Normal, text.to_owned()));
    }

    /// Adds a line that only `--verbose` shows.
    pub fn detail(&mut self, text: &str) {
        self.lines.push((Verbosity::Verbose, text.to_owned()));
    }

    /// Adds the proxies and the variables that they come from.
    pub fn settings(&mut self, settings: &Settings) {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, proxy) in settings.proxies.named() {
            let shown = proxy.to_string();
            match groups.iter_mut().find(|(other, _)| *other == shown) {
                Some((_, names)) => names.push(name),
                None => groups.push((shown, vec![name])),
            }
        }
        let groups: Vec<String> =
            groups.into_iter().map(|(proxy, names)| format!("{proxy} ({})", names.join(", "))).collect();
        self.note(&format!("proxy {}", groups.join("; ")));
        for note in &settings.notes {
            self.note(note);
        }
    }

    /// Adds what was done with each file.
    pub fn files(&mut self, outcomes: &[Outcome]) {
        for (state, verb) in State::REPORTED {
            let paths: Vec<String> = outcomes
                .iter()
                .filter(|outcome| outcome.state == state)
                .map(|outcome| outcome.path.display().to_string())
                .collect();
            if !paths.is_empty() {
                self.note(&format!("{verb} {}", paths.join(", ")));
            }
        }
        let mut reported: Vec<&str> = Vec::new();
        for outcome in outcomes {
            for line in &outcome.diff {
                self.note(line);
            }
            for note in &outcome.notes {
                // A note on several files is reported once.
                if !reported.contains(&note.as_str()) {
                    self.note(note);
                    reported.push(note);
                }
            }
        }
    }

    /// Sets the exit status to 1 for a failure that is reported elsewhere.
    pub fn fail(&mut self) {
        self.failed = true;
    }

    /// Whether the exit status will be 1.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Prints one error and returns `status`.
    #[must_use]
    pub fn fatal(error: &anyhow::Error, status: u8) -> ExitCode {
        let mut report = Self::default();
        report.error(error);
        let _ = report.print(Verbosity::Quiet);
        ExitCode::from(status)
    }

    /// Prints the lines that `verbosity` lets through, each in printable ASCII; true when nothing failed. A closed
    /// standard error is no failure.
    #[must_use]
    pub fn print(self, verbosity: Verbosity) -> bool {
        let mut text = String::new();
        for (level, line) in &self.lines {
            if *level <= verbosity {
                text.push_str("jobproxy: ");
                text.push_str(&ascii(line));
                text.push('\n');
            }
        }
        let _ = std::io::stderr().write_all(text.as_bytes());
        !self.failed
    }
}

/// Indented JSON with a final newline, for `--format json`.
#[must_use]
pub fn json(value: &impl Serialize) -> String {
    // Neither text under text keys nor a write to memory can fail.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

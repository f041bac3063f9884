//! What a person reads: notes, errors and the summary. The only place that formats for people.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::output::{Outcome, State};
use crate::proxy_url::ascii;
use crate::settings::Settings;

mod no_proxy;
pub mod table;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Errors, the summary, notes and what was stripped.
    #[default]
    Normal,
    /// Every entry of NO_PROXY as well.
    Verbose,
}

/// Lines for stderr, gathered while the work is done and printed once at its end.
#[derive(Default)]
pub struct Report {
    lines: Vec<(Verbosity, String)>,
    failed: bool,
}

impl Report {
    /// Something could not be done: always shown, and the exit status will be 1.
    pub fn error(&mut self, error: &anyhow::Error) {
        self.failed = true;
        self.lines.push((Verbosity::Quiet, format!("{error:#}")));
    }

    /// Several things could not be done.
    pub fn errors(&mut self, errors: &[anyhow::Error]) {
        for error in errors {
            self.error(error);
        }
    }

    /// Something a person should know.
    pub fn note(&mut self, text: &str) {
        self.lines.push((Verbosity::Normal, text.to_owned()));
    }

    /// Something that only `--verbose` shows.
    pub fn detail(&mut self, text: &str) {
        self.lines.push((Verbosity::Verbose, text.to_owned()));
    }

    /// Which proxies are in force and where they come from.
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

    /// What became of each file.
    pub fn files(&mut self, applied: &[Outcome]) {
        for (state, verb) in State::REPORTED {
            let paths: Vec<String> = applied
                .iter()
                .filter(|one| one.state == state)
                .map(|one| one.path.display().to_string())
                .collect();
            if !paths.is_empty() {
                self.note(&format!("{verb} {}", paths.join(", ")));
            }
        }
        let mut told: Vec<&str> = Vec::new();
        for one in applied {
            for line in &one.diff {
                self.note(line);
            }
            for note in &one.notes {
                // What is true of several files is told once.
                if !told.contains(&note.as_str()) {
                    self.note(note);
                    told.push(note);
                }
            }
        }
    }

    /// Something is wrong that has been told elsewhere.
    pub fn fail(&mut self) {
        self.failed = true;
    }

    /// Whether something could not be done.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Prints one error and gives the exit status that goes with it.
    #[must_use]
    pub fn fatal(error: &anyhow::Error, status: u8) -> ExitCode {
        let mut report = Self::default();
        report.error(error);
        let _ = report.print(Verbosity::Quiet);
        ExitCode::from(status)
    }

    /// Prints what `verbosity` lets through, each in one line of ASCII whatever names are in it; true when nothing failed. A closed stderr is nobody's error.
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
    // Text under text keys cannot fail to become JSON, nor can memory be written to in vain.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

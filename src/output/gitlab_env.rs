//! The file that `$GITLAB_ENV` names: variables for the later stages of a job and its after_script.
//!
//! Every stage of a job, those in the helper container too, runs `while read -r line; do export "$line"; done`
//! on the file under errexit (GitLab Runner, shells/bash.go, `SourceEnv`): nothing is unquoted or expanded, a blank or
//! malformed line fails the stage, and a last line without a newline is not read. From 16.4 to 17.6 a stage runs the file
//! as shell code instead (`source`), so that a blank, `&` or `$(...)` in a password fails the stage or runs a command.

use std::path::Path;

use anyhow::{Result, ensure};

use super::exports::Variables;
use super::format::{assignments, dotenv};
use super::{Change, Context, Edit, Outcome, edit_file};
use crate::environment::PAIRS;
use crate::no_proxy::NoProxy;
use crate::proxy_url::redact;
use crate::replace_file::{Locking, Target};

/// Writes the variables into the file that GITLAB_ENV names; nothing when GITLAB_ENV is unset.
///
/// # Errors
/// The file cannot be read or replaced.
pub fn apply(context: &Context) -> Result<Option<Outcome>> {
    let Some(path) = context.environment.path("GITLAB_ENV") else { return Ok(None) };
    // GitLab Runner makes the folder before any script runs.
    ensure!(
        path.parent().is_none_or(Path::exists),
        "{}: GITLAB_ENV names a file in a folder that does not exist",
        path.display()
    );
    let version = context.environment.texts.ci_runner_version.as_deref();
    let variables = for_later_stages(&context.variables, &context.settings.no_proxy);
    let lines = if version.is_some_and(runs_as_code) { assignments(&variables) } else { dotenv(&variables) };
    let decide = |old: Option<&[u8]>| Ok(decide(old.unwrap_or_default(), &lines));
    edit_file(&Target::new(path.to_owned()), Locking::None, context.options.dry_run, &decide).map(Some)
}

/// Returns the variables with the ranges of NO_PROXY. After the script, the runner's own program uploads cache and artifacts in
/// an environment with these variables. That program reads ranges, and may reach the cache by an address that no variable of
/// the job names (`[runners.cache.s3] ServerAddress`).
fn for_later_stages(variables: &Variables, no_proxy: &NoProxy) -> Variables {
    let mut variables = variables.clone();
    for (name, value) in &mut variables {
        if value.is_some() && name.eq_ignore_ascii_case("NO_PROXY") {
            *value = Some(no_proxy.value_with_ranges());
        }
    }
    variables
}

/// Whether a runner of this version runs the file as shell code: every version before 17.7 (`git log -S SourceEnv` of GitLab
/// Runner). A version without numbers is that of a runner built from the newest source.
fn runs_as_code(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (17, 7))
}

/// Decides the new content: removes the lines of an earlier run and appends the new lines. All other lines stay. A
/// missing trailing newline is added, since the first new line would otherwise continue the last line.
fn decide(old: &[u8], lines: &str) -> Edit {
    let mut content: Vec<u8> = old
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !PAIRS.iter().any(|pair| sets(line, pair.0) || sets(line, pair.1)))
        .filter(|line| !lines.lines().any(|new| sets(line, new.split('=').next().unwrap_or_default())))
        .collect::<Vec<_>>()
        .concat();
    if content.last().is_some_and(|byte| *byte != b'\n') {
        content.push(b'\n');
    }
    content.extend_from_slice(lines.as_bytes());
    let diff = lines.lines().map(|line| match line.split_once('=') {
        Some((name, value)) => format!("+{name}={}", redact(value)),
        None => String::new(),
    });
    if content == old {
        return Edit::default();
    }
    Edit { change: Change::Content(content), diff: diff.collect(), notes: Vec::new() }
}

fn sets(line: &[u8], name: &str) -> bool {
    line.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_tells_how_the_runner_reads_the_file() {
        for (version, expected) in [
            ("16.4.0", true),
            ("v16.11.4", true),
            ("17.6.1~pre.3.gabc", true),
            ("17.7.0", false),
            ("17.10.0", false),
            ("18.0.0-rc1", false),
            ("development version", false),
            ("", false),
        ] {
            assert_eq!(runs_as_code(version), expected, "{version}");
        }
    }

    #[test]
    fn new_lines_replace_the_lines_of_an_earlier_run() {
        for (old, expected) in [
            ("", "HTTP_PROXY=http://p:1\nno_proxy=a\n"),
            ("A=1\n", "A=1\nHTTP_PROXY=http://p:1\nno_proxy=a\n"),
            ("A=1", "A=1\nHTTP_PROXY=http://p:1\nno_proxy=a\n"),
            ("HTTP_PROXY=old\nA=1\nno_proxy=b", "A=1\nHTTP_PROXY=http://p:1\nno_proxy=a\n"),
            ("HTTP_PROXY_X=1\n", "HTTP_PROXY_X=1\nHTTP_PROXY=http://p:1\nno_proxy=a\n"),
        ] {
            const LINES: &str = "HTTP_PROXY=http://p:1\nno_proxy=a\n";
            assert_eq!(decide(old.as_bytes(), LINES).change, Change::Content(expected.into()), "{old}");
            assert_eq!(decide(expected.as_bytes(), LINES).change, Change::Nothing);
        }
    }
}

//! Runs the line of the templates for a runner's config.toml in the shells that run jobs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::needs::installed;
use crate::support::{Job, Ran, program, tool};

const PATH_IN_TEMPLATES: &str = "/opt/jobproxy/jobproxy";

/// The shells that GitLab Runner starts, without options and with the options that the runner and authors of scripts
/// set.
pub const SHELLS: [&[&str]; 7] = [
    &["bash"],
    &["bash", "-eu"],
    &["bash", "-eu", "-o", "pipefail"],
    &["dash"],
    &["dash", "-eu"],
    &["busybox", "sh"],
    &["busybox", "sh", "-eu"],
];

/// Returns the value of every `KEY = '…'` in a file of this project.
fn values_of(key: &str, file: &Path) -> Vec<String> {
    let start = format!("{key} = '");
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let value = |line: &str| Some(line.trim().strip_prefix(&start)?.strip_suffix('\'')?.to_owned());
    text.lines().filter_map(value).collect()
}

pub fn project() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn template(key: &str) -> String {
    values_of(key, &project().join("ci-templates/runner/config.toml")).concat()
}

/// Runs a hook of the template in front of a script that prints its variables.
fn run(job: &Job, hook: &str, shell: &[&str]) -> Ran {
    let hook = hook.replace(PATH_IN_TEMPLATES, &job.path("jobproxy").display().to_string());
    assert!(!hook.contains(PATH_IN_TEMPLATES));
    let script = format!("{hook}\necho \"script: ${{http_proxy-none}} ${{x-nothing left behind}}\"\n");
    job.ran(job.command(tool(shell[0])).args(&shell[1..]).args(["-c", &script])).status(0)
}

fn in_every_shell(job: &Job, check: impl Fn(&str, Ran)) {
    for shell in installed(&SHELLS) {
        check(&shell.join(" "), run(job, &template("pre_build_script"), shell));
    }
}

const UNCHANGED: &str = "~/jobproxy exported nothing, so the variables of the runner stay as they are\n";

/// Expects that the script runs as without jobproxy, and that the log says so once, after the reason.
fn continues_without(job: &Job, reason: &[&str]) {
    in_every_shell(job, |shell, ran| {
        let ran = ran.stdout("script: none nothing left behind\n");
        let said = ran.stderr.strip_suffix(UNCHANGED).unwrap_or_else(|| panic!("{shell}: {}", ran.stderr));
        assert_eq!(reason.is_empty(), said.is_empty(), "{shell}: {said}");
        let given = reason.is_empty() || reason.iter().any(|reason| said.contains(reason));
        assert!(given && !said.contains(UNCHANGED), "{shell}: {said}");
    });
}

/// A job whose jobproxy is a file with this content. Another process writes the file: a child that another test forks
/// meanwhile would hold the file open for writing, and the kernel then refuses to start the file ("Text file busy").
fn job_with(content: &[u8], mode: u32) -> Job {
    let job = Job::new().env("HTTP_PROXY", "proxy.corp:3128").file("content", content);
    job.ran(job.command(tool("cp")).args(["content", "jobproxy"])).status(0);
    fs::remove_file(job.path("content")).unwrap();
    fs::set_permissions(job.path("jobproxy"), fs::Permissions::from_mode(mode)).unwrap();
    job
}

fn job() -> Job {
    job_with(&fs::read(program()).unwrap(), 0o755).env("HTTPS_PROXY", "proxy.corp:3128")
}

#[test]
fn the_hook_exports_and_says_nothing_of_its_own() {
    in_every_shell(&job(), |shell, ran| {
        let ran = ran.stdout("script: http://proxy.corp:3128 nothing left behind\n");
        assert!(ran.stderr.lines().all(|line| line.starts_with("jobproxy: ")), "{shell}: {}", ran.stderr);
    });
}

#[test]
fn the_hook_for_the_clone_exports_and_touches_no_file() {
    for shell in installed(&SHELLS) {
        let job = job();
        run(&job, &template("pre_get_sources_script"), shell)
            .stdout("script: http://proxy.corp:3128 nothing left behind\n");
        assert_eq!(job.files(), ["jobproxy"]);
    }
}

#[test]
fn exports_are_used_where_something_else_could_not_be_done() {
    let job = job().env("HOME", "/proc");
    let temporary = job.path("");
    let job = job.env("TMPDIR", temporary);
    in_every_shell(&job, |_, ran| {
        ran.stdout("script: http://proxy.corp:3128 nothing left behind\n")
            .says("jobproxy: ")
            .never_says("exported nothing");
    });
}

#[test]
fn no_backslash_is_lost_on_the_way_into_the_shell() {
    let job = job().env("JOBPROXY_FOR", "java").env("JAVA_TOOL_OPTIONS", r"-Da=\n\\c\t\0041 -Db='");
    for shell in installed(&SHELLS) {
        let hook = format!("{}; printf '%s\\n' \"$JAVA_TOOL_OPTIONS\" >&2", template("pre_build_script"));
        run(&job, &hook, shell).says(r"-Da=\n\\c\t\0041 -Db=' -Dhttp.proxyHost=proxy.corp");
    }
}

#[test]
fn a_job_continues_without_a_binary_that_can_run_and_the_shell_says_why() {
    let binary = fs::read(program()).unwrap();
    let mut other_machine = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x16\0".to_vec(); // e_machine: S/390
    other_machine.resize(4096, 0);
    continues_without(&Job::new().env("HTTP_PROXY", "proxy.corp:3128"), &["No such file", "not found"]);
    continues_without(&job_with(&binary, 0o644), &["Permission denied"]);
    // BusyBox runs as a script what the kernel refuses to start.
    continues_without(&job_with(&other_machine, 0o755), &["Exec format error", "ELF"]);
    continues_without(&job_with(b"", 0o755), &[]);
    continues_without(&job_with(b"# only a comment\n", 0o755), &[]);
}

#[test]
fn a_job_continues_when_jobproxy_refuses_its_variables() {
    continues_without(
        &job().env("HTTP_PROXY", "gopher://proxy").without("HTTPS_PROXY"),
        &["jobproxy: HTTP_PROXY: "],
    );
    continues_without(&job().env("JOBPROXY_CIDR", "nonsense"), &["jobproxy: JOBPROXY_CIDR "]);
}

/// A script replaces jobproxy here, since a real run cannot be ended in the middle of its only write.
#[test]
fn nothing_is_taken_from_a_run_that_was_killed_in_the_middle() {
    let half = "#!/bin/sh\nprintf \"export HTTP_PROXY='a'\\nexport http_proxy='b\"\n";
    for end in ["kill -KILL $$", "kill -TERM $$", "exit 2", "exit 127"] {
        let job = job_with(format!("{half}{end}\n").as_bytes(), 0o755);
        in_every_shell(&job, |_, ran| {
            ran.stdout("script: none nothing left behind\n").says(UNCHANGED);
        });
    }
}

#[test]
fn the_hook_is_the_same_plain_line_wherever_it_is_shown() {
    let folder = project().join("ci-templates");
    for key in ["pre_build_script", "pre_get_sources_script"] {
        let hook = template(key);
        // In single quotes in TOML, plain in YAML, and left alone by Helm's templates.
        assert!(hook.starts_with("eval ") && ["'", ": ", " #", "{{"].iter().all(|part| !hook.contains(part)));
        for file in ["runner/shell/config.toml", "kubernetes/config.toml", "kubernetes/values.yaml"] {
            assert_eq!(values_of(key, &folder.join(file)), [&*hook], "{key} in {file}");
        }
    }
    let hook = template("pre_build_script");
    for file in ["README.md", "docs/by-hand.md"] {
        let shown = values_of("pre_build_script", &project().join(file));
        assert!(!shown.is_empty() && shown.iter().all(|line| *line == hook), "{file}: {shown:#?}");
    }
    let dind = fs::read_to_string(folder.join("dind/.gitlab-ci.yml")).unwrap();
    assert!(dind.contains(&format!("    - {}\n", hook.replace(PATH_IN_TEMPLATES, "jobproxy"))), "{dind}");
}

//! `jobproxy doctor`: each test names faults and expects the findings.

mod connect;
mod files;
mod no_proxy;
mod output;
mod programs;
mod troubleshooting;
mod variables;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;

use jobproxy::doctor::Kind;

use crate::support::{Job, Ran};

fn job() -> Job {
    Job::new()
        .env("HTTP_PROXY", "http://proxy.corp:3128")
        .env("HTTPS_PROXY", "http://proxy.corp:3128")
        .env("http_proxy", "http://proxy.corp:3128")
        .env("https_proxy", "http://proxy.corp:3128")
        .env("NO_PROXY", "localhost,127.0.0.1,docker:2375,docker:2376")
        .env("no_proxy", "localhost,127.0.0.1,docker:2375,docker:2376")
}

fn both(job: Job, name: &str, value: &str) -> Job {
    job.env(name.to_ascii_uppercase(), value).env(name.to_ascii_lowercase(), value)
}

fn doctor(job: &Job) -> Ran {
    job.run(&["doctor"])
}

/// Expects a finding: the name, and the start of the line after the level.
#[track_caller]
fn finds(job: &Job, name: &str, line: &str) -> String {
    let kind = Kind::find(name).unwrap_or_else(|| panic!("there is no finding {name}"));
    let ran = doctor(job);
    let start = format!("{} {line}", kind.level().word());
    let end = format!(" ({name})");
    let found = ran.stdout.lines().find(|found| found.starts_with(&start) && found.ends_with(&end));
    let found = found.unwrap_or_else(|| panic!("{start} ... {end} is not in:\n{}", ran.stdout)).to_owned();
    assert!(ran.is(u8::from(ran.stdout.contains("fail ")).into()), "{}", ran.stdout);
    found
}

#[track_caller]
fn finds_no(job: &Job, name: &str) {
    let found = doctor(job).stdout;
    assert!(!found.contains(&format!("({name})")), "{found}");
}

#[test]
fn a_healthy_job_and_a_job_without_a_proxy_are_told_so() {
    doctor(&job()).status(0).stderr("").stdout("ok: nothing is wrong with this job's proxy settings\n");
    job().run(&["doctor", "--format=json"]).status(0).stdout("[]\n");
    let none = doctor(&Job::new()).status(0).stdout;
    assert!(none.starts_with("note: no proxy is set (HTTP_PROXY, ") && none.lines().count() == 1, "{none}");
    let off = Job::new().env("HTTP_PROXY", "").env("https_proxy", " ");
    finds(
        &off,
        "proxy-switched-off",
        "HTTP_PROXY, HTTPS_PROXY: is set to nothing, which switches the proxy off",
    );
}

#[test]
fn nothing_fails_after_setup() {
    let job = Job::new()
        .env("HTTP_PROXY", "alice:s3cret@Proxy.corp")
        .env("https_proxy", "")
        .env("HTTPS_PROXY", "http://proxy.corp:3128/")
        .env("NO_PROXY", "*.corp.example, [::1],10.*,,a;b,fd00::/8,*:80")
        .env("DOCKER_HOST", "tcp://dind:2375")
        .env("CI_SERVER_URL", "https://gitlab.corp.example")
        .env("PATH", "/usr/bin:/bin");
    doctor(&job).status(1);
    let ran = job.shell(&["bash"], "eval \"$(jobproxy setup --export --quiet)\"; jobproxy doctor").status(0);
    assert!(ran.stdout.lines().all(|line| line.starts_with("note ")), "{}", ran.stdout);
}

fn listing(list: &str) -> Job {
    both(job(), "no_proxy", list)
}

/// Doctor must not ask for a change that setup would not make.
#[test]
fn after_setup_doctor_asks_for_no_setup() {
    let job = || job().env("PATH", "/usr/bin:/bin").file(".docker/config.json", "{}");
    for (setup, doctor) in [
        (job(), &[][..]),
        (job().env("JOBPROXY_ADD", "registry.corp"), &[]),
        (job().env("JOBPROXY_CIDR", "keep").env("NO_PROXY", "10.0.0.0/8"), &[]),
        (job().env("JOBPROXY_NO_DOCKER", "1").env("JOBPROXY_NO_GIT", "1"), &[]),
        (job(), &["--add", "registry.corp", "--cidr=keep"]),
    ] {
        setup.run(&[&["setup"], doctor].concat()).status(0);
        let found = setup.run(&[&["doctor"], doctor].concat()).stdout;
        assert!(!found.contains("run jobproxy setup"), "{found}");
    }
    let before = job();
    before.run(&["setup", "--add", "registry.corp"]).status(0);
    finds(
        &before,
        "docker-config-differs",
        "~/.docker/config.json: has other proxies than setup would write",
    );
}

/// A job with programs on PATH, each with the text of its script.
fn with_programs(job: Job, programs: &[(&str, &str)]) -> Job {
    for (name, script) in programs {
        job.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(job.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = job.path("bin");
    job.env("PATH", path)
}

//! The bundle of certificates: killed and failing at every step, it is whole or not there, and the next run cleans up.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::thread;

use super::{Call, calls_with, strace};
use crate::support::{Job, Ran, program};

const SETUP: [&str; 5] = ["setup", "--export", "--no-docker", "--no-git", "--ca=corp.pem"];

fn job() -> Job {
    // Without Java, whose keytool is another program.
    let job = Job::behind_proxy()
        .env("PATH", "/nowhere")
        .file("corp.pem", include_str!("../data/ca/corp-root.pem"));
    fs::create_dir(job.path("tmp")).unwrap();
    let temporary = job.path("tmp");
    job.env("TMPDIR", temporary)
}

/// What a run that nothing disturbs leaves, and what it prints.
struct Undisturbed {
    files: Vec<(String, Vec<u8>)>,
    exports: String,
    calls: Vec<Call>,
}

impl Undisturbed {
    fn new() -> Self {
        let job = job();
        let exports = job.run(&SETUP).status(0).stdout;
        let mut calls = calls_with(&self::job(), &SETUP);
        let main = calls.iter().position(|call| call.name == "prctl").unwrap();
        calls.drain(..main);
        Self { files: files(&job), exports, calls }
    }

    /// Every bundle that is there is whole.
    fn is_whole(&self, job: &Job, at: &str) {
        for (name, content) in files(job).iter().filter(|(name, _)| !name.ends_with(".jobproxy")) {
            let whole = self.files.iter().find(|(other, _)| other == name);
            assert!(whole.is_some_and(|(_, whole)| whole == content), "{at}: {name}");
        }
    }

    /// The next run makes everything as if nothing had happened.
    fn next(&self, job: &Job, at: &str) {
        let next = job.run(&SETUP).status(0);
        assert_eq!(next.stdout, self.exports, "{at}");
        assert!(files(job) == self.files, "{at}: {:?}", job.files());
    }

    /// Tries every call in a few threads: a run that was killed in the middle makes the next one wait.
    fn each(&self, check: impl Fn(&Call) + Sync) -> usize {
        let check = &check;
        thread::scope(|scope| {
            for part in self.calls.chunks(self.calls.len().div_ceil(4)) {
                scope.spawn(move || part.iter().for_each(check));
            }
        });
        self.calls.len()
    }
}

fn files(job: &Job) -> Vec<(String, Vec<u8>)> {
    job.files().into_iter().map(|name| (name.clone(), fs::read(job.path(&name)).unwrap())).collect()
}

fn disturbed(job: &Job, inject: [String; 4]) -> Ran {
    job.ran(strace(job).args(["-o", "/dev/null"]).args(inject).arg(program()).args(SETUP))
}

#[test]
fn a_kill_at_any_system_call_leaves_whole_bundles_and_the_next_run_cleans_up() {
    needs!("strace");
    let undisturbed = Undisturbed::new();
    let tried = undisturbed.each(|call| {
        let job = job();
        let mut command = strace(&job);
        command.args(["-o", "/dev/null"]).args(call.kill()).arg(program()).args(SETUP);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.signal(), Some(9), "{}", call.line);
        undisturbed.is_whole(&job, &call.line);
        undisturbed.next(&job, &call.line);
    });
    println!("kills of setup --ca: {tried} tried, {tried} survived");
}

#[test]
fn an_error_of_any_file_call_is_told_in_one_line_and_names_no_file_that_is_not_there() {
    needs!("strace");
    let mut undisturbed = Undisturbed::new();
    undisturbed
        .calls
        .retain(|call| super::FILE_CALLS.contains(&call.name.as_str()) && !call.line.contains("<pipe:"));
    for error in ["ENOSPC", "EACCES", "EINTR"] {
        let tried = undisturbed.each(|call| {
            let job = job();
            let ran = disturbed(&job, call.inject(&format!("error={error}")));
            let at = format!("{error} at {}\n{}", call.line, ran.stderr);
            undisturbed.is_whole(&job, &at);
            assert!(ran.is(0) || ran.is(1) && ran.stderr.contains(": cannot "), "{at}");
            assert!(ran.stderr.lines().all(|line| line.starts_with("jobproxy: ")), "{at}");
            for line in ran.stdout.lines().filter(|line| line.contains(".pem'")) {
                let file = line.split('\'').nth(1).unwrap().replace("~/", "");
                assert!(job.path(&file).exists(), "{at}: {line}");
            }
            undisturbed.next(&job, &at);
        });
        println!("{error} in setup --ca: {tried} tried");
    }
}

//! Killed at every step: what is there is whole, and the next run cleans up.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::support::{Job, program, tool};

use super::{Call, PLAIN, WITH_PROXY, calls, contents, job, strace};

/// A run over `files` that nothing disturbs: what the files hold before and after it, and which there are then.
struct Undisturbed {
    old: [Option<String>; 2],
    new: [Option<String>; 2],
    files: Vec<String>,
}

impl Undisturbed {
    fn over(files: &[(&str, &str)]) -> Self {
        let job = job(files);
        let old = contents(&job);
        job.run(&["setup"]).status(0);
        Self { old, new: contents(&job), files: job.files() }
    }

    /// What there is after a kill is whole, and the next run makes everything as if there had been none.
    fn check(&self, job: &Job, at: &str) {
        for (now, (old, new)) in contents(job).iter().zip(self.old.iter().zip(&self.new)) {
            assert!(now == old || now == new, "{at}: {now:?}");
        }
        let next = job.run(&["setup"]);
        assert!(contents(job) == self.new, "{at}: {}", next.stderr);
        next.status(0);
        assert_eq!(job.files(), self.files, "{at}");
    }
}

#[test]
fn a_kill_at_any_system_call_leaves_whole_files_and_the_next_run_cleans_up() {
    let (mut tried, mut survived) = (0, 0);
    for files in [PLAIN, WITH_PROXY] {
        let undisturbed = Undisturbed::over(&files);
        for call in calls(&job(&files)) {
            let job = job(&files);
            let ran = strace(&job)
                .args(["-o", "/dev/null"])
                .args(call.kill())
                .args([&program().display().to_string(), "setup"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert_eq!(ran.signal(), Some(9), "{:?}: {ran}", call.kill());
            tried += 1;
            undisturbed.check(&job, &format!("{:?}", call.kill()));
            survived += 1;
        }
    }
    println!("kills of setup: {tried} tried, {survived} survived");
}

#[test]
fn a_kill_of_the_git_that_it_starts_is_survived_too() {
    let undisturbed = Undisturbed::over(&WITH_PROXY);
    let with_git = |options: &str| {
        let job = job(&WITH_PROXY);
        let [strace, git] = ["strace", "git"].map(|name| tool(name).display().to_string());
        let script = format!("#!/bin/sh\nexec {strace} -qq {options} {git} \"$@\"\n");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("git"), script).unwrap();
        fs::set_permissions(folder.path().join("git"), fs::Permissions::from_mode(0o755)).unwrap();
        let ran = job.ran(job.command(program()).env("PATH", folder.path()));
        (job, ran)
    };
    let log = tempfile::NamedTempFile::new().unwrap();
    with_git(&format!("-o {}", log.path().display())).1.status(0);
    let calls = Call::all(&fs::read_to_string(log.path()).unwrap());
    assert!(calls.len() > 20, "git was not started");
    for call in &calls {
        let (job, ran) = with_git(&format!("-o /dev/null {}", call.kill().join(" ")));
        ran.status(1).says("jobproxy: ~/.gitconfig: git cannot change it (git gave no reason)");
        undisturbed.check(&job, &format!("{:?}", call.kill()));
    }
    println!("kills of git: {} tried, {} survived", calls.len(), calls.len());
}

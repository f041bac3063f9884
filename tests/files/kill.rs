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
    needs!("strace", "git");
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
    needs!("strace", "git");
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

#[test]
fn a_git_that_outlives_its_killed_setup_is_waited_for() {
    needs!("git");
    let undisturbed = Undisturbed::over(&WITH_PROXY);
    let job = job(&WITH_PROXY);
    let (started, ended) = (job.path("tmp/started"), job.path("tmp/ended"));
    let [started_at, ended_at] = [&started, &ended].map(|path| path.display());
    let git = tool("git");
    let folder = tempfile::tempdir().unwrap();
    let slow =
        format!("#!/bin/sh\n: >{started_at}\n/bin/sleep 0.5\n{} \"$@\"\n: >{ended_at}\n", git.display());
    fs::write(folder.path().join("git"), slow).unwrap();
    fs::set_permissions(folder.path().join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut setup = job.command(program()).env("PATH", folder.path()).stderr(Stdio::null()).spawn().unwrap();
    while !started.exists() {
        assert!(setup.try_wait().unwrap().is_none(), "it never started git");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    setup.kill().unwrap();
    setup.wait().unwrap();
    job.run(&["setup"]).status(0);
    assert!(ended.exists(), "the next run did not wait");
    for path in [started, ended] {
        fs::remove_file(path).unwrap();
    }
    undisturbed.check(&job, "the next run");
}

/// A file that is mounted by itself cannot be swapped; it is overwritten by one call. After it only a shorter content
/// has an end to be cut off, and that is blank until then.
#[test]
fn a_kill_while_a_mounted_file_is_overwritten_leaves_it_whole_too() {
    needs!("mount namespaces", "strace");
    let script = "cp .docker/config.json mounted; mount --bind mounted .docker/config.json; exec \"$@\"";
    let in_namespace = |job: &Job, options: &[String]| {
        let mut command = job.command(tool("unshare"));
        command.args(["--mount", "--propagation", "private", "sh", "-ec", script, "sh"]);
        command.arg(tool("strace")).arg("-qq").args(options).arg(program()).args(["setup", "--no-git"]);
        command.output().unwrap()
    };
    let (mut tried, mut copies) = (0, 0);
    for files in [PLAIN, WITH_PROXY] {
        let job = job(&files);
        let log = job.path("tmp/log");
        let ran = in_namespace(&job, &["-o".to_owned(), log.display().to_string()]);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let new = job.read("mounted");
        for call in Call::all(&fs::read_to_string(log).unwrap()) {
            let job = super::job(&files);
            let options = ["-o".to_owned(), "/dev/null".to_owned()].into_iter().chain(call.kill());
            let ran = in_namespace(&job, &options.collect::<Vec<_>>());
            assert_eq!(ran.status.signal(), Some(9), "{:?}: {}", call.line, ran.status);
            tried += 1;
            let now = job.read("mounted");
            assert!(now == files[0].1 || now.trim_end_matches('\n') == new, "{}: {now:?}", call.line);
            copies += usize::from(fs::read_dir(job.path("tmp")).unwrap().next().is_some());
            // The next run finds it without the mount.
            fs::rename(job.path("mounted"), job.path(".docker/config.json")).unwrap();
            job.run(&["setup", "--no-git"]).status(0);
            assert_eq!(job.read(".docker/config.json").trim_end_matches('\n'), new, "{}", call.line);
        }
    }
    println!(
        "kills over a mounted file: {tried} tried, {tried} survived, {copies} left the copy of the old file in TMPDIR"
    );
}

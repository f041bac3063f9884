//! A kill at each system call: every file is whole, and the next run cleans up.

use std::fs;
use std::os::unix::fs::lchown;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::support::{Job, copy_program, program, tool};

use super::{Call, PLAIN, WITH_PROXY, calls, calls_of, contents, job, strace};

/// A run without a kill: the contents of the files before and after, and the names of all files after.
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

    /// Checks that every file is whole after a kill, and that the next run gives the result of a run without a kill.
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
    needs!("strace");
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
fn a_kill_of_undo_at_any_system_call_leaves_whole_files_and_the_next_undo_cleans_up() {
    needs!("strace");
    let (mut tried, mut survived) = (0, 0);
    for files in [&PLAIN[..], &[]] {
        let set_up = || {
            let job = job(files);
            let old = contents(&job);
            job.run(&["setup"]).status(0);
            (job, old)
        };
        for call in calls_of(&set_up().0, "undo") {
            let (job, old) = set_up();
            let new = contents(&job);
            let mut command = strace(&job);
            command
                .args(["-o", "/dev/null"])
                .args(call.kill())
                .arg(program())
                .arg("undo")
                .stderr(Stdio::null());
            assert_eq!(command.status().unwrap().signal(), Some(9), "{:?}", call.kill());
            tried += 1;
            for (now, (old, new)) in contents(&job).iter().zip(old.iter().zip(&new)) {
                assert!(now == old || now == new, "{:?}: {now:?}", call.kill());
            }
            job.run(&["undo"]).status(0);
            assert_eq!(contents(&job), old, "{:?}", call.kill());
            assert_eq!(job.files().len(), files.len(), "{:?}: {:?}", call.kill(), job.files());
            survived += 1;
        }
    }
    println!("kills of undo: {tried} tried, {survived} survived");
}

const USER: u32 = 65534;

/// A killed run of root in the home of a user: the user cannot open the files that root left. Setup and git still work.
#[test]
fn the_new_file_of_a_killed_run_of_another_user_stops_no_program() {
    needs!("root", "strace", "git");
    let job = job(&PLAIN);
    for name in ["", ".docker", "tmp"].into_iter().map(str::to_owned).chain(job.files()) {
        lchown(job.path(&name), Some(USER), Some(USER)).unwrap();
    }
    for target in ["--no-docker", "--no-git"] {
        let mut killed = strace(&job);
        killed.args(["-o", "/dev/null", "-e", "inject=fchmod:signal=KILL:when=1"]);
        assert_eq!(killed.arg(program()).args(["setup", target]).status().unwrap().signal(), Some(9));
    }
    for left in [".docker/config.json.jobproxy", ".gitconfig.lock"] {
        assert!(job.path(left).exists());
    }
    let copy = job.path("tmp/jobproxy");
    copy_program(&program(), &copy);
    for arguments in [
        &[copy.as_os_str(), "setup".as_ref()][..],
        &["git".as_ref(), "config".as_ref(), "--global".as_ref(), "a.b".as_ref(), "c".as_ref()],
    ] {
        let mut command = job.command(tool("setpriv"));
        command.args([format!("--reuid={USER}"), format!("--regid={USER}"), "--clear-groups".to_owned()]);
        job.ran(command.args(arguments)).status(0);
    }
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig", "tmp/jobproxy"]);
}

/// A mounted file cannot be renamed over, and is overwritten by one call. Only a shorter content needs a second call,
/// which cuts off blank lines.
#[test]
fn a_kill_while_a_mounted_file_is_overwritten_leaves_a_whole_file() {
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
            // The next run finds the file without the mount.
            fs::rename(job.path("mounted"), job.path(".docker/config.json")).unwrap();
            job.run(&["setup", "--no-git"]).status(0);
            assert_eq!(job.read(".docker/config.json").trim_end_matches('\n'), new, "{}", call.line);
        }
    }
    println!(
        "kills over a mounted file: {tried} tried, {tried} survived, {copies} left the copy of the old file in TMPDIR"
    );
}

//! What a test needs from the machine: programs and rights. Where something is missing, the test is skipped, and
//! `tests/skipped.rs` gives the sum at the end of `cargo test`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::parent_id;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rustix::fs::{XattrFlags, setxattr};
use which::which;

/// Skips the test unless the machine has all of these: `needs!("git", "strace")`.
macro_rules! needs {
    ($($need:expr),+ $(,)?) => {
        if [$($need),+].into_iter().any($crate::needs::lacks) {
            return;
        }
    };
}

/// Whether the machine lacks a program (its name) or a right (one of the names here). A missing need is recorded. The
/// first test with the need prints a line at once, past the capture of libtest.
#[track_caller]
pub fn lacks(need: &str) -> bool {
    let missing = match need {
        "root" => !rustix::process::geteuid().is_root(),
        "mount namespaces" => !succeeds("unshare", &["--mount", "--propagation", "private", "true"]),
        "user namespaces" => !succeeds("unshare", &["-Ur", "true"]),
        "immutable files" => !can_be_immutable(),
        "SELinux labels" => !takes_selinux_labels(),
        "/dev/shm" => !is_another_file_system("/dev/shm"),
        "a home in /etc/passwd" => passwd_home().is_none(),
        "no container around the tests" => {
            ["/.dockerenv", "/run/.containerenv"].iter().any(|marker| Path::new(marker).exists())
        }
        program => which(program).is_err(),
    };
    if missing {
        record(need);
    }
    missing
}

/// Returns whether this user may label files here. The kernel stores labels without SELinux, too.
fn takes_selinux_labels() -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    setxattr(file.path(), "security.selinux", b"x\0", XattrFlags::empty()).is_ok()
}

/// Returns the shells that the machine has.
#[track_caller]
pub fn installed<'a>(shells: &[&'a [&'a str]]) -> Vec<&'a [&'a str]> {
    let mut found = Vec::new();
    for shell in shells {
        if !lacks(shell[0]) {
            found.push(*shell);
        }
    }
    found
}

/// Returns the home of this user in /etc/passwd.
pub fn passwd_home() -> Option<PathBuf> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut lines = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|fields| fields[2] == user).map(|fields| fields[5].into())
}

#[track_caller]
fn record(need: &str) {
    static RECORDED: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());
    let thread = std::thread::current();
    // The thread has the name of the test, except with --test-threads=1.
    let test = match thread.name() {
        Some("main") | None => Location::caller().to_string(),
        Some(name) => name.to_owned(),
    };
    let mut recorded = RECORDED.lock().unwrap();
    let is_first = recorded.iter().all(|(other, _)| other != need);
    if !recorded.insert((need.to_owned(), test.clone())) {
        return;
    }
    let mut stderr = std::io::stderr();
    if is_first {
        let _ = writeln!(stderr, "skipped: {test}: needs {need}");
    }
    let path = format!("{}/skipped-{}", env!("CARGO_TARGET_TMPDIR"), parent_id());
    let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
    writeln!(file, "{need}\t{test}").unwrap();
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|ran| ran.status.success())
}

/// Not every file system has immutable files, and root needs CAP_LINUX_IMMUTABLE to make one.
fn can_be_immutable() -> bool {
    let file = tempfile::NamedTempFile::with_prefix("jobproxy-test-").unwrap();
    let path = file.path().to_str().unwrap();
    succeeds("chattr", &["+i", path]) && succeeds("chattr", &["-i", path])
}

/// Whether the folder and the folder for temporary files are on different file systems.
fn is_another_file_system(folder: &str) -> bool {
    let device = |folder: &Path| std::fs::metadata(folder).map(|folder| folder.dev()).ok();
    device(Path::new(folder)).is_some_and(|other| Some(other) != device(&std::env::temp_dir()))
}

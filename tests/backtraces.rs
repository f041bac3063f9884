//! The errors of every command are the same where a pipeline asks Rust programs for backtraces, and leave no file
//! behind.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::{Job, program, tool};

/// The variables by which pipelines ask for backtraces. Nearly every pipeline of a Rust project sets one.
pub const SETTINGS: [(&str, &str); 4] =
    [("UNRELATED", ""), ("RUST_BACKTRACE", "1"), ("RUST_BACKTRACE", "full"), ("RUST_LIB_BACKTRACE", "1")];

const CONFIG: &str = ".docker/config.json";
const LOGINS: &str = "{\"auths\":{\"registry.corp\":{\"auth\":\"dTpw\"}}}";

/// A way to fail: the job, and the arguments as a shell reads them. Other tests check text and status.
type Case = (fn(Job) -> Job, &'static str);

const ONE_BAD_PROXY: fn(Job) -> Job = |job| job.env("HTTP_PROXY", "http://u:p#w@h:1").without("HTTPS_PROXY");
const BROKEN: fn(Job) -> Job = |job| job.file(CONFIG, "{");

const CASES: &[Case] = &[
    (|job| job, "stup"),
    (|job| job, "--bogus"),
    (|job| job, "--cidr"),
    (|job| job, "--cidr x"),
    (|job| job, "env --export"),
    (|job| job, "--add \"$(printf '\\377')\""),
    (|job| job.env("JOBPROXY_CIDR", "x"), "setup"),
    (|job| job, "exec"),
    (|job| job, "help stup"),
    (|job| job, "completions csh"),
    (ONE_BAD_PROXY, "setup --export"),
    (ONE_BAD_PROXY, "env"),
    (ONE_BAD_PROXY, "exec -- false"),
    (ONE_BAD_PROXY, "explain http://a"),
    (ONE_BAD_PROXY, "undo"),
    (ONE_BAD_PROXY, "doctor"),
    (
        |job| job.env("http_proxy", OsStr::from_bytes(b"\xff")).without("HTTPS_PROXY").without("HTTP_PROXY"),
        "setup",
    ),
    (BROKEN, "setup --no-git"),
    (BROKEN, "undo --no-git"),
    (BROKEN, "doctor"),
    (BROKEN, "exec --setup --no-git -- false"),
    (|job| job.file(CONFIG, b"\xff"), "setup --no-git"),
    (|job| job.file(CONFIG, "[]"), "setup --no-git"),
    (|job| job.file(".docker/config.json/x", ""), "setup --no-git"),
    (|job| job.file(".docker", ""), "setup --no-git"),
    (|job| job.file(".docker", ""), "undo --no-git"),
    (|job| linked(job, CONFIG), "setup --no-git"),
    (|job| linked(job, ".gitconfig"), "setup --no-docker"),
    (|job| linked(job, ".gitconfig"), "undo --no-docker"),
    (|job| job.file(".gitconfig/x", ""), "setup --no-docker"),
    (|job| job.env("GIT_CONFIG_GLOBAL", "."), "setup --no-docker"),
    (|job| job.env("GITLAB_ENV", "missing/env"), "setup --no-docker --no-git --gitlab-env"),
    (|job| job, "exec -- ./missing"),
    (|job| job.file("a", ""), "exec -- ./a"),
    (|job| job, "explain --client nonesuch http://a"),
    (|job| job, "explain ftp://a"),
    (|job| job, "explain \"$(printf '\\377')\""),
    (|job| job, "explain - </"),
    (|job| job, "explain --strict --proxy http://p:1 --no-proxy a:80 --client curl,go http://a"),
    (|job| job, "env >/dev/full"),
    (|job| job, "setup --no-docker --no-git --export >/dev/full"),
    (|job| job, "explain http://a >/dev/full"),
    (|job| job, "doctor >/dev/full"),
    (|job| job, "help >/dev/full"),
    (|job| job, "completions zsh >/dev/full"),
];

/// Makes a symbolic link to itself.
fn linked(job: Job, name: &str) -> Job {
    let path = job.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(&path, &path).unwrap();
    job
}

/// Returns the names, modes and contents of all files.
fn everything(job: &Job) -> Vec<(String, u32, Vec<u8>)> {
    let look = |name: String| {
        let metadata = fs::symlink_metadata(job.path(&name)).unwrap();
        let content = if metadata.is_file() { fs::read(job.path(&name)).unwrap() } else { Vec::new() };
        (name, metadata.permissions().mode(), content)
    };
    job.files().into_iter().map(look).collect()
}

#[test]
fn no_error_of_any_command_depends_on_what_is_asked_about_backtraces() {
    for (prepare, arguments) in CASES {
        let mut expected = None;
        for (name, value) in SETTINGS {
            let job = prepare(Job::behind_proxy().env("PATH", "/usr/bin:/bin")).env(name, value);
            let before = everything(&job);
            let script = format!("'{}' {arguments}; echo \"status: $?\"", program().display());
            let ran = job.ran(job.command(tool("sh")).args(["-c", &script]));
            let at = format!("{name}={value} {arguments}\n{}{}", ran.stdout, ran.stderr);
            let status = ran.stdout.trim_end().rsplit("status: ").next().unwrap();
            assert!(["1", "2", "126", "127"].contains(&status), "{at}");
            assert!(ran.stderr.starts_with("jobproxy: ") || ran.stdout.starts_with("fail "), "{at}");
            assert!(!ran.stderr.contains("backtrace"), "{at}");
            assert_eq!(everything(&job), before, "{at}");
            let said = (ran.stdout, ran.stderr);
            assert_eq!(expected.get_or_insert_with(|| said.clone()), &said, "{at}");
        }
    }
}

/// Jobproxy recovers from this error: docker gets a private copy.
#[test]
fn a_read_only_config_is_copied_and_nothing_else_is_left_whatever_is_asked_about_backtraces() {
    needs!("mount namespaces");
    let mut expected = None;
    for (name, value) in SETTINGS {
        let job = Job::behind_proxy().env(name, value).file(CONFIG, LOGINS).file("mounted", LOGINS);
        fs::create_dir(job.path("tmp")).unwrap();
        let temporary = job.path("tmp");
        let job = job.env("TMPDIR", temporary);
        let script = format!(
            "umask 0; mount --bind mounted {CONFIG}; mount -o remount,bind,ro {CONFIG}; exec '{}' setup --export --no-git",
            program().display()
        );
        let mut command = job.command(tool("unshare"));
        let ran = job.ran(command.args(["--mount", "--propagation", "private", "sh", "-ec", &script]));
        let at = format!("{name}={value}\n{}{}", ran.stdout, ran.stderr);
        assert!(ran.is(0), "{at}");
        let copy = fs::read_dir(job.path("tmp")).unwrap().next().expect(&at).unwrap().file_name();
        let copy = copy.to_str().unwrap();
        assert_eq!(job.mode(&format!("tmp/{copy}")), 0o700, "{at}");
        let config = format!("tmp/{copy}/docker/config.json");
        assert_eq!(job.mode(&config), 0o600, "{at}");
        assert_eq!(job.files(), [CONFIG.to_owned(), "mounted".to_owned(), config]);
        assert_eq!((job.read(CONFIG).as_str(), job.read("mounted").as_str()), (LOGINS, LOGINS));
        let said = [ran.stdout, ran.stderr].map(|text| text.replace(copy, "COPY"));
        assert_eq!(expected.get_or_insert_with(|| said.clone()), &said, "{at}");
    }
}

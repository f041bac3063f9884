//! Every command's errors read the same where pipelines ask Rust programs for backtraces, and leave no file behind.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::{Job, program, tool};

/// What pipelines set; nearly every Rust project's has one of them.
pub const SETTINGS: [(&str, &str); 4] =
    [("UNRELATED", ""), ("RUST_BACKTRACE", "1"), ("RUST_BACKTRACE", "full"), ("RUST_LIB_BACKTRACE", "1")];

const CONFIG: &str = ".docker/config.json";
const LOGINS: &str = "{\"auths\":{\"registry.corp\":{\"auth\":\"dTpw\"}}}";

/// A way to fail.
struct Case {
    /// What the job finds.
    prepare: fn(Job) -> Job,
    /// As a shell reads them.
    arguments: &'static str,
    status: i32,
    /// The start of the error's line.
    says: &'static str,
}

const fn case(prepare: fn(Job) -> Job, arguments: &'static str, status: i32, says: &'static str) -> Case {
    Case { prepare, arguments, status, says }
}

const ONE_BAD_PROXY: fn(Job) -> Job = |job| job.env("HTTP_PROXY", "http://u:p#w@h:1").without("HTTPS_PROXY");
const BROKEN: fn(Job) -> Job = |job| job.file(CONFIG, "{");

const CASES: &[Case] = &[
    case(|job| job, "stup", 2, "there is no command"),
    case(|job| job, "--bogus", 2, "there is no option"),
    case(|job| job, "--cidr", 2, "--cidr needs a value"),
    case(|job| job, "--cidr x", 2, "--cidr must be one of"),
    case(|job| job, "env --export", 2, "--export does not go with env"),
    case(|job| job, "--add \"$(printf '\\377')\"", 2, "--add: not UTF-8"),
    case(|job| job.env("JOBPROXY_CIDR", "x"), "setup", 2, "JOBPROXY_CIDR must be one of"),
    case(|job| job, "exec", 2, "exec needs a COMMAND"),
    case(|job| job, "help stup", 2, "there is no command"),
    case(|job| job, "completions csh", 2, "completions needs one of"),
    case(ONE_BAD_PROXY, "setup --export", 1, "HTTP_PROXY: the password holds an unescaped '#'"),
    case(ONE_BAD_PROXY, "env", 1, "HTTP_PROXY: the password holds an unescaped '#'"),
    case(ONE_BAD_PROXY, "exec -- false", 1, "HTTP_PROXY: the password holds an unescaped '#'"),
    case(ONE_BAD_PROXY, "explain http://a", 1, "HTTP_PROXY: the password holds an unescaped '#'"),
    case(ONE_BAD_PROXY, "undo", 1, "HTTP_PROXY: the password holds an unescaped '#'"),
    case(ONE_BAD_PROXY, "doctor", 1, ""),
    case(
        |job| job.env("http_proxy", OsStr::from_bytes(b"\xff")).without("HTTPS_PROXY").without("HTTP_PROXY"),
        "setup",
        1,
        "http_proxy: not UTF-8",
    ),
    case(BROKEN, "setup --no-git", 1, "~/.docker/config.json: not valid JSON"),
    case(BROKEN, "undo --no-git", 1, "~/.docker/config.json: not valid JSON"),
    case(BROKEN, "doctor", 1, ""),
    case(BROKEN, "exec --setup --no-git -- false", 1, "~/.docker/config.json: not valid JSON"),
    case(|job| job.file(CONFIG, b"\xff"), "setup --no-git", 1, "~/.docker/config.json: not UTF-8"),
    case(|job| job.file(CONFIG, "[]"), "setup --no-git", 1, "~/.docker/config.json: not an object"),
    case(|job| job.file(".docker/config.json/x", ""), "setup --no-git", 1, "~/.docker/config.json"),
    case(|job| job.file(".docker", ""), "setup --no-git", 1, "~/.docker"),
    case(|job| job.file(".docker", ""), "undo --no-git", 1, "~/.docker"),
    case(|job| linked(job, CONFIG), "setup --no-git", 1, "~/.docker/config.json: "),
    case(|job| linked(job, ".gitconfig"), "setup --no-docker", 1, "~/.gitconfig: "),
    case(|job| linked(job, ".gitconfig"), "undo --no-docker", 1, "~/.gitconfig: "),
    case(|job| job.file(".gitconfig/x", ""), "setup --no-docker", 1, "~/.gitconfig"),
    case(|job| job.env("GIT_CONFIG_GLOBAL", "/dev/null"), "setup --no-docker", 1, "/dev/null: is a device"),
    case(
        |job| job.env("GITLAB_ENV", "missing/env"),
        "setup --no-docker --no-git --gitlab-env",
        1,
        "missing/env: GITLAB_ENV names",
    ),
    case(|job| job, "exec -- ./missing", 127, "./missing: not found"),
    case(|job| job.file("a", ""), "exec -- ./a", 126, "./a: cannot be executed"),
    case(|job| job, "explain --client nonesuch http://a", 2, "--client: "),
    case(|job| job, "explain ftp://a", 1, "ftp://a: not an http or https URL"),
    case(|job| job, "explain \"$(printf '\\377')\"", 1, "a URL is not UTF-8"),
    case(|job| job, "explain - </", 1, "standard input: cannot be read"),
    case(
        |job| job,
        "explain --strict --proxy http://p:1 --no-proxy a:80 --client curl,go http://a",
        1,
        "http://a: the clients disagree",
    ),
    case(|job| job, "env >/dev/full", 1, "standard output: cannot be written"),
    case(
        |job| job,
        "setup --no-docker --no-git --export >/dev/full",
        1,
        "standard output: cannot be written",
    ),
    case(|job| job, "explain http://a >/dev/full", 1, "standard output: cannot be written"),
    case(|job| job, "doctor >/dev/full", 1, "standard output: cannot be written"),
    case(|job| job, "help >/dev/full", 1, "standard output: cannot be written"),
    case(|job| job, "completions zsh >/dev/full", 1, "standard output: cannot be written"),
];

/// A link to itself.
fn linked(job: Job, name: &str) -> Job {
    let path = job.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(&path, &path).unwrap();
    job
}

/// Names, modes and contents.
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
    for Case { prepare, arguments, status, says } in CASES {
        let mut expected = None;
        for (name, value) in SETTINGS {
            let job = prepare(Job::behind_proxy().env("PATH", "/usr/bin:/bin")).env(name, value);
            let before = everything(&job);
            let script = format!("exec '{}' {arguments}", program().display());
            let ran = job.ran(job.command(tool("sh")).args(["-c", &script]));
            let at = format!("{name}={value} {arguments}\n{}{}", ran.stdout, ran.stderr);
            assert!(ran.is(*status), "{at}");
            let line = format!("jobproxy: {says}");
            let told = says.is_empty() || ran.stderr.lines().any(|text| text.starts_with(&line));
            assert!(told && !ran.stderr.contains("backtrace"), "{at}");
            assert_eq!(everything(&job), before, "{at}");
            let said = (ran.stdout, ran.stderr);
            assert_eq!(expected.get_or_insert_with(|| said.clone()), &said, "{at}");
        }
    }
}

/// The error here is one that is recovered from: docker is given a private copy.
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
        assert_eq!(job.mode(&format!("tmp/{copy}/config.json")), 0o600, "{at}");
        assert_eq!(job.files(), [CONFIG.to_owned(), "mounted".to_owned(), format!("tmp/{copy}/config.json")]);
        assert_eq!((job.read(CONFIG).as_str(), job.read("mounted").as_str()), (LOGINS, LOGINS));
        let said = [ran.stdout, ran.stderr].map(|text| text.replace(copy, "COPY"));
        assert_eq!(expected.get_or_insert_with(|| said.clone()), &said, "{at}");
    }
}

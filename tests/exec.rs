use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::support::{Job, program, tool};

fn job() -> Job {
    Job::behind_proxy().env("PATH", "/usr/bin:/bin").env("no_proxy", "Corp").env("all_proxy", "")
}

#[test]
fn the_command_gets_exactly_what_env_exports() {
    let job = job();
    let mut seen: Vec<String> =
        job.run(&["exec", "--", "env"]).status(0).stdout.lines().map(str::to_owned).collect();
    seen.retain(|line| line.to_ascii_uppercase().contains("_PROXY="));
    seen.sort();
    let expected = job.run(&["env", "--format", "dotenv"]).status(0).stdout;
    assert_eq!(seen, expected.lines().collect::<Vec<_>>());
    assert!(job.files().is_empty());
}

#[test]
fn the_status_is_the_command_s_or_says_why_it_did_not_start() {
    job().run(&["exec", "--", "sh", "-c", "exit 42"]).status(42);
    job().run(&["exec", "sh", "-c", "exit 42", "--quiet"]).status(42);
    job()
        .run(&["exec", "--", "no-such-program"])
        .status(127)
        .says("jobproxy: no-such-program: not found; is it installed, and on PATH?\n");
    let job = job().file("plain", "x");
    let plain = job.path("plain").display().to_string();
    job.run(&["exec", "--", &plain]).status(126).says("cannot be executed: permission denied\n");
    fs::set_permissions(job.path("plain"), fs::Permissions::from_mode(0o755)).unwrap();
    job.run(&["exec", "--", &plain]).status(127).says("x: not found\n");
    // As in a shell: a script without a line #! is a script for sh (POSIX, execvp).
    job.write("script", "echo \"$0 $*, $http_proxy\"; exit 7");
    fs::set_permissions(job.path("script"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/bin:/usr/bin", job.path("").display());
    let job = job.env("PATH", path);
    let ran = job.run(&["exec", "--", "script", "a", "b"]).status(7);
    assert!(ran.stdout.ends_with("/script a b, http://proxy.corp:3128\n"), "{}", ran.stdout);
}

#[test]
fn it_becomes_the_command_with_its_pid_its_input_and_its_signals() {
    let job = job();
    let mut child: std::process::Child = {
        let mut command: Command = job.command(program());
        command.args(["exec", "-q", "--", "sh", "-c", "echo $$; cat; kill -TERM $$"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    };
    let pid = child.id();
    child.stdin.take().unwrap().write_all(b"input\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{pid}\ninput\n"));
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(15));
}

#[test]
fn setup_comes_first_when_asked_and_never_keeps_the_command_from_starting() {
    let job = job();
    job.run(&["exec", "--setup", "--", "true"]).status(0).says("wrote ~/.docker/config.json, ~/.gitconfig\n");
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);

    let broken = Job::behind_proxy().env("PATH", "/usr/bin:/bin").file(".docker/config.json", "{");
    broken
        .run(&["exec", "--setup", "--", "echo", "started"])
        .status(0)
        .stdout("started\n")
        .says("config.json: not valid JSON");
    let invalid = Job::new().env("PATH", "/usr/bin:/bin").env("HTTP_PROXY", "ftp://x");
    invalid
        .run(&["exec", "--", "echo", "started"])
        .status(0)
        .stdout("started\n")
        .says("HTTP_PROXY: the scheme");
}

#[test]
fn it_needs_no_path_for_a_command_with_a_slash() {
    let echo = tool("echo").display().to_string();
    Job::behind_proxy().run(&["exec", "-q", "--", &echo, "a b", "c"]).status(0).stdout("a b c\n");
}

#[test]
fn it_starts_whatever_is_wrong_with_the_variables() {
    let not_utf8 = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    for (name, value) in [
        ("HTTP_PROXY", OsString::from("http://u:p@w@p:1")),
        ("http_proxy", not_utf8(b"http://u:\xe9@p:1")),
        ("no_proxy", not_utf8(b"a,\xff")),
        ("JAVA_TOOL_OPTIONS", not_utf8(b"-Dname=J\xfcrgen")),
        ("DOCKER_TLS_VERIFY", not_utf8(b"\xff")),
        ("JOBPROXY_ADD", not_utf8(b"\xff")),
        ("JOBPROXY_SOMETHING", not_utf8(b"\xff")),
        ("JOBPROXY_CIDR", "none".into()),
        ("JOBPROXY_VERBOSE", "2".into()),
        ("JOBPROXY_PRIVATE", "maybe".into()),
        ("HOME", "/nowhere/at/all".into()),
        ("HOME", "".into()),
    ] {
        for arguments in
            [&["exec", "--"][..], &["exec", "--for", "java", "--"], &["exec", "--setup", "-n", "--"]]
        {
            let job = job().env(name, &value);
            let ran = job.run(&[arguments, &["echo", "started"]].concat()).status(0).stdout("started\n");
            let is_option = name.starts_with("JOBPROXY_") && value.to_str().is_some();
            assert!(
                !is_option || ran.stderr.contains(&format!("jobproxy: {name} must be ")),
                "{}",
                ran.stderr
            );
        }
    }
}

#[test]
fn a_value_of_an_option_that_is_wrong_counts_as_unset() {
    let job = job().env("JOBPROXY_CIDR", "none").env("no_proxy", "10.0.0.0/8,corp");
    job.run(&["exec", "--", "sh", "-c", "echo $no_proxy"])
        .status(0)
        .stdout("corp,docker:2375,docker:2376\n")
        .says("jobproxy: JOBPROXY_CIDR must be one of strip, keep, expand\n");
    job.run(&["setup"]).status(2);
}

/// Linux refuses a program whose environment has more than a quarter of the stack's limit, or a longer variable than
/// 128 KiB (execve(2), "Limits on size of arguments and environment").
#[test]
fn it_starts_where_its_variables_would_be_too_much_for_the_kernel() {
    let list = (0..5_000).map(|number| format!("h{number}.corp.example")).collect::<Vec<_>>().join(",");
    let job = job().env("NO_PROXY", &list).without("no_proxy");
    let script = format!(
        "ulimit -s 600; exec '{}' exec -- sh -c 'echo ${{#no_proxy}} ${{#NO_PROXY}}'",
        program().display()
    );
    let ran = job.ran(job.command(tool("sh")).args(["-c", &script])).status(0);
    assert_eq!(ran.stdout, format!("0 {}\n", list.len()), "{}", ran.stderr);
    ran.says(
        "jobproxy: NO_PROXY: too long for the environment of a program; the variables stay as they were\n",
    );
}

//! No value of a variable, a file or an argument runs a command, adds a key or a line, or causes a panic.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Command, Stdio};

use proptest::prelude::*;

use crate::needs::{installed, lacks};
use crate::support::{Job, program, tool};

const SHELLS: [&[&str]; 3] = [&["dash"], &["bash"], &["busybox", "sh"]];

/// Text that ends a quote, a line, a string or a section, and then runs a command or adds a key.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'; touch canary; '".to_owned()),
        Just("\"; touch canary; \"".to_owned()),
        Just("$(touch canary)".to_owned()),
        Just("`touch canary`".to_owned()),
        Just("${IFS}touch${IFS}canary\n".to_owned()),
        Just("\ntouch canary\n".to_owned()),
        Just("\"}, \"credsStore\": \"x\", \"y\": {\"".to_owned()),
        Just("\"\n[core]\n\tsshCommand = touch canary\n[http \"".to_owned()),
        Just("]\n\tsslVerify = false\n".to_owned()),
        Just("\nLD_PRELOAD=/canary\n".to_owned()),
        "[ -~]{0,12}",
        "[\\\\'\"$`!#;&|<>(){}\\[\\]*?~=%@:/,.a-z\\n\\r\\t ]{0,12}",
        "\\PC{0,6}",
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat().replace('\0', ""))
}

/// A proxy that is accepted as often as not, with a hostile user and password.
fn proxy() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => hostile().prop_map(|text| format!("http://u:{}@proxy.corp:3128", text.replace(['\n', '\r', '\t', '#', '/', '?', '@'], ""))),
        1 => hostile().prop_map(|text| format!("http://u:{text}@proxy.corp:3128")),
        1 => hostile(),
    ]
}

/// Values for every kind of variable that ends up in a file or an export.
fn job_with(values: &[String], proxies: &[String]) -> Job {
    let names = [
        "NO_PROXY",
        "no_proxy",
        "JOBPROXY_ADD",
        "DOCKER_HOST",
        "CI_SERVER_URL",
        "JAVA_TOOL_OPTIONS",
        "CI_REGISTRY",
        "RUBYOPT",
        "YARN_HTTP_PROXY",
    ];
    let proxy_names = ["HTTP_PROXY", "https_proxy", "ALL_PROXY"];
    let mut job =
        Job::new().env("PATH", "/usr/bin:/bin").env("JOBPROXY_FOR", "java,node,yarn,bundler,electron");
    for (name, value) in names.iter().zip(values).chain(proxy_names.iter().zip(proxies)) {
        job = job.env(*name, value);
    }
    let gitlab_env = job.path("gitlab_env");
    job.write("gitlab_env", "");
    job.env("GITLAB_ENV", gitlab_env).env("JOBPROXY_GITLAB_ENV", "1")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_value_runs_a_command_in_any_shell(
        values in proptest::collection::vec(hostile(), 9),
        proxies in proptest::collection::vec(proxy(), 3),
        folder in hostile(),
    ) {
        for shell in installed(&SHELLS) {
            let job = job_with(&values, &proxies);
            // Names of folders that end up in messages and, as DOCKER_CONFIG and TMPDIR, in exports.
            let folder = job.path(&folder.replace('/', "_"));
            let job = job.env("DOCKER_CONFIG", folder.join("x"));
            let script = "set -eu; eval \"$(jobproxy setup --export 2>log)\"; echo \"the script runs\"";
            job.shell(shell, script).status(0).stdout("the script runs\n");
            prop_assert!(job.files().iter().all(|name| !name.ends_with("canary")), "{:?}", job.files());
        }
    }

    #[test]
    fn no_value_adds_a_key_or_a_line_to_a_file(
        values in proptest::collection::vec(hostile(), 9),
        proxies in proptest::collection::vec(proxy(), 3),
    ) {
        let job = job_with(&values, &proxies);
        job.run(&["setup"]);
        if let Ok(text) = std::fs::read(job.path(".docker/config.json")) {
            let config: serde_json::Value = serde_json::from_slice(&text).unwrap();
            prop_assert_eq!(keys(&config), ["proxies"]);
            prop_assert_eq!(keys(&config["proxies"]), ["default"]);
            let known = ["httpProxy", "httpsProxy", "noProxy", "ftpProxy", "allProxy"];
            prop_assert!(keys(&config["proxies"]["default"]).iter().all(|key| known.contains(&key.as_str())));
        }
        if job.path(".gitconfig").exists() && !lacks("git") {
            let git = job.command(tool("git")).args(["config", "--global", "--null", "--list"]).output().unwrap();
            prop_assert!(git.status.success(), "{:?}", git);
            for entry in String::from_utf8(git.stdout).unwrap().split_terminator('\0') {
                let key = entry.split('\n').next().unwrap_or_default();
                prop_assert!(key.starts_with("http.") && key.ends_with("proxy"), "{}", entry);
            }
        }
        for line in job.read("gitlab_env").split_terminator('\n') {
            prop_assert!(is_a_variable_of_setup(line), "{:?}", line);
        }
        let dotenv = job.run(&["env", "--format", "dotenv"]).stdout;
        prop_assert!(dotenv.is_empty() || dotenv.ends_with('\n'));
        for line in dotenv.split_terminator('\n') {
            prop_assert!(is_a_variable_of_setup(line), "{:?}", line);
        }
        let json = job.run(&["env", "--format", "json"]).stdout;
        prop_assert!(json.is_empty() || serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
    }

    #[test]
    fn any_bytes_as_arguments_and_variables_end_in_a_known_status(
        words in proptest::collection::vec(proptest::collection::vec(1_u8..=255, 0..8), 0..4),
        command in prop_oneof![Just("setup"), Just("env"), Just("explain"), Just("doctor"), Just("undo"), Just("exec"), Just("help")],
        proxy in proptest::collection::vec(1_u8..=255, 0..20),
        list in proptest::collection::vec(1_u8..=255, 0..20),
    ) {
        let bytes = |bytes: &Vec<u8>| OsString::from_vec(bytes.clone());
        let job = Job::new().env("PATH", "/nowhere").env("http_proxy", bytes(&proxy)).env("NO_PROXY", bytes(&list));
        let output = job.command(program()).arg(command).args(words.iter().map(bytes)).output().unwrap();
        let known = [Some(0), Some(1), Some(2), Some(126), Some(127)];
        prop_assert!(known.contains(&output.status.code()), "{:?}", output);
        prop_assert!(output.stderr.is_ascii(), "{:?}", output);
        prop_assert!(output.stderr.is_empty() || output.stderr.ends_with(b"\n"), "{:?}", output);
        for line in output.stderr.split_inclusive(|byte| *byte == b'\n') {
            prop_assert!(line.starts_with(b"jobproxy: "), "{:?}", output);
        }
    }
}

fn keys(value: &serde_json::Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// `NAME=value` with a name that setup sets.
fn is_a_variable_of_setup(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, value)| {
        let known =
            name.to_ascii_lowercase().ends_with("_proxy") || ["JAVA_TOOL_OPTIONS", "RUBYOPT"].contains(&name);
        known && !value.is_empty() && !value.contains(char::is_control)
    })
}

#[test]
fn an_argument_that_is_not_utf8_is_wrong_usage() {
    let bytes = OsStr::from_bytes(b"\xffs3cret");
    for arguments in [&[bytes][..], &["--add".as_ref(), bytes], &["env".as_ref(), "--format".as_ref(), bytes]]
    {
        let output = Job::behind_proxy().command(program()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(
            output.stdout.is_empty() && !String::from_utf8_lossy(&output.stderr).contains("s3cret"),
            "{output:?}"
        );
    }
}

#[test]
fn setup_works_where_the_program_gets_no_arguments_at_all() {
    needs!("cc");
    // Only exec(2) can start a program without arguments, no shell and no standard library.
    let job = Job::behind_proxy();
    job.write(
        "start.c",
        "#include <unistd.h>\nextern char **environ;\n\
         int main(int n, char **a) { (void)n; char *none[] = {0}; return execve(a[1], none, environ); }\n",
    );
    let built =
        Command::new(tool("cc")).arg("-o").arg(job.path("start")).arg(job.path("start.c")).status().unwrap();
    assert!(built.success());
    let output = job.command(job.path("start")).arg(program()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(job.path(".docker/config.json").exists());
}

#[test]
fn full_and_closed_outputs_cause_no_panic() {
    let commands: [&[&str]; 9] = [
        &["setup", "--export"],
        &["setup"],
        &["env"],
        &["explain", "http://a.test"],
        &["explain", "--clients"],
        &["doctor"],
        &["undo"],
        &["help"],
        &["completions", "bash"],
    ];
    for arguments in commands {
        for redirection in
            [">/dev/full", "2>/dev/full", ">/dev/full 2>&1", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"]
        {
            let job = Job::behind_proxy().env("DOCKER_HOST", "tcp://docker:2375");
            let script = format!("exec \"$@\" {redirection}");
            let mut command = job.command(tool("sh"));
            command.args(["-c", &script, "sh"]).arg(program()).args(arguments);
            let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
            assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?} {redirection}: {output:?}");
            // A program that reads a part of the output must notice that the rest is missing.
            let prints = !matches!(arguments, ["setup" | "undo"]);
            if prints && redirection.contains(">/dev/full") && !redirection.starts_with('2') {
                assert_eq!(output.status.code(), Some(1), "{arguments:?} {redirection}: {output:?}");
            }
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let job = Job::behind_proxy();
        let output = job.command(program()).args(arguments).stdout(writer).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {output:?}");
    }
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let job = Job::behind_proxy();
    let status = job.command(program()).arg("setup").stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(0), "a log that is full is not the job's fault");
}

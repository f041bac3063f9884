//! No output contains a password, or depends on a password.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use proptest::prelude::*;

use crate::needs::installed;
use crate::support::{Job, Ran, copy_program, program, tool};

/// Every command that prints something about the proxies.
const TALK: [&[&str]; 14] = [
    &["setup", "--dry-run", "--verbose"],
    &["setup", "--verbose", "--gitlab-env"],
    &["setup", "--verbose"],
    &["explain", "http://a.test", "https://b.corp", "tcp://docker:2375"],
    &["explain", "--client", "all", "http://a.test", "https://b.corp"],
    &["explain", "--client", "all", "--raw", "http://a.test", "https://b.corp"],
    &["explain", "--format", "json", "--client", "all", "--raw"],
    &["doctor"],
    &["doctor", "--verbose"],
    &["doctor", "--format", "json"],
    &["exec", "--setup", "-v", "--", "/bin/true"],
    &["undo", "--dry-run", "--verbose"],
    &["undo", "--verbose"],
    &["setup", "--wrong-usage"],
];

/// Returns the output and the file names of a job. The password is in every place that may hold a password: the
/// variables, NO_PROXY, DOCKER_HOST, both files, the options.
fn everything_printed(password: &str) -> String {
    let value = format!("http://alice:{password}@proxy.corp:3128");
    let mut job = Job::new().env("PATH", "/usr/bin:/bin").file("gitlab_env", "");
    for name in ["HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
        job = job.env(name, &value);
    }
    let gitlab_env = job.path("gitlab_env");
    let home = job.path("").display().to_string();
    let job = job
        .env("JOBPROXY_FOR", "all")
        .env("JAVA_TOOL_OPTIONS", format!("-Duser.home={home}"))
        .env("HTTPS_PROXY", format!("https://alice:{password}2@proxy.corp:3128"))
        .env("no_proxy", format!("a.corp,{value},10.0.0.0/8,alice:{password}@b.corp"))
        .env("JOBPROXY_ADD", &value)
        .env("DOCKER_HOST", format!("tcp://alice:{password}@docker:2375"))
        .env("CI_SERVER_URL", format!("http://alice:{password}@gitlab.corp"))
        .env("CI_REGISTRY", format!("alice:{password}@registry.corp"))
        .env("GITLAB_ENV", gitlab_env);
    let quoted = serde_json::to_string(&value).unwrap();
    job.write(".docker/config.json", format!(r#"{{"proxies":{{"default":{{"httpProxy":{quoted}}}}}}}"#));
    // The quotes of git's config.
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    job.write(".gitconfig", format!("[http]\n\tproxy = \"{quoted}\"\n[https]\n\tproxy = \"{quoted}\"\n"));
    job.write(".m2/settings.xml", format!("<settings><servers><a>{value}</a></servers></settings>"));
    job.write(".gradle/gradle.properties", format!("systemProp.http.proxyPassword={password}\n"));
    let mut all = String::new();
    for arguments in TALK {
        let Ran { stdout, stderr, .. } = job.run(arguments);
        all += &format!("{arguments:?}\n{stdout}{stderr}{:?}\n", job.files());
    }
    let Ran { stdout, stderr, .. } =
        job.run(&["explain", "--proxy", &value, "--no-proxy", &value, "http://a.test"]);
    all + &stdout + &stderr + &job.run(&[&value]).stderr + &job.run(&["--cidr", &value]).stderr
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Two passwords of one shape have the same special characters at the same places, since an error may name such a
    /// character. If the outputs are the same, the outputs hold no part of a password, in whatever encoding.
    #[test]
    fn what_is_printed_does_not_depend_on_the_password(
        shape in "[ab]{3}[ab#/?@%+: '\"$\\\\!&=,;|*\u{e4}\u{20ac}-]{0,12}[ab]{3}"
    ) {
        let one = everything_printed(&shape.replace('a', "Q").replace('b', "xJ"));
        let other = everything_printed(&shape.replace('a', "K").replace('b', "wV"));
        let differs = one.lines().zip(other.lines()).find(|(one, other)| one != other);
        prop_assert_eq!(differs, None);
        prop_assert_eq!(one.lines().count(), other.lines().count());
        prop_assert!(!one.contains("QQ") && !one.contains("xJ"), "{}", one);
        prop_assert!(one.contains("***"), "{}", one);
    }
}

/// GitLab Runner hides a masked variable only in its stored form (common/buildlogger).
#[test]
fn a_masked_value_that_was_rewritten_is_in_no_line_of_the_job_log() {
    let masked = "http://alice:Tr0ub4dor+3 secret@proxy.corp:3128/";
    for shell in installed(&[&["dash"], &["bash"], &["busybox", "sh"]]) {
        let job =
            Job::new().env("PATH", "/usr/bin:/bin").env("HTTP_PROXY", masked).env("HTTPS_PROXY", masked);
        let script = "set -eu; echo '$ eval \"$(jobproxy setup --export --verbose)\"'\n\
                      eval \"$(jobproxy setup --export --verbose)\"; jobproxy doctor || :; jobproxy explain http://a.test; echo done";
        let Ran { stdout, stderr, .. } = job.shell(shell, script).status(0);
        let log = (stdout + &stderr).replace(masked, "[MASKED]");
        assert!(log.contains("done") && log.contains("http://***@proxy.corp:3128"), "{log}");
        for part in ["Tr0", "ub4", "dor", "%2B3", "cret"] {
            assert!(!log.contains(part), "{part} is in:\n{log}");
        }
    }
}

/// Counts the calls of `expose`, which returns the whole address: only code that makes a file or an export calls it.
#[test]
fn the_password_is_taken_out_only_where_a_file_or_an_export_is_made() {
    let mut places = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.ends_with("tests.rs") {
                continue;
            }
            let code = std::fs::read_to_string(&path).unwrap();
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let uses = ["expose()", "ProxyUrl::expose", "expose_login()"];
            let uses: usize = uses.iter().map(|call| code.matches(call).count()).sum();
            places.extend((uses > 0).then(|| (path.display().to_string(), uses)));
        }
    }
    places.sort();
    let expected = [
        ("src/host/wanted.rs", 1),
        ("src/output/docker_config/mod.rs", 1),
        ("src/output/exports.rs", 1),
        ("src/output/git_config/wanted.rs", 1),
        ("src/proxy_url/mod.rs", 1),
        ("src/runtime/java.rs", 1),
        ("src/runtime/mod.rs", 1),
    ];
    assert_eq!(
        places,
        expected.map(|(path, uses)| (path.to_owned(), uses)),
        "proxy_url/mod.rs only documents the function"
    );
}

/// The kernel gives a process that cannot be dumped to root: no core file, and no other process of the user can look
/// into it (proc(5), /proc/PID).
#[test]
fn no_core_file_and_no_other_program_of_the_user_can_show_the_password() {
    let job = Job::behind_proxy();
    let mut command = job.command(program());
    command.args(["explain", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
    if rustix::process::geteuid().is_root() {
        // The kernel never dumps a program that its user cannot read, so that NOBODY gets a readable copy.
        let copy = std::env::temp_dir().join(format!("jobproxy-test-{}", std::process::id()));
        copy_program(&program(), &copy);
        std::fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        command = std::process::Command::new(&copy);
        command.env_clear().args(["explain", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).uid(65534);
        command.env("HTTP_PROXY", "http://u:pw@p:1");
    }
    let mut child = command.spawn().unwrap();
    let owner = |_| std::fs::metadata(format!("/proc/{}/environ", child.id())).unwrap().uid();
    let found = (0..200)
        .map(owner)
        .inspect(|_| std::thread::sleep(std::time::Duration::from_millis(10)))
        .any(|owner| owner == 0);
    drop(child.stdin.take());
    child.wait().unwrap();
    let _ = std::fs::remove_file(std::env::temp_dir().join(format!("jobproxy-test-{}", std::process::id())));
    assert!(found, "the process could be dumped");
    let mut nobody = std::process::Command::new(tool("sleep"));
    nobody.arg("5");
    if rustix::process::geteuid().is_root() {
        nobody.uid(65534);
    }
    let mut nobody = nobody.spawn().unwrap();
    let owner = std::fs::metadata(format!("/proc/{}/environ", nobody.id())).unwrap().uid();
    nobody.kill().unwrap();
    nobody.wait().unwrap();
    assert_ne!(owner, 0, "the test proves nothing: an ordinary process belongs to root, too");
}

#[test]
fn a_wrong_command_line_with_an_address_is_not_repeated() {
    let job = Job::behind_proxy();
    let mut child = job
        .command(program())
        .args(["--add=http://u:s3cret@h"])
        .arg("--nope")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    assert!(!text.contains("s3cret") && text.contains("--nope"), "{text}");
}

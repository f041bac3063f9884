//! A file that cannot be read or parsed stops the run before the first write.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Host, data};

const CONFIG: &str = "/etc/gitlab-runner/config.toml";
const DAEMON: &str = "/etc/docker/daemon.json";

/// Replaces a file by `name` in `tests/data/host/wrong`. Expects an error with `part`, and an unchanged host.
#[track_caller]
fn refused(path: &str, name: &str, part: &str) {
    let host = Host::of("unix");
    fs::copy(data("wrong").join(name), host.file(path)).unwrap();
    let state = host.state();
    for command in ["plan", "apply", "check"] {
        let ran =
            host.run(&format!("{command} --proxy http://p:1")).status(1).stdout("").never_says("s3cret");
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert!(
            ran.stderr.contains(part) && ran.stderr.starts_with(&format!("jobproxy-host: {path}: ")),
            "{name}: {}",
            ran.stderr
        );
    }
    assert_eq!(host.state(), state, "{name}");
}

#[test]
fn a_config_toml_that_gitlab_runner_would_not_read_stops_everything() {
    for (name, part) in [
        ("broken.toml", "not valid TOML at line 5 column "),
        ("environment-text.toml", "runner one: environment is not an array"),
        ("environment-numbers.toml", "runner one: environment is not an array of strings"),
        ("volumes-text.toml", "runner one: docker.volumes is not an array"),
        ("script-array.toml", "runner one: pre_build_script is not a string"),
        ("runners-table.toml", "runners is not written as [[runners]] tables"),
        ("docker-inline.toml", "runner one: docker is written in one line; write it as [runners.docker]"),
        ("latin1.toml", "not UTF-8"),
    ] {
        refused(CONFIG, name, part);
    }
}

#[test]
fn a_daemon_json_with_which_dockerd_would_not_start_stops_everything() {
    for (name, part) in [
        ("broken.json", "not valid JSON at line 2"),
        ("array.json", "not an object"),
        ("proxies-text.json", "proxies: not an object"),
        ("proxy-number.json", "proxies.http-proxy is not a string"),
    ] {
        refused(DAEMON, name, part);
    }
}

#[test]
fn a_file_that_cannot_be_read_stops_everything() {
    for path in [CONFIG, DAEMON] {
        let host = Host::of("unix");
        fs::remove_file(host.file(path)).unwrap();
        fs::create_dir(host.file(path)).unwrap();
        host.run("apply --proxy http://p:1")
            .status(1)
            .stderr(&format!("jobproxy-host: {path}: is not a regular file; move it away\n"));
        fs::remove_dir(host.file(path)).unwrap();
        std::os::unix::fs::symlink(path.rsplit('/').next().unwrap(), host.file(path)).unwrap();
        host.run("apply --proxy http://p:1").status(1).says("too many symbolic links; remove the loop");
        assert!(!host.file("/opt/jobproxy").exists());
    }
}

#[test]
fn a_login_for_cntlm_that_is_not_safe_or_not_complete_is_refused() {
    let host = Host::of("unix");
    let file = host.root().with_file_name("password");
    let all = format!(
        "apply --cntlm --listen 172.17.0.1 --parent p:1 --user u --domain D --password-file {}",
        file.display()
    );
    let state = host.state();
    host.run(&all).status(1).says("~/password: cannot read: no such file or directory");
    fs::write(&file, "\n").unwrap();
    for (mode, part) in [
        (0o644, "others can read it (mode 0644); chmod 600 ~/password"),
        (0o600, "has no password in its first line"),
    ] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        host.run(&all).status(1).says(part);
    }
    fs::write(&file, "s3cret").unwrap();
    for (old, new, part) in [
        (" --user u", "", "--cntlm needs --user NAME"),
        (" --domain D", "", "--cntlm needs --domain NAME"),
        (" --parent p:1", "", "--cntlm needs --parent HOST:PORT"),
        ("p:1", "p", "--parent: write HOST:PORT"),
        ("p:1", "http://u:pw@p:1", "--parent: write HOST:PORT"),
        ("172.17.0.1", "0.0.0.0", "--listen: 0.0.0.0 is every address of this host"),
        (" --listen 172.17.0.1", "", "--root needs --listen ADDRESS"),
        (" --cntlm", " --cntlm --proxy http://p:1", "--proxy does not go with --cntlm"),
    ] {
        host.run(&all.replace(old, new)).status(1).says(part).never_says("pw@");
    }
    assert_eq!(host.state(), state);
}

#[test]
fn wrong_usage_is_reported_in_one_line_that_quotes_no_argument() {
    let host = Host::of("unix");
    for (words, part) in [
        ("plan", "no proxy is given; use --proxy http://HOST:PORT"),
        ("plan --proxy http://alice:s3cret@p:1", "every user of this host can read arguments"),
        ("plan --proxy gopher://s3cret", "--proxy: the scheme is none of"),
        ("plan --s3cret x", "there is no such option"),
        ("plan s3cret", "too many words"),
        ("remove --proxy http://p:1", "--proxy does not go with remove"),
        ("apply --proxy", "--proxy needs a value"),
        ("apply --proxy http://p:1 --runner s3cret", "has no such runner; it has: guide, mobile, release"),
        ("apply --proxy http://p:1 --binary-dir relative", "--binary-dir: must be an absolute path"),
        ("apply --proxy http://p:1 --binary-dir /a'b", "--binary-dir: must be an absolute path"),
        ("apply --proxy http://p:1 --runner-version new", "--runner-version: is no version"),
        ("apply --proxy http://p:1 --binary /etc/passwd", "/etc/passwd: is no Linux program"),
        ("check --proxy http://p:1 --ignore s3cret", "--ignore: must be one of binary, cntlm-exposed"),
        ("helm-values --proxy http://p:1", "helm-values needs --image IMAGE"),
    ] {
        let ran = host.run(words).status(1).stdout("").never_says("s3cret");
        assert!(
            ran.stderr.starts_with("jobproxy-host: ") && ran.stderr.contains(part),
            "{words}: {}",
            ran.stderr
        );
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}

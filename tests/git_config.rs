use std::os::unix::fs::{FileTypeExt, symlink};
use std::time::Instant;

use crate::support::{Job, tool};

const OURS: &str = "[http]\n\tproxy = http://proxy.corp:3128\n";

fn job() -> Job {
    Job::behind_proxy().env("PATH", "/usr/bin:/bin")
}

/// What git itself makes of the file.
fn git(job: &Job, arguments: &[&str]) -> String {
    let output = job.command(tool("git")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn git_reads_what_was_written() {
    needs!("git");
    let job = job();
    job.run(&[]).status(0);
    assert_eq!(git(&job, &["config", "--global", "--get-all", "http.proxy"]), "http://proxy.corp:3128\n");
}

#[test]
fn a_file_that_says_nothing_of_a_proxy_is_kept_and_added_to_without_git() {
    for old in ["[user]\n\tname = x\n", "[user]\n\tname = x", "# \u{e4}\r\n[a \"b\"]\r\n", ""] {
        let job = Job::behind_proxy().file(".gitconfig", old);
        job.run(&[]).status(0).says("wrote ");
        let new = job.read(".gitconfig");
        assert!(new.starts_with(old) && new.contains(OURS.trim_end()), "{new}");
        job.run(&[]).status(0).says("unchanged ~/.docker/config.json, ~/.gitconfig\n");
        assert_eq!(job.read(".gitconfig"), new);
    }
}

#[test]
fn old_values_are_removed_by_git() {
    needs!("git");
    for old in [
        "[http]\n\tproxy = http://old:1\n\tsslVerify = false\n[user]\n\tname = x\n",
        "[http]\n\tproxy = http://old:1\n\tproxy = http://old:2\n[user]\n\tname = x\n",
        "[HTTP]\n\tPROXY = http://old:1\n[user]\n\tname = x\n",
        "[user]\n\tname = x # no proxy here\n",
        "[user]\n\tname = x\\\n",
    ] {
        let job = job().file(".gitconfig", old);
        job.run(&[]).status(0).says("wrote ~/.docker/config.json, ~/.gitconfig\n");
        assert_eq!(
            git(&job, &["config", "--global", "--get-all", "http.proxy"]),
            "http://proxy.corp:3128\n",
            "{old}"
        );
        assert_eq!(git(&job, &["config", "--global", "user.name"]), "x\n", "{old}");
        assert_eq!(
            git(&job, &["config", "--global", "http.sslVerify"]).is_empty(),
            !old.contains("sslVerify")
        );
        let new = job.read(".gitconfig");
        job.run(&[]).status(0).says("unchanged ~/.docker/config.json, ~/.gitconfig\n");
        assert_eq!(job.read(".gitconfig"), new);
    }
}

#[test]
fn values_that_git_says_are_right_stay_where_they_are() {
    needs!("git");
    let old = "[http]\n\tproxy = \"http://proxy.corp:3128\" ; as it should be\n[user]\n\tname = x\n";
    let job = job().file(".gitconfig", old);
    job.run(&[]).status(0).says("unchanged ~/.gitconfig\n");
    assert_eq!(job.read(".gitconfig"), old);
}

#[test]
fn without_git_a_file_that_mentions_a_proxy_stays() {
    let old = "[http]\n\tproxy = http://old:1\n";
    let job = Job::behind_proxy().env("PATH", "/nonexistent").file(".gitconfig", old);
    job.run(&[]).status(0).says(
        "jobproxy: ~/.gitconfig: mentions a proxy, and there is no git on PATH to change that; left as it is\n",
    );
    assert_eq!(job.read(".gitconfig"), old);
}

#[test]
fn the_server_gets_the_proxy_of_its_scheme_where_the_two_differ() {
    needs!("git");
    let job = job().env("HTTP_PROXY", "http://plain:1").env("CI_SERVER_URL", "http://gitlab.corp:8080");
    job.run(&[]).status(0);
    let proxy = |url: &str| git(&job, &["config", "--global", "--get-urlmatch", "http.proxy", url]);
    assert_eq!(proxy("http://gitlab.corp:8080/group/project.git"), "http://plain:1\n");
    assert_eq!(proxy("https://elsewhere/project.git"), "http://proxy.corp:3128\n");
    // The proxies change: the new values win.
    let job = job.env("http_proxy", "http://newer:1").env("https_proxy", "http://newest:1");
    job.run(&[]).status(0).says("wrote ");
    let proxy = |url: &str| git(&job, &["config", "--global", "--get-urlmatch", "http.proxy", url]);
    assert_eq!(proxy("http://gitlab.corp:8080/group/project.git"), "http://newer:1\n");
    assert_eq!(proxy("https://elsewhere/project.git"), "http://newest:1\n");
    job.run(&[]).status(0).says("unchanged ~/.docker/config.json, ~/.gitconfig\n");
}

#[test]
fn the_file_is_the_one_that_git_takes() {
    let job = Job::behind_proxy().file(".config/git/config", "");
    job.run(&["--no-docker"]).status(0).says("wrote ~/.config/git/config\n");
    assert!(!job.path(".gitconfig").exists());

    let job = Job::behind_proxy().file("xdg/git/config", "");
    let xdg = job.path("xdg");
    let job = job.env("XDG_CONFIG_HOME", xdg);
    job.run(&["--no-docker"]).status(0).says("wrote ~/xdg/git/config\n");

    let job = Job::behind_proxy().file(".config/git/config", "").file(".gitconfig", "");
    job.run(&["--no-docker"]).status(0).says("wrote ~/.gitconfig\n");

    let job = Job::behind_proxy();
    let custom = job.path("custom");
    let job = job.env("GIT_CONFIG_GLOBAL", custom);
    job.run(&["--no-docker"]).status(0).says("wrote ~/custom\n");
    assert_eq!((job.files(), job.mode("custom")), (vec!["custom".to_owned()], 0o600));
}

#[test]
fn a_device_is_never_replaced() {
    let job = job().env("GIT_CONFIG_GLOBAL", "/dev/null");
    job.run(&["--no-docker"])
        .status(1)
        .says("jobproxy: /dev/null: is a device, not a regular file; move it away\n");
    let job = job.file("x", "");
    symlink("/dev/null", job.path("link")).unwrap();
    let link = job.path("link");
    job.env("GIT_CONFIG_GLOBAL", link).run(&["--no-docker"]).status(1).says("/dev/null: is a device");
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn a_lock_of_somebody_else_is_waited_for_and_then_named() {
    needs!("git");
    for old in ["", "[http]\n\tproxy = http://old:1\n"] {
        let job = job().file(".gitconfig", old).file(".gitconfig.lock", "theirs");
        let started = Instant::now();
        let ran = job.run(&["--no-docker"]).status(1);
        assert!(started.elapsed().as_millis() >= 1900, "gave up after {:?}", started.elapsed());
        assert!(ran.stderr.contains("~/.gitconfig.lock"), "{}", ran.stderr);
        assert_eq!((job.read(".gitconfig.lock").as_str(), job.read(".gitconfig").as_str()), ("theirs", old));
    }
    let job = job().file(".gitconfig.lock", "theirs");
    let lock = job.path(".gitconfig.lock");
    let release = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(500));
        std::fs::remove_file(lock).unwrap();
    });
    job.run(&["--no-docker"]).status(0).says("wrote ~/.gitconfig\n");
    release.join().unwrap();
    assert_eq!(job.files(), [".gitconfig"]);
}

#[test]
fn a_file_that_git_refuses_is_told_and_stays() {
    needs!("git");
    let old = "[http\nproxy = x\n";
    let job = job().file(".gitconfig", old);
    job.run(&["--no-docker"])
        .status(1)
        .says("jobproxy: ~/.gitconfig: git cannot change it (fatal: bad config line 1 in file ~/.gitconfig); mend it or move it away\n");
    assert_eq!(job.read(".gitconfig"), old);
}

#[test]
fn no_address_stands_in_the_arguments_of_a_process() {
    needs!("git");
    let job = job()
        .env("HTTPS_PROXY", "http://u:s3cret@proxy.corp:1")
        .env("CI_SERVER_URL", "http://u:hunter2@gitlab.corp");
    job.write(".gitconfig", "[http]\n\tproxy = http://old:1\n");
    // A git that writes its arguments down before it goes on as the real one.
    let real = tool("git").display().to_string();
    job.write(
        "bin/git",
        format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec {real} \"$@\"\n", job.path("arguments").display()),
    );
    std::fs::set_permissions(job.path("bin/git"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let path = format!("{}:/usr/bin:/bin", job.path("bin").display());
    let job = job.env("PATH", path);
    job.run(&[]).status(0).says("wrote ");
    job.run(&["--dry-run"]).status(0);
    let arguments = job.read("arguments");
    assert!(arguments.contains("--unset-all http.proxy"), "{arguments}");
    for secret in ["s3cret", "hunter2", "proxy.corp", "gitlab.corp", "://"] {
        assert!(!arguments.contains(secret), "{arguments}");
    }
}

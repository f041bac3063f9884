use std::os::unix::fs::{FileTypeExt, symlink};
use std::time::Instant;

use jobproxy::output::git_file::GitFile;
use proptest::prelude::*;

use crate::support::{Job, RecordingProxy, program, tool};

const WRITTEN: &str = "[http]\n\tproxy = http://proxy.corp:3128\n";

fn job() -> Job {
    Job::behind_proxy().env("PATH", "/usr/bin:/bin")
}

/// Returns the output of git.
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
fn a_file_without_a_proxy_is_kept_and_appended_to_without_git() {
    for old in ["[user]\n\tname = x\n", "[user]\n\tname = x", "# \u{e4}\r\n[a \"b\"]\r\n", ""] {
        let job = Job::behind_proxy().file(".gitconfig", old);
        job.run(&[]).status(0).says("wrote ");
        let new = job.read(".gitconfig");
        assert!(new.starts_with(old) && new.contains(WRITTEN.trim_end()), "{new}");
        job.run(&[]).status(0).says("unchanged ~/.docker/config.json, ~/.gitconfig\n");
        assert_eq!(job.read(".gitconfig"), new);
    }
}

#[test]
fn old_values_are_removed() {
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
fn values_that_are_right_stay_where_they_are() {
    let old = "[http]\n\tproxy = \"http://proxy.corp:3128\" ; as it should be\n[user]\n\tname = x\n";
    let job = job().file(".gitconfig", old);
    job.run(&[]).status(0).says("unchanged ~/.gitconfig\n");
    assert_eq!(job.read(".gitconfig"), old);
}

#[test]
fn no_git_is_needed_to_replace_a_value() {
    let job = Job::behind_proxy()
        .env("PATH", "/nonexistent")
        .file(".gitconfig", "[http]\n\tproxy = http://old:1\n");
    job.run(&[]).status(0).says("wrote ~/.docker/config.json, ~/.gitconfig\n");
    assert_eq!(job.read(".gitconfig"), WRITTEN);
}

/// Returns the proxy that git's config has for a remote.
fn proxy_for(job: &Job, url: &str) -> String {
    git(job, &["config", "--global", "--get-urlmatch", "http.proxy", url])
}

#[test]
fn where_the_proxies_differ_git_uses_the_variables_except_for_the_gitlab_server() {
    needs!("git");
    for (server, proxy) in
        [("http://gitlab.corp:8080", "http://plain:1\n"), ("https://gitlab.corp", "http://proxy.corp:3128\n")]
    {
        let job = job()
            .env("HTTP_PROXY", "http://plain:1")
            .env("CI_SERVER_URL", server)
            .file(".gitconfig", "[http]\n\tproxy = http://older:1\n");
        job.run(&[]).status(0).says("jobproxy: git: the proxies for http and https differ, ");
        assert_eq!(proxy_for(&job, &format!("{server}/group/project.git")), proxy);
        for other in ["http://elsewhere/project.git", "https://elsewhere/project.git"] {
            assert_eq!(proxy_for(&job, other), "");
        }
        job.run(&[]).status(0).says("unchanged ~/.docker/config.json, ~/.gitconfig\n");
    }
    let job =
        job().env("HTTP_PROXY", "http://plain:1").file(".gitconfig", "[http]\n\tproxy = http://older:1\n");
    job.run(&[]).status(0);
    assert_eq!(job.read(".gitconfig"), "");
}

/// The proxy that git dials for a remote, in a shell that has evaluated the exports.
#[test]
fn where_the_proxies_differ_git_uses_the_proxy_of_the_scheme() {
    needs!("git");
    let (plain, tls) = (RecordingProxy::start(), RecordingProxy::start());
    let job = job()
        .env("HTTP_PROXY", format!("http://{}", plain.address))
        .env("HTTPS_PROXY", format!("http://{}", tls.address))
        .env("CI_SERVER_URL", "https://gitlab.test");
    for remote in [
        "http://a.test/x.git",
        "http://a.test:8080/x.git",
        "https://b.test/x.git",
        "https://gitlab.test/x.git",
    ] {
        let script = format!("eval \"$(jobproxy setup --export -q)\"; git ls-remote {remote} || true");
        job.shell(&["sh"], &script).status(0);
        let asked = [plain.requests(), tls.requests()].map(|requests| !requests.is_empty());
        assert_eq!(asked, [remote.starts_with("http:"), remote.starts_with("https:")], "{remote}");
    }
}

/// jobproxy 0.1 wrote such values where the proxies differed.
#[test]
fn no_value_of_an_earlier_run_stays_also_for_the_gitlab_server() {
    needs!("git");
    let job = job().env("CI_SERVER_URL", "https://u:pw@Git.Corp/").file(
        ".gitconfig",
        "[http]\n\tproxy = http://u:pass1@old-b:1\n[http \"https://git.corp\"]\n\tproxy = http://u:pass1@old-b:1\n\
         [user]\n\tname = x\n[http \"https://git.corp\"]\n\tproxy = http://u:pass1@old-b:1\n[http \"https://other\"]\n\
         \tproxy = http://other:1\n",
    );
    job.run(&[])
        .status(0)
        .never_says("pass1")
        .says("jobproxy: git: removed http.https://git.corp.proxy: http://***@old-b:1\n")
        .says("jobproxy: git: replaced http.proxy: http://***@old-b:1\n");
    assert_eq!(
        job.read(".gitconfig"),
        format!("[user]\n\tname = x\n[http \"https://other\"]\n\tproxy = http://other:1\n{WRITTEN}")
    );
    assert_eq!(proxy_for(&job, "https://git.corp/group/project.git"), "http://proxy.corp:3128\n");
}

/// With an empty value a job switches the proxy off for one server.
#[test]
fn an_empty_value_for_the_gitlab_server_stays() {
    let old = "[http \"https://git.corp\"]\n\tproxy =\n";
    let job = job().env("CI_SERVER_URL", "https://git.corp").file(".gitconfig", old);
    job.run(&[]).status(0);
    assert_eq!(job.read(".gitconfig"), format!("{old}{WRITTEN}"));
}

#[test]
fn projects_with_different_proxies_add_nothing_to_the_file() {
    let job = job().env("CI_SERVER_URL", "https://git.corp");
    let run_as = |number: u32, other: &str| {
        let [http, https] = ["a", other].map(|host| format!("http://u:pw{number}@{host}:1"));
        job.ran(job.command(program()).env("HTTP_PROXY", http).env("HTTPS_PROXY", https)).status(0);
        job.read(".gitconfig").len()
    };
    let lengths = [run_as(0, "a"), run_as(0, "b")];
    for number in 1..6 {
        assert_eq!([run_as(number, "a"), run_as(number, "b")], lengths);
    }
}

#[test]
fn a_later_include_does_not_override_the_proxy() {
    needs!("git");
    let job = job().file("other", "[http]\n\tproxy = http://other:1\n");
    job.run(&[]).status(0);
    job.write(".gitconfig", job.read(".gitconfig") + "[include]\n\tpath = other\n");
    job.run(&[]).status(0).says("wrote ~/.gitconfig\n");
    assert_eq!(git(&job, &["config", "http.proxy"]), "http://proxy.corp:3128\n");
    job.run(&[]).status(0).says("unchanged ~/.docker/config.json, ~/.gitconfig\n");
}

#[test]
fn the_written_file_is_the_file_that_git_reads() {
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

/// git(1) names /dev/null for "no global config".
#[test]
fn a_device_is_no_error_and_never_replaced() {
    let job = job().file("x", "");
    symlink("/dev/null", job.path("link")).unwrap();
    let link = job.path("link");
    for job in [self::job().env("GIT_CONFIG_GLOBAL", "/dev/null"), job.env("GIT_CONFIG_GLOBAL", link)] {
        for arguments in [&["--no-docker"][..], &["--no-docker", "--export"], &["undo", "--no-docker"]] {
            job.run(arguments).status(0).never_says("move").never_says("cannot");
        }
        job.run(&["--no-docker"])
            .status(0)
            .says(" is a device, so that git has no global config and uses the variables\n");
    }
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn a_lock_of_another_program_is_waited_for_and_then_named() {
    for old in ["", "[http]\n\tproxy = http://old:1\n"] {
        let job = job().file(".gitconfig", old).file(".gitconfig.lock", "other");
        let started = Instant::now();
        let ran = job.run(&["--no-docker"]).status(1);
        assert!(started.elapsed().as_millis() >= 1900, "gave up after {:?}", started.elapsed());
        assert!(ran.stderr.contains("~/.gitconfig.lock"), "{}", ran.stderr);
        assert!(ran.stderr.contains("; set GIT_CONFIG_GLOBAL to "), "{}", ran.stderr);
        assert_eq!((job.read(".gitconfig.lock").as_str(), job.read(".gitconfig").as_str()), ("other", old));
    }
    let job = job().file(".gitconfig.lock", "other");
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
fn a_file_that_git_refuses_is_reported_and_stays() {
    needs!("git");
    for (old, line) in [("[http\nproxy = x\n", 1), ("[user]\n\tname = \"x\n", 2), ("<<<<<<< HEAD\n[a]\n", 1)]
    {
        let job = job().file(".gitconfig", old);
        for command in ["setup", "undo"] {
            job.run(&[command, "--no-docker"]).status(1).says(&format!(
                "jobproxy: ~/.gitconfig: git cannot read line {line}; fix that line or move the file away\n"
            ));
            assert_eq!(job.read(".gitconfig"), old);
        }
        assert!(git(&job, &["config", "--global", "--list"]).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// The same keys and values, or the same refusal.
    #[test]
    fn any_file_is_read_as_git_reads_it(
        pieces in proptest::collection::vec(prop_oneof![
            Just("[http]"), Just("[Http \"https://h\"]"), Just("[a.B \"c\\\"d\\\\\"]"), Just("[b-1]"), Just("[a b]"), Just("["), Just("]"),
            Just("proxy"), Just("x-Y1"), Just(" = "), Just("="), Just("v"), Just("\""), Just("\\"), Just("\\n"), Just("\\x"),
            Just("\\\n"), Just("\n"), Just("\r\n"), Just("\r"), Just("\t"), Just(" "), Just("# c\n"), Just("; c\n"), Just("\u{e4}"), Just("\u{feff}"),
            Just("[core]\n\tname = value\n"), Just("\tproxy = \"http://p:1\" ; c\n"),
        ], 0..12)
    ) {
        let content = pieces.concat();
        let job = job().file("config", &content);
        let ran = job.command(tool("git")).args(["config", "--file", "config", "--null", "--list"]).output().unwrap();
        let parsed = GitFile::parse(content.as_bytes()).ok().map(|file| {
            file.values.into_iter().map(|value| match value.value {
                Some(text) => format!("{}\n{text}\0", value.key),
                None => format!("{}\0", value.key),
            }).collect::<String>()
        });
        let expected = ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).into_owned());
        prop_assert_eq!(parsed, expected, "{:?}", content);
    }
}

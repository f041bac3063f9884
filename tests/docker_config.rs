use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::needs::passwd_home;
use crate::support::Job;

const ENTRY: &str = r#""httpProxy":"http://proxy.corp:3128","httpsProxy":"http://proxy.corp:3128","noProxy":"docker:2375,docker:2376""#;

#[test]
fn logins_and_everything_else_stay_as_they_were_written() {
    let old = "{\n  \"auths\": {\n    \"r\": { \"auth\": \"\\u0061Zz09\" }\n  },\n  \"n\": [1.0, -0, 1e400, 12345678901234567890],\n  \"HttpHeaders\": {}\n}\n";
    let job = Job::behind_proxy().file(".docker/config.json", old);
    job.run(&[]).status(0);
    let new = job.read(".docker/config.json");
    let kept = old.strip_suffix("\n}\n").unwrap();
    let entry = ENTRY.replace("\":\"", "\": \"").replace("\",\"", "\",\n      \"");
    assert_eq!(
        new,
        format!("{kept},\n  \"proxies\": {{\n    \"default\": {{\n      {entry}\n    }}\n  }}\n}}\n")
    );
}

#[test]
fn a_key_whose_variable_is_unset_is_left_alone() {
    let job = Job::new().env("HTTP_PROXY", "http://p:1").file(
        ".docker/config.json",
        r#"{"proxies":{"default":{"httpsProxy":"http://old:1","ftpProxy":"http://old:2","noProxy":"old"}}}"#,
    );
    job.run(&[]).status(0);
    assert_eq!(
        job.read(".docker/config.json"),
        r#"{"proxies":{"default":{"httpsProxy":"http://old:1","ftpProxy":"http://old:2","noProxy":"docker:2375,docker:2376","httpProxy":"http://p:1"}}}"#
    );
}

#[test]
fn a_value_that_setup_replaces_is_named_and_a_password_in_the_value_is_not() {
    let content = r#"{"proxies":{"default":{"httpProxy":"http://u:pass1@own:1","httpsProxy":"","noProxy":"own.corp,Docker:2375,10.0.0.0/8"}}}"#;
    let job =
        Job::behind_proxy().file(".docker/config.json", content).file(".gitconfig", "[http]\n\tproxy =\n");
    let line = "docker: proxies.default.noProxy no longer has own.corp, 10.0.0.0/8; JOBPROXY_ADD adds entries, \
                JOBPROXY_CIDR=keep keeps ranges\n";
    job.run(&[])
        .status(0)
        .says("jobproxy: docker: replaced proxies.default.httpProxy: http://***@own:1\n")
        .says(line)
        .says("jobproxy: git: replaced http.proxy: \n")
        .never_says("pass1")
        .never_says("replaced proxies.default.httpsProxy");
    job.run(&["--add", "new"]).status(0).never_says("docker: ").never_says("git: ");
    job.run(&[]).status(0).says("docker: proxies.default.noProxy no longer has new; ");
    let many = (0..20).map(|number| format!("h{number}")).collect::<Vec<_>>().join(",");
    job.run(&["--add", &many, "-q"]).status(0);
    job.run(&[]).status(0).says(" has h0, h1, h2, h3, h4, h5, h6, h7 and 12 more; ");
    job.run(&["--add", &many, "-q"]).status(0);
    job.run(&["--add", "*"]).status(0).never_says("no longer has");
}

#[test]
fn the_daemon_s_own_entry_is_written_too_because_it_hides_default() {
    for (host, key) in [
        ("tcp://dind:2376", "tcp://dind:2376"),
        ("tcp://dind", "tcp://dind:2375"),
        ("", "unix:///var/run/docker.sock"),
    ] {
        let job = Job::behind_proxy().env("DOCKER_HOST", host);
        job.write(".docker/config.json", format!(r#"{{"proxies":{{"{key}":{{}},"tcp://other:1":{{}}}}}}"#));
        job.run(&["--add", ""]).status(0);
        let text = job.read(".docker/config.json");
        assert!(text.contains(&format!(r#""{key}":{{{}"#, &ENTRY[..40])), "{host}: {text}");
        assert!(text.contains(r#""tcp://other:1":{}"#) && text.contains(r#""default":{"#), "{text}");
    }
}

#[test]
fn the_file_is_the_one_that_docker_takes() {
    let job = Job::behind_proxy();
    let folder = job.path("elsewhere/deep");
    let job = job.env("DOCKER_CONFIG", folder);
    job.run(&[]).status(0);
    assert_eq!(job.files(), [".gitconfig", "elsewhere/deep/config.json"]);
    assert_eq!([job.mode("elsewhere"), job.mode("elsewhere/deep")], [0o700, 0o700]);
}

#[test]
fn a_home_that_is_not_set_is_looked_up() {
    needs!("a home in /etc/passwd");
    // The test's user has a home in the passwd file; with DOCKER_CONFIG nothing is written there.
    let job = Job::behind_proxy();
    let (docker, git) = (job.path("d"), job.path("g"));
    let job = job.env("DOCKER_CONFIG", docker).env("GIT_CONFIG_GLOBAL", git);
    job.without("HOME").run(&[]).status(0);
    let job = Job::behind_proxy();
    let git = job.path("g");
    let job = job.env("HOME", "").env("GIT_CONFIG_GLOBAL", git);
    let home = passwd_home().unwrap().join(".docker/config.json");
    job.run(&["--dry-run"]).status(0).says(&format!("{}", home.display()));
}

#[test]
fn mode_is_kept_and_links_are_followed() {
    let job = Job::behind_proxy().file("real/config.json", "{}").file(".docker/x", "");
    fs::set_permissions(job.path("real/config.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../real/config.json", job.path(".docker/config.json")).unwrap();
    job.run(&[]).status(0).says("wrote ~/.docker/config.json");
    assert!(job.path(".docker/config.json").is_symlink());
    assert!(job.read("real/config.json").contains("httpProxy"));
    assert_eq!(job.mode("real/config.json"), 0o640);

    let job = Job::behind_proxy().file(".docker/x", "");
    symlink("dangling/../new.json", job.path(".docker/config.json")).unwrap();
    fs::create_dir(job.path(".docker/dangling")).unwrap();
    job.run(&[]).status(0);
    assert!(job.path(".docker/config.json").is_symlink());
    assert!(job.read(".docker/new.json").contains("httpProxy"));

    let job = Job::behind_proxy().file(".docker/x", "");
    symlink("config.json", job.path(".docker/config.json")).unwrap();
    job.run(&[]).status(1).says("too many symbolic links; remove the loop\n");
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let in_own_folder = |job: Job| {
        let temporary = job.path("tmp");
        fs::create_dir(&temporary).unwrap();
        job.env("TMPDIR", temporary)
    };
    let job = in_own_folder(Job::behind_proxy().file(".docker/config.json/x", ""));
    let refused = |job: &Job, what: &str| {
        job.run(&[]).status(1).never_says("move it away").says(&format!(
            "{what}, not a regular file; set DOCKER_CONFIG to a folder that this user can write to, or use setup \
             --export, which gives docker a private copy\n"
        ));
        job.run(&["--export"])
            .status(0)
            .says(", not a regular file; DOCKER_CONFIG names a private copy, without the logins\n");
    };
    refused(&job, "~/.docker/config.json: is a folder");

    let job = in_own_folder(Job::behind_proxy().file(".docker/x", ""));
    let fifo = job.path(".docker/config.json");
    assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    refused(&job, "~/.docker/config.json: is a fifo");

    let job = in_own_folder(Job::behind_proxy().file(".docker/x", ""));
    symlink("/dev/null", job.path(".docker/config.json")).unwrap();
    refused(&job, "/dev/null: is a device");
}

#[test]
fn a_file_of_the_wrong_shape_stays_byte_for_byte() {
    for (old, part) in [
        ("{\"a\": 1, }", "not valid JSON at line 1 column 10"),
        ("[]", "not an object"),
        ("// c\n{}", "not valid JSON at line 1 column 1"),
        ("\u{feff}{}", "not valid JSON at line 1 column 1"),
        (r#"{"proxies":"s3cret"}"#, "proxies is not an object"),
        (r#"{"proxies":{"default":["s3cret"]}}"#, "proxies.default is not an object"),
        (
            r#"{"proxies":{"httpProxy":"http://u:s3cret@p"}}"#,
            "proxies.httpProxy stands outside of \"default\"",
        ),
    ] {
        let job = Job::behind_proxy().file(".docker/config.json", old);
        job.run(&["--no-git"]).status(1).never_says("s3cret").says(&format!(
            "jobproxy: ~/.docker/config.json: {part}; docker cannot read such a file either; fix the file or move it away\n"
        ));
        assert_eq!(job.read(".docker/config.json"), old);
        assert_eq!(job.files(), [".docker/config.json"]);
    }
}

//! `explain` and the configuration files that override the environment.

use std::process::Command;

use crate::needs::lacks;
use crate::support::{Job, RecordingProxy, tool};

/// The proxy variables name a port that nothing listens on, so that a request to the recording proxy proves that the
/// file was read.
fn job() -> Job {
    Job::new()
        .env("http_proxy", "http://192.0.2.1:9")
        .env("HTTP_PROXY", "http://192.0.2.1:9")
        .env("https_proxy", "http://192.0.2.1:9")
        .env("HTTPS_PROXY", "http://192.0.2.1:9")
        .env("PATH", "/usr/bin:/bin")
}

#[track_caller]
fn explains(job: &Job, client: &str, url: &str, expected: &str) {
    let ran = job.run(&["explain", "--raw", "--client", client, url]).status(0);
    let line = ran.stdout.lines().nth(1).unwrap_or_default();
    let answer = line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
    assert_eq!(answer, expected, "{client} {url}");
}

#[test]
fn a_curlrc_is_read_and_named() {
    let job = job().file(".curlrc", "proxy = \"http://user:s3cret@p:1\"\nnoproxy = a.test\n");
    explains(
        &job,
        "curl",
        "http://b.test",
        "proxied http://***@p:1: ~/.curlrc: proxy; no entry of ~/.curlrc: noproxy matches",
    );
    explains(&job, "curl", "http://a.test", "direct ~/.curlrc: proxy; a.test matches");
    let job = job.env("NO_PROXY", "b.test");
    explains(
        &job,
        "curl",
        "http://b.test",
        "proxied http://***@p:1: ~/.curlrc: proxy; no entry of ~/.curlrc: noproxy matches",
    );
    // libcurl in other programs does not read the file.
    explains(&job, "pycurl", "http://b.test", "direct b.test matches");
    explains(
        &job.file(".curlrc", "proxy = \"\"\n"),
        "curl",
        "http://a.test",
        "direct ~/.curlrc: proxy; this setting switches the proxy off",
    );
}

#[test]
fn no_files_leaves_the_environment_alone() {
    let job = job().file(".curlrc", "proxy = p:1\n").file(".gitconfig", "[http]\n\tproxy = http://p:1\n");
    for client in ["curl", "git"] {
        let ran = job.run(&["explain", "--raw", "--no-files", "--client", client, "http://a.test"]).status(0);
        assert!(ran.stdout.contains("proxied  http://192.0.2.1:9: "), "{}", ran.stdout);
    }
}

#[test]
fn git_s_settings_override_the_environment_url_by_url() {
    needs!("git");
    let config = "[http]\n\tproxy = http://p:1\n[http \"https://a.test\"]\n\tproxy =\n\
                  [http \"https://*.b.test:8443/group\"]\n\tproxy = http://q:1\n[include]\n\tpath = more\n";
    let job = job()
        .file(".gitconfig", config)
        .file("more", "[http \"https://c.test\"]\n\tproxy = http://r:1\n")
        .env("no_proxy", "n.test")
        .env("NO_PROXY", "n.test");
    let near = "no entry of no_proxy matches";
    explains(&job, "git", "http://x.test", &format!("proxied http://p:1: ~/.gitconfig: http.proxy; {near}"));
    explains(&job, "git", "https://n.test", "direct ~/.gitconfig: http.proxy; n.test matches");
    explains(
        &job,
        "git",
        "https://a.test/g/p.git",
        "direct ~/.gitconfig: http.https://a.test.proxy; this setting switches the proxy off",
    );
    explains(
        &job,
        "git",
        "https://x.b.test:8443/group/p.git",
        &format!("proxied http://q:1: ~/.gitconfig: http.https://*.b.test:8443/group.proxy; {near}"),
    );
    explains(
        &job,
        "git",
        "https://x.b.test/group/p.git",
        &format!("proxied http://p:1: ~/.gitconfig: http.proxy; {near}"),
    );
    explains(
        &job,
        "git",
        "https://c.test",
        &format!("proxied http://r:1: ~/more: http.https://c.test.proxy; {near}"),
    );
    // git-lfs ignores an empty value.
    explains(
        &job,
        "git-lfs",
        "https://a.test",
        "proxied http://p:1: ~/.gitconfig: http.proxy; no entry of NO_PROXY matches",
    );
    // Without --raw, the file is as setup leaves it.
    let ran = job.run(&["explain", "--client", "git", "http://x.test"]).status(0);
    assert!(ran.stdout.contains("proxied  http://192.0.2.1:9: ~/.gitconfig: http.proxy; "), "{}", ran.stdout);
    // Without a proxy in the environment, setup leaves the file as it is.
    let off = job.without("http_proxy").without("https_proxy").without("HTTP_PROXY").without("HTTPS_PROXY");
    let ran = off.run(&["explain", "--client", "git", "http://x.test"]).status(0);
    assert!(ran.stdout.contains("proxied  http://p:1: ~/.gitconfig: http.proxy; "), "{}", ran.stdout);
}

#[test]
fn a_wgetrc_replaces_proxies_and_adds_to_the_list() {
    let job = job().file(".wgetrc", "http_proxy = http://p:1\nno_proxy = a.test\n").env("no_proxy", "b.test");
    explains(&job, "wget", "http://a.test", "direct ~/.wgetrc: http_proxy; a.test matches");
    explains(&job, "wget", "http://b.test", "direct ~/.wgetrc: http_proxy; b.test matches");
    explains(
        &job,
        "wget",
        "http://c.test",
        "proxied http://p:1: ~/.wgetrc: http_proxy; no entry of ~/.wgetrc: no_proxy matches",
    );
    explains(
        &job,
        "wget",
        "https://c.test",
        "proxied http://192.0.2.1:9: no entry of ~/.wgetrc: no_proxy matches",
    );
    let off = job.file("other", "use_proxy = off\n");
    let path = off.path("other").display().to_string();
    explains(
        &off.env("WGETRC", path),
        "wget",
        "http://c.test",
        "direct ~/other: use_proxy; this setting switches the proxy off",
    );
}

#[test]
fn npm_and_pip_read_files_and_variables_of_their_own() {
    let job = job()
        .file(".npmrc", "proxy=http://p:1\nnoproxy=a.test\n")
        .file(".config/pip/pip.conf", "[global]\nproxy = http://q:1\n")
        .env("NO_PROXY", "b.test")
        .env("no_proxy", "b.test");
    explains(&job, "npm", "https://a.test", "direct ~/.npmrc: proxy; a.test matches");
    explains(
        &job,
        "npm",
        "https://b.test",
        "proxied http://p:1: ~/.npmrc: proxy; no entry of ~/.npmrc: noproxy matches",
    );
    explains(
        &job,
        "pip",
        "https://b.test",
        "proxied http://q:1: ~/.config/pip/pip.conf: proxy; pip ignores NO_PROXY then",
    );
    let job = job.env("npm_config_https_proxy", "http://r:1").env("PIP_PROXY", "http://s:1");
    explains(
        &job,
        "npm",
        "http://b.test",
        "proxied http://r:1: NPM_CONFIG_HTTPS_PROXY; no entry of ~/.npmrc: noproxy matches",
    );
    explains(&job, "pip", "https://b.test", "proxied http://s:1: PIP_PROXY; pip ignores NO_PROXY then");
    let ran = job.run(&["explain", "--raw", "--no-files", "--client", "pip", "https://b.test"]).status(0);
    assert!(ran.stdout.contains("http://s:1: PIP_PROXY"), "{}", ran.stdout);
}

#[test]
fn yarn_s_own_variables_are_read() {
    let job = job().env("YARN_HTTP_PROXY", "http://p:1");
    let ran = job.run(&["explain", "--client", "yarn", "http://a.test", "https://a.test"]).status(0);
    let answers: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("  ")).collect();
    assert!(answers[0].contains("proxied  http://p:1: yarn has no list of exceptions"), "{}", answers[0]);
    assert!(answers[1].contains("direct   yarn reads YARN_HTTPS_PROXY"), "{}", answers[1]);
}

#[test]
fn apt_s_configuration_is_read() {
    let job = job()
        .file("apt.conf", "Acquire { http { Proxy \"http://p:1\"; Proxy::a.test \"DIRECT\"; }; };\n")
        .env("no_proxy", "b.test");
    let path = job.path("apt.conf").display().to_string();
    let job = job.env("APT_CONFIG", path);
    explains(
        &job,
        "apt",
        "http://a.test",
        "direct apt.conf: Acquire::http::Proxy::a.test; this setting switches the proxy off",
    );
    explains(&job, "apt", "http://b.test", "direct apt.conf: Acquire::http::Proxy; b.test matches");
    explains(
        &job,
        "apt",
        "https://c.test",
        "proxied http://p:1: apt.conf: Acquire::http::Proxy; no entry of no_proxy matches",
    );
    let job = job.file("apt.conf", "Acquire::http::Proxy-Auto-Detect \"/bin/find-a-proxy\";\n");
    explains(
        &job,
        "apt",
        "http://c.test",
        "unknown apt.conf: Acquire::http::Proxy-Auto-Detect; a program chooses the proxy",
    );
    explains(
        &job,
        "apt",
        "http://b.test",
        "direct apt.conf: Acquire::http::Proxy-Auto-Detect; b.test matches",
    );
}

#[test]
fn docker_s_config_is_said_to_be_for_containers() {
    let config = r#"{"proxies":{"default":{"httpProxy":"http://u:s3cret@p:1","noProxy":"a,b"},
                     "tcp://docker:2375":{"httpsProxy":"http://q:1"}}}"#;
    let job = job().file(".docker/config.json", config);
    let explain =
        |job: &Job| job.run(&["explain", "--raw", "--client", "docker", "tcp://docker:2375"]).status(0);
    let note = "jobproxy: ~/.docker/config.json: containers and builds of docker get ";
    explain(&job)
        .stderr(&format!("{note}HTTP_PROXY=http://***@p:1 NO_PROXY=a,b; docker's own calls do not\n"));
    let job = job.env("DOCKER_HOST", "tcp://docker:2375");
    explain(&job).stderr(&format!("{note}HTTPS_PROXY=http://q:1; docker's own calls do not\n"));
    job.run(&["explain", "--raw", "--no-files", "--client", "docker", "tcp://docker:2375"])
        .status(0)
        .stderr("");
    let job = job.file(".docker/config.json", r#"{"proxies":{"httpProxy":"http://u:s3cret@p:1"}}"#);
    explain(&job).says("docker cannot read this file").never_says("s3cret");
}

/// The program, its file, and the arguments before the URL.
type Real = (&'static str, &'static str, fn(&str) -> String, &'static [&'static str]);

const REAL: [Real; 3] = [
    ("curl", ".curlrc", |proxy| format!("proxy = \"{proxy}\"\n"), &["-s", "-m", "5", "-o", "/dev/null"]),
    (
        "wget",
        ".wgetrc",
        |proxy| format!("http_proxy = {proxy}\n"),
        &["-q", "-t", "1", "-T", "5", "-O", "/dev/null"],
    ),
    ("git", ".gitconfig", |proxy| format!("[http]\n\tproxy = {proxy}\n"), &["ls-remote"]),
];

#[test]
fn real_programs_do_what_explain_reads_in_their_files() {
    for (client, file, content, arguments) in REAL {
        if lacks(client) {
            continue;
        }
        let proxy = RecordingProxy::start();
        let url = format!("http://{}", proxy.address);
        let job = job().file(file, content(&url)).env("no_proxy", "localhost").env("NO_PROXY", "localhost");
        let run = |target: &str| {
            let mut command: Command = job.command(tool("timeout"));
            command.arg("10").arg(tool(client)).args(arguments).arg(target);
            let _ = command.output().unwrap();
            proxy.requests().len()
        };
        let says = |target: &str| job.run(&["explain", "--raw", "--client", client, target]).status(0).stdout;
        assert!(says("http://a.test/").contains(&format!("proxied  {url}: ~/{file}")), "{client}");
        assert!(run("http://a.test/") > 0, "{client} asked no proxy");
        assert!(says("http://localhost:9/").contains("direct "), "{client}");
        assert_eq!(run("http://localhost:9/"), 0, "{client} asked the proxy");
    }
}

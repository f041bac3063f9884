use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt;

use crate::support::{Job, Ran};

fn job() -> Job {
    Job::new()
        .env("HTTP_PROXY", "http://proxy.corp:3128")
        .env("HTTPS_PROXY", "http://proxy.corp:3128")
        .env("http_proxy", "http://proxy.corp:3128")
        .env("https_proxy", "http://proxy.corp:3128")
        .env("NO_PROXY", "localhost,127.0.0.1,docker:2375,docker:2376")
        .env("no_proxy", "localhost,127.0.0.1,docker:2375,docker:2376")
}

fn both(job: Job, name: &str, value: &str) -> Job {
    job.env(name.to_ascii_uppercase(), value).env(name.to_ascii_lowercase(), value)
}

fn doctor(job: &Job) -> Ran {
    job.run(&["doctor"])
}

#[track_caller]
fn fails(job: &Job, line: &str) {
    let ran = doctor(job).status(1);
    assert!(
        ran.stdout.lines().any(|found| found.starts_with(&format!("fail {line}"))),
        "{line}\n{}",
        ran.stdout
    );
}

#[track_caller]
fn notes(job: &Job, line: &str) {
    let ran = doctor(job);
    assert!(
        ran.stdout.lines().any(|found| found.starts_with(&format!("note {line}"))),
        "{line}\n{}",
        ran.stdout
    );
}

#[test]
fn a_healthy_job_is_told_so() {
    doctor(&job()).status(0).stderr("").stdout("ok: nothing is wrong with this job's proxy settings\n");
    doctor(&Job::new()).status(0).stdout("ok: nothing is wrong with this job's proxy settings\n");
    job().run(&["doctor", "--format=json"]).status(0).stdout("[]\n");
}

#[test]
fn nothing_fails_after_setup() {
    let job = Job::new()
        .env("HTTP_PROXY", "alice:s3cret@Proxy.corp")
        .env("https_proxy", "")
        .env("HTTPS_PROXY", "http://proxy.corp:3128/")
        .env("NO_PROXY", "*.corp.example, [::1],10.*,,a;b,fd00::/8,*:80")
        .env("DOCKER_HOST", "tcp://dind:2375")
        .env("CI_SERVER_URL", "https://gitlab.corp.example")
        .env("PATH", "/usr/bin:/bin");
    doctor(&job).status(1);
    let ran = job.shell(&["bash"], "eval \"$(jobproxy setup --export --quiet)\"; jobproxy doctor").status(0);
    assert!(ran.stdout.lines().all(|line| line.starts_with("note ")), "{}", ran.stdout);
}

#[test]
fn variables_are_examined() {
    fails(&job().env("HTTP_PROXY", "http://other:1"), "HTTP_PROXY: differs from http_proxy");
    fails(&both(job(), "http_proxy", "proxy.corp:3128"), "http_proxy: has no scheme: ");
    fails(&both(job(), "http_proxy", "http://proxy.corp"), "http_proxy: has no port: ");
    fails(
        &both(job(), "http_proxy", "http://u:s3#c@proxy:1"),
        "http_proxy: the password holds an unescaped '#'",
    );
    fails(
        &job().without("http_proxy"),
        "HTTP_PROXY: is set in upper case only, and these read only http_proxy: ",
    );
    fails(&job().env("no_proxy", ""), "no_proxy: is empty and hides the filled NO_PROXY");
    fails(&job().env("REQUEST_METHOD", "GET"), "REQUEST_METHOD: is set: ");
    let container =
        both(job(), "http_proxy", "http://127.0.0.1:3128").env("CI_DISPOSABLE_ENVIRONMENT", "true");
    fails(&container, "http_proxy: points to loopback");
    notes(
        &both(job(), "https_proxy", "https://proxy.corp:443"),
        "https_proxy: is an https:// proxy, and these cannot speak TLS to a proxy: ",
    );
    notes(&job().without("https_proxy").without("HTTPS_PROXY"), "HTTP_PROXY: is set without HTTPS_PROXY");
}

#[test]
fn entries_are_examined_client_by_client() {
    let list = |list| both(job(), "no_proxy", list);
    fails(
        &list("localhost,127.0.0.1,[::1]"),
        "NO_PROXY: [::1] makes every request of these fail: httpx; write it as ::1",
    );
    fails(&list("localhost,127.0.0.1,10.*"), "NO_PROXY: 10.* is ignored by ");
    fails(&list("localhost,127.0.0.1,*:8080"), "NO_PROXY: *:8080 means more hosts than it says to these: ");
    fails(&list("localhost,127.0.0.1,fd00::/8"), "NO_PROXY: fd00::/8 makes every request of these fail: ");
    fails(&list("localhost,,127.0.0.1"), "NO_PROXY: has an empty entry");
    fails(&list("localhost 127.0.0.1"), "NO_PROXY: has blanks between entries");
    fails(&list("localhost,127.0.0.1,*"), "NO_PROXY: has a * beside other entries");
    notes(&list("localhost,127.0.0.1,10.0.0.0/8"), "NO_PROXY: 10.0.0.0/8 is ignored by ");
    notes(&list("localhost,127.0.0.1,host:8080"), "NO_PROXY: host:8080 is ignored by ");
    notes(
        &list("localhost,127.0.0.1,.corp,a.corp"),
        "NO_PROXY: a.corp says nothing beside .corp; remove a.corp",
    );
    notes(&list("localhost,127.0.0.1,a,a"), "NO_PROXY: a says nothing beside a; remove a");
    notes(
        &list("a"),
        "NO_PROXY: localhost, 127.0.0.1 not in the list: only Go and Ruby bypass loopback by themselves",
    );
    notes(
        &job().env("CI_SERVER_URL", "http://gitlab.internal"),
        "NO_PROXY: gitlab.internal looks local, but requests to it go to the proxy",
    );
    notes(&job().env("CI_REGISTRY", "registry:5000"), "NO_PROXY: registry looks local");
    let ran = doctor(&job().env("CI_SERVER_URL", "https://gitlab.com")).status(0);
    assert!(!ran.stdout.contains("gitlab.com"), "{}", ran.stdout);
}

#[test]
fn docker_s_config_and_daemon_are_examined() {
    let config = |text: &str| job().file(".docker/config.json", text);
    fails(&config("{"), "~/.docker/config.json: not valid JSON");
    fails(
        &config(r#"{"proxies":{"httpProxy":"http://u:s3cret@p"}}"#),
        "~/.docker/config.json: proxies.httpProxy stands outside",
    );
    notes(&config("{}"), "~/.docker/config.json: lacks the proxies");
    let other = r#"{"proxies":{"default":{"httpProxy":"http://old:1"}}}"#;
    notes(&config(other), "~/.docker/config.json: has other proxies than the environment");
    let hiding = r#"{"proxies":{"tcp://docker:2375":{"httpProxy":"http://old:1"}}}"#;
    notes(
        &config(hiding).env("DOCKER_HOST", "tcp://docker:2375"),
        "~/.docker/config.json: has an entry for this daemon that hides `default`",
    );
    let open = config(r#"{"auths":{"r":{"auth":"eA=="}}}"#);
    fs::set_permissions(open.path(".docker/config.json"), fs::Permissions::from_mode(0o644)).unwrap();
    notes(&open, "~/.docker/config.json: holds credentials and can be read by others; chmod 600");
    fails(
        &job().env("DOCKER_HOST", "tcp://dind:2375"),
        "DOCKER_HOST: docker's own calls to tcp://dind:2375 go through the proxy",
    );
    notes(
        &job().env("DOCKER_HOST", "tcp://docker:2375"),
        "DOCKER_HOST: a docker-in-docker daemon pulls and pushes by its own environment",
    );
}

#[test]
fn git_s_config_is_examined() {
    needs!("git");
    let config = |text: &str| job().env("PATH", "/usr/bin:/bin").file(".gitconfig", text);
    fails(
        &config("[http]\n\tproxy = http://u:s3cret@old:1\n"),
        "~/.gitconfig: http.proxy is http://***@old:1, the environment says http://proxy.corp:3128",
    );
    notes(&config("[https]\n\tproxy = x\n"), "~/.gitconfig: sets https.proxy, a key that git never reads");
    notes(
        &config("[http \"http://h\"]\n\tproxy = http://q:1\n"),
        "~/.gitconfig: http.http://h.proxy overrides the proxy for that address with http://q:1",
    );
    fails(&job().env("GIT_CONFIG_GLOBAL", "/dev/null"), "/dev/null: is a device, not a regular file");
    let locked = config("").file(".gitconfig.lock", "");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    fs::File::options().write(true).open(locked.path(".gitconfig.lock")).unwrap().set_modified(old).unwrap();
    fails(&locked, "~/.gitconfig: has an old lock beside it");
}

#[test]
fn programs_on_path_are_examined() {
    let with = |name: &str, script: &str| {
        let job = job().file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(job.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
        let path = job.path("bin");
        job.env("PATH", path)
    };
    notes(
        &with("java", ""),
        "java: reads no proxy variable; setup --export --java sets JAVA_TOOL_OPTIONS='-Dhttp.proxyHost=proxy.corp ",
    );
    notes(&with("node", "echo v20.1.0"), "node: version 20: its own fetch and http read no proxy variable");
    notes(
        &with("node", "echo v24.1.0"),
        "node: reads the proxy variables only when it is told to; setup --export --node",
    );
    doctor(&with("node", "echo v24.1.0").env("NODE_USE_ENV_PROXY", "1"))
        .status(0)
        .stdout("ok: nothing is wrong with this job's proxy settings\n");
    let job = job().file("bin/busybox", "");
    fs::set_permissions(job.path("bin/busybox"), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("busybox", job.path("bin/wget")).unwrap();
    let path = job.path("bin");
    notes(&job.env("PATH", path), "wget: is BusyBox's, which knows no NO_PROXY");
}

#[test]
fn failures_come_first_and_json_has_them_too() {
    let job = both(job(), "no_proxy", "10.0.0.0/8,[::1]").env("CI_SERVER_URL", "http://u:s3cret@gitlab");
    let text = doctor(&job).status(1).never_says("s3cret").stdout;
    let levels: Vec<&str> = text.lines().map(|line| &line[..4]).collect();
    assert!(levels.is_sorted() && levels.contains(&"fail") && levels.contains(&"note"), "{text}");
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&job.run(&["doctor", "--format=json"]).status(1).stdout).unwrap();
    assert_eq!(rows.len(), levels.len());
    assert_eq!((&rows[0]["level"], &rows[0]["subject"]), (&"fail".into(), &"NO_PROXY".into()));
}

/// A proxy that says one thing to everybody; returns its address.
fn proxy_saying(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap_or(0);
            let head = String::from_utf8_lossy(&request[..read]).into_owned();
            let login = head.lines().find(|line| line.starts_with("Proxy-Authorization")).unwrap_or_default();
            let _ = stream.write_all(answer.replace("LOGIN", login).as_bytes());
        }
    });
    format!("http://alice:s3cr%40t@{address}")
}

#[test]
fn connect_tries_the_proxy_and_the_way_through_it() {
    let through = |proxy: &str| {
        let job = both(both(job(), "http_proxy", proxy), "https_proxy", proxy)
            .env("CI_SERVER_HOST", "gitlab.corp.example");
        job.run(&["doctor", "--connect"]).never_says("s3cr").never_says("YWxp")
    };
    for (answer, line) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "answered CONNECT gitlab.corp.example:443 with status 407; it does not take this user and password",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "with status 403; the proxy refuses connections to this host; ask its administrator, or add the host to NO_PROXY",
        ),
        ("HTTP/1.1 503 alice:s3cr@t s3cr%40t\r\n\r\n", "with status 503; see the proxy's own log"),
        ("alice:s3cr@t s3cr%40t\r\n\r\n", "with something that is not HTTP; check that host and port"),
        ("HTTP/1.1 s3c alice\r\n\r\n", "with something that is not HTTP; check that host and port"),
    ] {
        let ran = through(&proxy_saying(answer)).status(1);
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    let welcome = through(&proxy_saying("HTTP/1.1 200 OK\r\n\r\n"));
    assert!(!welcome.stdout.contains("CONNECT") && !welcome.stdout.contains("reached"), "{}", welcome.stdout);
    let refused = through("http://127.0.0.1:1").status(1);
    assert!(
        refused.stdout.contains("fail HTTP_PROXY: http://127.0.0.1:1 cannot be reached: connection refused"),
        "{}",
        refused.stdout
    );
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ran = through(&format!("http://{}", silent.local_addr().unwrap())).status(1);
    assert!(
        ran.stdout.contains("did not answer CONNECT gitlab.corp.example:443 in 3 seconds"),
        "{}",
        ran.stdout
    );
}

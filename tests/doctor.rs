use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;

use jobproxy::doctor::Kind;

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

/// Expects a finding: the name, and what the line begins with after the level.
#[track_caller]
fn finds(job: &Job, name: &str, line: &str) -> String {
    let kind = Kind::find(name).unwrap_or_else(|| panic!("there is no finding {name}"));
    let ran = doctor(job);
    let start = format!("{} {line}", kind.level().word());
    let end = format!(" ({name})");
    let found = ran.stdout.lines().find(|found| found.starts_with(&start) && found.ends_with(&end));
    let found = found.unwrap_or_else(|| panic!("{start} ... {end} is not in:\n{}", ran.stdout)).to_owned();
    assert!(ran.is(u8::from(ran.stdout.contains("fail ")).into()), "{}", ran.stdout);
    found
}

#[track_caller]
fn finds_no(job: &Job, name: &str) {
    let found = doctor(job).stdout;
    assert!(!found.contains(&format!("({name})")), "{found}");
}

#[test]
fn a_healthy_job_and_a_job_without_a_proxy_are_told_so() {
    doctor(&job()).status(0).stderr("").stdout("ok: nothing is wrong with this job's proxy settings\n");
    job().run(&["doctor", "--format=json"]).status(0).stdout("[]\n");
    let none = doctor(&Job::new()).status(0).stdout;
    assert!(none.starts_with("note: no proxy is set (HTTP_PROXY, ") && none.lines().count() == 1, "{none}");
    let off = Job::new().env("HTTP_PROXY", "").env("https_proxy", " ");
    finds(
        &off,
        "proxy-switched-off",
        "HTTP_PROXY, HTTPS_PROXY: is set to nothing, which switches the proxy off",
    );
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
fn letter_cases_are_compared() {
    finds(
        &job().env("HTTP_PROXY", "http://other:1"),
        "proxy-case-differs",
        "HTTP_PROXY: differs from the lower-case variable, and these take the upper-case value: ",
    );
    finds_no(&job().env("HTTP_PROXY", "http://Proxy.corp:3128/"), "proxy-case-differs");
    finds(&job().env("NO_PROXY", "localhost"), "no-proxy-case-differs", "NO_PROXY: differs from");
    let upper = finds(
        &job().without("http_proxy"),
        "proxy-upper-case-only",
        "HTTP_PROXY: is set in upper case only, and these read only the lower case: ",
    );
    assert!(upper.contains("curl, git, wget"), "{upper}");
    finds(&job().without("no_proxy"), "no-proxy-upper-case-only", "NO_PROXY: is set in upper case only, ");
    finds(&job().without("HTTP_PROXY"), "proxy-lower-case-only", "http_proxy: is set in lower case only, ");
    finds(&job().without("NO_PROXY"), "no-proxy-lower-case-only", "no_proxy: is set in lower case only, ");
    finds(&job().env("no_proxy", ""), "no-proxy-empty-hides", "no_proxy: is empty, and for these hides ");
    finds(&job().env("https_proxy", ""), "proxy-empty-hides", "https_proxy: is empty, and for these hides ");
    finds(
        &job().without("https_proxy").without("HTTPS_PROXY"),
        "proxy-other-scheme-missing",
        "HTTP_PROXY: is set without HTTPS_PROXY: ",
    );
    finds(&job().env("REQUEST_METHOD", "GET"), "request-method", "REQUEST_METHOD: is set: ");
}

#[test]
fn values_are_examined() {
    let value = |value: &str| both(job(), "http_proxy", value);
    let scheme = finds(
        &value("proxy.corp:3128"),
        "proxy-scheme-missing",
        "http_proxy, HTTP_PROXY: has no scheme, and these fail ",
    );
    assert!(scheme.contains("apt, pip, npm"), "{scheme}");
    finds(&value("http://proxy.corp"), "proxy-port-missing", "http_proxy, HTTP_PROXY: has no port: ");
    finds(
        &value("http://proxy.corp:1/x"),
        "proxy-path",
        "http_proxy, HTTP_PROXY: has a path, and these fail: git",
    );
    finds(
        &value("'http://proxy.corp:1'"),
        "proxy-quoted",
        "http_proxy, HTTP_PROXY: has quotes in the value, ",
    );
    finds(
        &value("socks://proxy.corp:1"),
        "proxy-socks-alias",
        "http_proxy, HTTP_PROXY: has the scheme socks://, ",
    );
    finds(
        &value("http://u:s3#c@proxy:1"),
        "proxy-invalid",
        "http_proxy, HTTP_PROXY: the password holds an unescaped '#'; write it as %23",
    );
    finds(&value("none"), "proxy-invalid", "http_proxy, HTTP_PROXY: 'none' is no proxy; ");
    finds(
        &value("http://:pw@proxy:1"),
        "proxy-credentials-doubtful",
        "http_proxy, HTTP_PROXY: the user is empty: ",
    );
    let tls = finds(
        &value("https://proxy.corp:443"),
        "proxy-tls-unsupported",
        "http_proxy, HTTP_PROXY: is an https:// proxy: these cannot speak TLS to a proxy: ",
    );
    assert!(!tls.contains("curl"), "{tls}");
    finds(
        &value("https://proxy.corp:3128"),
        "proxy-tls-mixed",
        "HTTP_PROXY: https:// means TLS to the proxy itself, but HTTPS_PROXY ",
    );
    let loopback = value("http://127.0.0.1:3128");
    finds(
        &loopback.env("CI_DISPOSABLE_ENVIRONMENT", "true"),
        "proxy-loopback",
        "http_proxy, HTTP_PROXY: points to loopback, ",
    );
    let not_utf8 = job().env("HTTP_PROXY", std::ffi::OsString::from_vec(b"http://p:1/\xff".to_vec()));
    finds(&not_utf8, "not-utf8", "HTTP_PROXY: is not UTF-8; ");
}

/// What each character does is measured (tests/data/proxy_env_observations*.tsv).
#[test]
fn a_user_or_password_that_docker_and_go_cannot_parse_fails() {
    for (userinfo, marks) in [
        (r"u:my\pass", r"'\'"),
        (r"domain\user:pw", r"'\'"),
        ("u:%G4", "'%'"),
        ("u:p w", "a blank"),
        ("u:p[w", "'['"),
    ] {
        let value = format!("http://{userinfo}@proxy.corp:3128");
        let job = both(both(job(), "http_proxy", &value), "https_proxy", &value);
        let subjects = "http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY";
        let line = format!(
            "{subjects}: user or password holds {marks}, and these fail or do not use the proxy: docker"
        );
        let found = finds(&job, "proxy-credentials-unescaped", &line);
        assert!(!found.contains(userinfo), "{found}");
        let repaired = job.run(&["env", "--format=dotenv"]).status(0).stdout;
        let http = repaired.lines().find_map(|line| line.strip_prefix("HTTP_PROXY=")).unwrap();
        finds_no(&both(both(job, "http_proxy", http), "https_proxy", http), "proxy-credentials-unescaped");
    }
}

fn listing(list: &str) -> Job {
    both(job(), "no_proxy", list)
}

#[test]
fn entries_are_examined_client_by_client() {
    let list = |entry: &str| listing(&format!("localhost,127.0.0.1,{entry}"));
    finds(
        &list("[::1],[fd00::1]"),
        "no-proxy-entry-breaks",
        "NO_PROXY: [::1], [fd00::1]: every request of these fails because of the entry: httpx; write ::1, fd00::1",
    );
    finds(&list("10.*"), "no-proxy-entry-unread", "NO_PROXY: 10.*: ignored by nearly every client: ");
    finds(
        &list("10.*,172.17.*"),
        "no-proxy-entry-unread",
        "NO_PROXY: 10.*, 172.17.*: ignored by nearly every client: ",
    );
    finds(&list("<local>"), "no-proxy-entry-unread", "NO_PROXY: <local>: names no host ");
    finds(
        &list("*:8080"),
        "no-proxy-entry-wide",
        "NO_PROXY: *:8080: these go direct to more hosts than the entry names: ",
    );
    finds(&list("fd00::/8"), "no-proxy-entry-breaks", "NO_PROXY: fd00::/8: every request of these fails ");
    let range = finds(
        &list("10.0.0.0/8,172.16.0.0/12"),
        "no-proxy-entry-ignored",
        "NO_PROXY: 10.0.0.0/8, 172.16.0.0/12: ignored by these clients: curl@7.74.0, wget, apt, npm and ",
    );
    assert!(
        range.contains(" more; set JOBPROXY_CIDR=keep for the programs that read ranges, or name the hosts"),
        "{range}"
    );
    let range = list("10.1.0.0/8").env("JOBPROXY_CIDR", "keep");
    let range = finds(&range, "no-proxy-entry-ignored", "NO_PROXY: 10.1.0.0/8: ");
    assert!(range.contains("; write 10.0.0.0/8, and name the hosts"), "{range}");
    finds(&list("host:8080"), "no-proxy-entry-ignored", "NO_PROXY: host:8080: ignored by these clients: ");
    finds_no(&list("d"), "no-proxy-entry-wide");
}

#[test]
fn the_list_is_judged_as_it_is() {
    let whole = listing("localhost;127.0.0.1;*.corp;10.*;<local>");
    finds(
        &whole,
        "no-proxy-separator",
        "NO_PROXY: localhost;127.0.0.1;*.corp;10.*;<local>: entries joined by ",
    );
    finds_no(&whole, "no-proxy-loopback-missing");
    doctor(&listing("*")).status(0).stdout("ok: nothing is wrong with this job's proxy settings\n");
    finds(
        &listing("localhost,127.0.0.1,*"),
        "no-proxy-star",
        "NO_PROXY: has a * beside other entries, and these ",
    );
    let empty =
        finds(&listing("localhost,,127.0.0.1"), "no-proxy-empty-entry", "NO_PROXY: has an empty entry, ");
    assert!(empty.contains("HTTP-Tiny") && empty.contains("LWP@6.68") && !empty.contains("curl"), "{empty}");
    let blank =
        finds(&listing("localhost 127.0.0.1"), "no-proxy-blank", "NO_PROXY: has blanks in the list, ");
    assert!(blank.contains("curl@8.23.0, git@2.55.0, wget, apt"), "{blank}");
    finds(&listing("'localhost,127.0.0.1'"), "no-proxy-quoted", "NO_PROXY: has quotes in the value, ");
    finds(
        &listing("localhost,127.0.0.1,http://u:s3cret@h:1"),
        "no-proxy-credentials",
        "NO_PROXY: holds an '@'",
    );
    finds(&listing("a"), "no-proxy-loopback-missing", "NO_PROXY: localhost, 127.0.0.1: not in the list, ");
}

#[test]
fn an_entry_that_says_nothing_new_is_named() {
    let list = |entries: &str| listing(&format!("localhost,127.0.0.1,{entries}"));
    for (entries, line) in [
        (".corp,a.corp,b.a.corp", "a.corp, b.a.corp: says nothing beside .corp; remove a.corp, b.a.corp"),
        ("a,A", "A: says nothing beside a; remove A"),
        ("*.corp,.corp", "*.corp: says nothing beside .corp; remove *.corp"),
        ("a,a", "a: says nothing beside a; remove a"),
        (".a.corp,.corp", ".a.corp: says nothing beside .corp; remove .a.corp"),
    ] {
        finds(&list(entries), "no-proxy-duplicate", &format!("NO_PROXY: {line} ("));
    }
    for entries in ["a,a:80", "corp,a.corp", ".corp,a.corp:80", "10.0.0.1,.0.1", "a,b"] {
        finds_no(&list(entries), "no-proxy-duplicate");
    }
}

#[test]
fn the_job_s_own_hosts_are_asked_about() {
    finds(
        &job().env("CI_SERVER_URL", "http://gitlab.internal").env("CI_REGISTRY", "registry:5000"),
        "no-proxy-local-host",
        "NO_PROXY: gitlab.internal, registry: looks local, and requests to this host go to the proxy; ",
    );
    finds_no(&job().env("CI_SERVER_URL", "https://gitlab.com"), "no-proxy-local-host");
}

#[test]
fn a_list_of_thousands_takes_time_in_proportion() {
    let seconds = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("h{n:05}.corp.example")).collect();
        let job = listing(&format!("localhost,127.0.0.1,{}", names.join(",")));
        let time = || {
            let start = std::time::Instant::now();
            doctor(&job).status(0);
            start.elapsed()
        };
        (0..3).map(|_| time()).min().unwrap().as_secs_f64()
    };
    let (few, many) = (seconds(800), seconds(3200));
    assert!(many < 8.0 * few, "800 entries: {few} s, 3200 entries: {many} s");
}

#[test]
fn docker_s_config_and_daemon_are_examined() {
    let config = |text: &str| job().file(".docker/config.json", text);
    finds(&config("{"), "docker-config-invalid", "~/.docker/config.json: not valid JSON");
    let flat = r#"{"proxies":{"httpProxy":"http://u:s3cret@p"}}"#;
    finds(&config(flat), "docker-config-invalid", "~/.docker/config.json: proxies.httpProxy stands outside");
    finds(
        &Job::new().file(".docker/config.json", flat),
        "docker-config-invalid",
        "~/.docker/config.json: proxies.",
    );
    finds(&config("{}"), "docker-config-lacks", "~/.docker/config.json: lacks the proxies");
    let other = r#"{"proxies":{"default":{"httpProxy":"http://old:1"}}}"#;
    finds(
        &config(other),
        "docker-config-differs",
        "~/.docker/config.json: has other proxies than setup would write",
    );
    finds(
        &Job::new().file(".docker/config.json", other),
        "docker-config-alone",
        "~/.docker/config.json: gives proxies ",
    );
    let hiding = r#"{"proxies":{"tcp://docker:2375":{"httpProxy":"http://old:1"}}}"#;
    finds(
        &config(hiding).env("DOCKER_HOST", "tcp://docker:2375"),
        "docker-config-hidden",
        "~/.docker/config.json: has an entry for this daemon that hides `default`",
    );
    let open = config(r#"{"auths":{"r":{"auth":"eA=="}}}"#);
    fs::set_permissions(open.path(".docker/config.json"), fs::Permissions::from_mode(0o644)).unwrap();
    let line =
        finds(&open, "docker-config-readable", "~/.docker/config.json: holds credentials and can be read ");
    assert!(line.contains("; chmod 600 ~/.docker/config.json"), "{line}");
    finds(
        &job().env("DOCKER_HOST", "tcp://dind:2375"),
        "docker-host-proxied",
        "DOCKER_HOST: docker's own calls to tcp://dind:2375 go through the proxy",
    );
    finds(
        &job().env("DOCKER_HOST", "tcp://docker:2375"),
        "docker-daemon-environment",
        "DOCKER_HOST: a docker-in-docker daemon ",
    );
}

/// Doctor must not ask for what setup would not do.
#[test]
fn after_setup_doctor_asks_for_no_setup() {
    let job = || job().env("PATH", "/usr/bin:/bin").file(".docker/config.json", "{}");
    for (setup, doctor) in [
        (job(), &[][..]),
        (job().env("JOBPROXY_ADD", "registry.corp"), &[]),
        (job().env("JOBPROXY_CIDR", "keep").env("NO_PROXY", "10.0.0.0/8"), &[]),
        (job().env("JOBPROXY_NO_DOCKER", "1").env("JOBPROXY_NO_GIT", "1"), &[]),
        (job(), &["--add", "registry.corp", "--cidr=keep"]),
    ] {
        setup.run(&[&["setup"], doctor].concat()).status(0);
        let found = setup.run(&[&["doctor"], doctor].concat()).stdout;
        assert!(!found.contains("run jobproxy setup"), "{found}");
    }
    let before = job();
    before.run(&["setup", "--add", "registry.corp"]).status(0);
    finds(
        &before,
        "docker-config-differs",
        "~/.docker/config.json: has other proxies than setup would write",
    );
}

#[test]
fn git_s_config_is_examined() {
    needs!("git");
    let config = |text: &str| job().env("PATH", "/usr/bin:/bin").file(".gitconfig", text);
    finds(
        &config("[http]\n\tproxy = http://u:s3cret@old:1\n"),
        "git-proxy-differs",
        "~/.gitconfig: http.proxy is http://***@old:1, the environment says http://proxy.corp:3128",
    );
    finds(&config("[http]\n\tproxy =\n"), "git-proxy-differs", "~/.gitconfig: http.proxy is empty, ");
    finds(
        &config("[https]\n\tproxy = x\n"),
        "git-https-proxy",
        "~/.gitconfig: sets https.proxy, a key that git never reads",
    );
    finds(
        &config("[http \"http://h\"]\n\tproxy = http://q:1\n"),
        "git-url-proxy",
        "~/.gitconfig: http.http://h.proxy sends requests to that address through http://q:1, ",
    );
    finds(
        &config("[http \"http://h\"]\n\tproxy =\n"),
        "git-url-proxy",
        "~/.gitconfig: http.http://h.proxy is empty: the proxy is switched off for that address; ",
    );
    let alone = Job::new().env("PATH", "/usr/bin:/bin").file(".gitconfig", "[http]\n\tproxy = http://q:1\n");
    finds(&alone, "git-proxy-alone", "~/.gitconfig: http.proxy is http://q:1, and setup would write none");
    finds(
        &job().env("GIT_CONFIG_GLOBAL", "/dev/null"),
        "git-config-invalid",
        "/dev/null: is a device, not a regular file",
    );
    let locked = config("").file(".gitconfig.lock", "");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    fs::File::options().write(true).open(locked.path(".gitconfig.lock")).unwrap().set_modified(old).unwrap();
    finds(&locked, "git-locked", "~/.gitconfig: has an old lock beside it");
}

/// A job with programs on PATH, each with the text of its script.
fn with_programs(job: Job, programs: &[(&str, &str)]) -> Job {
    for (name, script) in programs {
        job.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(job.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = job.path("bin");
    job.env("PATH", path)
}

#[test]
fn programs_on_path_are_examined() {
    let with = |name: &str, script: &str| with_programs(job(), &[(name, script)]);
    finds(
        &with("java", ""),
        "java-proxy",
        "java: reads no proxy variable; jobproxy setup --export --for java exports ",
    );
    finds(
        &with("node", "echo v20.1.0"),
        "node-old",
        "node: version 20: its own fetch and http read no proxy variable",
    );
    finds(
        &with("node", "echo v24.1.0"),
        "node-switch",
        "node: reads the proxy variables only where NODE_USE_ENV_PROXY is set",
    );
    doctor(&with("node", "echo v24.1.0").env("NODE_USE_ENV_PROXY", "1"))
        .status(0)
        .stdout("ok: nothing is wrong with this job's proxy settings\n");
    let job = with_programs(job(), &[("busybox", "")]);
    std::os::unix::fs::symlink("busybox", job.path("bin/wget")).unwrap();
    finds(
        &job,
        "wget-busybox",
        "wget: is BusyBox wget, which ignores NO_PROXY and sends every request to the proxy",
    );
}

#[test]
fn clients_on_path_come_first_and_verbose_names_all() {
    let list = listing("localhost,127.0.0.1,10.0.0.0/8");
    let few = finds(
        &with_programs(list, &[("python3", ""), ("wget", "")]),
        "no-proxy-entry-ignored",
        "NO_PROXY: 10.0.0.0/8: ",
    );
    assert!(
        few.contains("ignored by these clients: wget, aiohttp, boto3, httplib2 and ")
            && few.contains(" more; "),
        "{few}"
    );
    let list = listing("localhost,127.0.0.1,10.0.0.0/8,11.*,12.*,13.*,14.*,15.*,16.*");
    let all = list.run(&["doctor", "--verbose"]).status(1).stdout;
    assert!(
        !all.contains(" more")
            && all.contains("urllib")
            && all.contains("11.*, 12.*, 13.*, 14.*, 15.*, 16.*"),
        "{all}"
    );
    assert_eq!(list.run(&["doctor", "-v"]).stdout, all);
}

#[test]
fn failures_come_first_and_json_has_them_too() {
    let job = listing("10.0.0.0/8,[::1],<local>").env("CI_SERVER_URL", "http://u:s3cret@gitlab");
    let text = doctor(&job).status(1).never_says("s3cret").stdout;
    let levels: Vec<&str> = text.lines().map(|line| &line[..4]).collect();
    assert!(levels.is_sorted() && levels.contains(&"fail") && levels.contains(&"note"), "{text}");
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&job.run(&["doctor", "--format=json"]).status(1).stdout).unwrap();
    assert_eq!(rows.len(), levels.len());
    let first = |key: &str| rows[0][key].clone();
    assert_eq!((first("level"), first("subject")), ("fail".into(), "NO_PROXY".into()));
    assert_eq!(
        (first("name"), first("entries")),
        ("no-proxy-entry-breaks".into(), serde_json::json!(["[::1]"]))
    );
    assert_eq!(first("clients"), serde_json::json!(["httpx@0.28.1"]));
    let ignored = rows.iter().find(|row| row["name"] == "no-proxy-entry-ignored").unwrap();
    assert!(ignored["clients"].as_array().unwrap().len() > 20, "{ignored}");
}

#[test]
fn ignored_findings_are_left_out_and_do_not_count() {
    let job = listing("localhost,127.0.0.1,[::1],10.*");
    let run = |arguments: &[&str]| job.run(&[&["doctor"], arguments].concat());
    assert_eq!(run(&[]).status(1).stdout.lines().count(), 2);
    assert_eq!(run(&["--ignore", "no-proxy-entry-breaks"]).status(1).stdout.lines().count(), 1);
    let both = [
        &["--ignore=no-proxy-entry-breaks,no-proxy-entry-unread"][..],
        &["--ignore", "no-proxy-entry-breaks", "--ignore", "no-proxy-entry-unread"],
        &["--ignore", " no-proxy-entry-breaks , no-proxy-entry-unread,", "--format=json"],
    ];
    for arguments in both {
        run(arguments).status(0);
    }
    let ignored = run(both[0]).stdout;
    assert_eq!(
        ignored,
        "ok: nothing else is wrong with this job's proxy settings (2 findings are ignored)\n"
    );
    run(&["--ignore", "no-proxy-star,no-proxy-satr"]).status(2).stdout("").stderr(
        "jobproxy: --ignore: there is no finding 'no-proxy-satr'; the nearest name is no-proxy-star; see jobproxy --help\n",
    );
    run(&["--ignore", "http://u:s3cret@p"]).status(2).never_says("s3cret");
}

#[test]
fn the_names_of_findings_are_different_and_plain() {
    let mut names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert!(
        names
            .iter()
            .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    );
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Kind::ALL.len());
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

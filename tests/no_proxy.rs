//! NO_PROXY of a job: the exported list, and the lines about the list.

use crate::support::{Job, Ran};

/// Returns the exported list without the entries that every job gets.
fn exported(ran: &Ran) -> String {
    let line = ran.stdout.lines().find_map(|line| line.strip_prefix("export NO_PROXY='")).unwrap();
    line.trim_end_matches('\'').replace(",docker:2375,docker:2376", "").replace("docker:2375,docker:2376", "")
}

#[test]
fn an_address_that_the_job_names_is_not_lost_with_its_range() {
    for (name, value, expected) in [
        ("KUBERNETES_SERVICE_HOST", "10.96.0.1", "10.96.0.1,.svc"),
        ("REDIS_SERVICE_HOST", "10.96.3.4", "10.96.3.4"),
        ("REDIS_PORT_6379_TCP_ADDR", "10.96.3.4", "10.96.3.4"),
        ("REDIS_PORT", "tcp://10.96.3.4:6379", "10.96.3.4"),
        ("CI_SERVER_URL", "https://10.1.2.3", "10.1.2.3"),
        ("CI_SERVER_HOST", "10.1.2.3", "10.1.2.3"),
        ("CI_API_V4_URL", "https://10.1.2.3:8443/api/v4", "10.1.2.3"),
        ("CI_REGISTRY", "10.1.2.3:5050", "10.1.2.3"),
        ("CI_REPOSITORY_URL", "https://gitlab-ci-token:s3cret@10.1.2.3/g/p.git", "10.1.2.3"),
        ("DOCKER_HOST", "tcp://10.1.2.3:2375", "10.1.2.3,10.1.2.3:2375"),
        ("BUILDKIT_HOST", "tcp://10.1.2.3:1234", "10.1.2.3,10.1.2.3:1234"),
        ("SONAR_HOST_URL", "http://10.1.2.3:9000", "10.1.2.3"),
        ("CI_SERVER_HOST", "11.1.2.3", ""),
        ("CI_SERVER_HOST", "gitlab.corp", ""),
    ] {
        for range in ["10.0.0.0/8", "10.*", "10."] {
            let ran = Job::behind_proxy().env("NO_PROXY", range).env(name, value).run(&["env"]).status(0);
            assert_eq!(exported(&ran).trim_start_matches(','), expected, "{range} {name}={value}");
            let kept = format!("; kept {} ({name})", expected.split(',').next().unwrap());
            assert_eq!(ran.stderr.contains(&kept), !expected.is_empty(), "{}", ran.stderr);
            ran.never_says("s3cret");
        }
    }
    let job =
        Job::behind_proxy().env("NO_PROXY", "fd00::/8,a").env("CI_SERVER_URL", "https://[fd00::7]:8443/");
    assert_eq!(exported(&job.run(&["env"]).status(0)), "fd00::7,a");
}

#[test]
fn one_line_says_what_was_removed_what_is_kept_and_how_to_keep_the_range() {
    let line = "jobproxy: NO_PROXY: removed 10.0.0.0/8, 127.0.0.0/8 (many programs ignore CIDR ranges); \
                kept 10.96.0.1 (KUBERNETES_SERVICE_HOST), localhost, 127.0.0.1, ::1 (loopback); \
                JOBPROXY_CIDR=keep keeps the ranges\n";
    let job = || {
        Job::behind_proxy()
            .env("NO_PROXY", "10.0.0.0/8,127.0.0.0/8")
            .env("no_proxy", "10.0.0.0/8,127.0.0.0/8")
            .env("KUBERNETES_SERVICE_HOST", "10.96.0.1")
            .env("KUBERNETES_PORT", "tcp://10.96.0.1:443")
    };
    for arguments in [&["setup"][..], &["env"], &["exec", "--", "/bin/true"], &["setup", "--gitlab-env"]] {
        let ran = job().run(arguments).status(0).says(line);
        assert_eq!(ran.stderr.matches("10.0.0.0/8").count(), 1, "{}", ran.stderr);
    }
    for arguments in [&["setup"][..], &["env"], &["exec", "--", "/bin/true"]] {
        job().env("JOBPROXY_CIDR", "keep").run(arguments).status(0).never_says("removed");
    }
}

#[test]
fn a_list_that_does_not_change_is_not_reported_by_env_and_exec() {
    let job = Job::behind_proxy().env("NO_PROXY", "localhost,.corp.example");
    job.run(&["env"]).status(0).stderr("");
    job.run(&["exec", "--", "/bin/true"]).status(0).stderr("");
}

#[test]
fn each_entry_is_counted_once_where_both_letter_cases_are_set() {
    let list = "localhost,*.corp,10.*,$HOST,/run/x.sock,a;b,localhost";
    let one = Job::behind_proxy().env("NO_PROXY", list).run(&["setup", "-v"]).status(0);
    let both =
        Job::behind_proxy().env("NO_PROXY", list).env("no_proxy", list).run(&["setup", "-v"]).status(0);
    assert_eq!(one.stderr, both.stderr);
    one.says("removed $HOST (the name of a variable that nothing has expanded)\n")
        .says("removed /run/x.sock (a path or a socket, not a host)\n")
        .says("NO_PROXY has 6 entries: 3 kept, 2 rewritten, 2 added, 3 removed\n");
}

#[test]
fn quotes_around_the_whole_value_are_removed_and_named() {
    for quote in ["'", "\""] {
        let value = format!("{quote}localhost,a,b{quote}");
        let ran =
            Job::behind_proxy().env("no_proxy", &value).env("NO_PROXY", &value).run(&["setup", "--export"]);
        assert_eq!(exported(&ran), "localhost,a,b");
        ran.status(0)
            .says("jobproxy: no_proxy, NO_PROXY: removed the quotes around the value; write the value without quotes\n");
        let ran = Job::behind_proxy().env("JOBPROXY_ADD", &value).run(&["env"]).status(0).stderr("");
        assert_eq!(exported(&ran), ",localhost,a,b");
    }
    let ran = Job::behind_proxy().env("NO_PROXY", "'a','b',c").run(&["env"]).status(0);
    assert_eq!(exported(&ran), "a,b,c");
    ran.says("NO_PROXY: 'a' became a, 'b' became b (quotes are part of the value; write the name without quotes)\n");
}

#[test]
fn a_url_keeps_host_and_port_and_shows_nothing_of_its_userinfo() {
    for userinfo in
        ["alice:s3/cret", "alice:80/s3cret", "alice:s3#cret", "alice:s3@cret", "alice:s3?cret", "s3cret:80"]
    {
        let value = format!("a,http://{userinfo}@host.corp:8080/path,b");
        let ran = Job::behind_proxy().env("NO_PROXY", &value).run(&["setup", "--export", "-v"]).status(0);
        assert_eq!(exported(&ran), "a,host.corp:8080,b", "{value}");
        ran.never_says("s3").never_says("cret").never_says("alice");
    }
}

#[test]
fn every_command_starts_after_any_list() {
    let ranges = (0..60).map(|n| format!("10.20.{n}.0/24")).collect::<Vec<_>>().join(",");
    let names = |upper: &str| (0..9000).map(|n| format!("{upper}{n}.corp")).collect::<Vec<_>>().join(",");
    let expand = Job::behind_proxy()
        .env("NO_PROXY", ranges)
        .env("JOBPROXY_CIDR", "expand")
        .env("JOBPROXY_FOR", "java");
    let ran = expand.run(&["exec", "--", "/bin/echo", "started"]).status(0).stdout("started\n");
    ran.says("with the addresses of this range the list would be longer than 32 KiB); JOBPROXY_CIDR=keep keeps the ranges\n");
    let joined = Job::behind_proxy()
        .env("NO_PROXY", names("U"))
        .env("no_proxy", names("l"))
        .env("JOBPROXY_FOR", "java");
    let ran = joined.run(&["exec", "--", "/bin/echo", "started"]).status(0).stdout("started\n");
    ran.says("(the list would be longer than a variable can be, 128 KiB)\n").never_says("docker:2375");
    joined
        .run(&["setup"])
        .status(0)
        .says("patterns of NO_PROXY have no room in a variable (128 KiB); shorten NO_PROXY\n");
    for job in [expand, joined] {
        let ran = job.shell(&["dash"], "set -e; eval \"$(jobproxy setup --export)\"; exec /bin/echo started");
        ran.status(0).stdout("started\n");
    }
}

#[test]
fn java_gets_every_range_under_every_policy() {
    let sixteen = (16..32).map(|n| format!("172.{n}.*")).collect::<Vec<_>>().join("|");
    for cidr in ["strip", "keep", "expand"] {
        let job = Job::behind_proxy()
            .env("NO_PROXY", "10.*,172.16.0.0/12,192.168.0.0/16")
            .env("JOBPROXY_CIDR", cidr);
        let ran = job.run(&["env", "--for", "java"]).status(0);
        let expected = format!("|docker|*.docker|10.*|{sixteen}|192.168.*'");
        assert!(ran.stdout.contains(&expected), "{cidr}: {}", ran.stdout);
    }
}

#[test]
fn java_says_which_hosts_are_direct_on_every_port() {
    let java =
        |list: &str| Job::behind_proxy().env("NO_PROXY", list).run(&["env", "--for", "java"]).status(0);
    java("a:80,a:443,B:1,c:5,c,10.0.0.1:80,fd00::1")
        .says("JAVA_TOOL_OPTIONS: Java reads no port in NO_PROXY; direct on every port: a, b, 10.0.0.1\n");
    java("a,fd00::1").stderr("");
    let long = (0..100).map(|n| format!("host-{n}.corp")).collect::<Vec<_>>().join(",");
    java(&long).says("bytes; Java 8 ignores a value of more than 1023, newer ones do not\n");
}

#[test]
fn a_daemon_is_reached_without_the_proxy_however_it_is_named() {
    for (name, value, expected) in [
        ("DOCKER_HOST", "192.0.2.7:2375", "192.0.2.7:2375"),
        ("DOCKER_HOST", "dind", "dind:2375"),
        ("BUILDKIT_HOST", "tcp://buildkit:1234", "buildkit:1234"),
        ("BUILDKIT_HOST", "docker-container://buildkit", ""),
        ("DOCKER_HOST", "/var/run/docker.sock", ""),
    ] {
        let ran = Job::behind_proxy().env(name, value).run(&["env"]).status(0).stderr("");
        assert_eq!(exported(&ran).trim_start_matches(','), expected, "{name}={value}");
    }
}

const REMOTE: &str =
    r#"{"Name":"remote","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://192.0.2.7:2376"}}}"#;

#[test]
fn the_daemon_of_the_current_docker_context_is_reached_without_the_proxy() {
    let job = || Job::behind_proxy().file(".docker/contexts/meta/0123/meta.json", REMOTE);
    let current = || job().file(".docker/config.json", r#"{"currentContext":"remote"}"#);
    let line = "NO_PROXY: added 192.0.2.7:2376 (the current docker context)\n";
    for job in [current(), job().env("DOCKER_CONTEXT", "remote")] {
        let ran = job.run(&["env"]).status(0).says(line);
        assert_eq!(exported(&ran), ",192.0.2.7:2376");
    }
    for job in [
        job(),
        job().env("DOCKER_CONTEXT", "other"),
        current().env("DOCKER_CONTEXT", "default"),
        current().env("DOCKER_HOST", "unix:///var/run/docker.sock"),
        Job::behind_proxy().env("DOCKER_CONTEXT", "remote"),
    ] {
        assert_eq!(exported(&job.run(&["env"]).status(0).stderr("")), "");
    }
}

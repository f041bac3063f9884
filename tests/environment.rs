use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::support::Job;

fn exports(job: &Job) -> String {
    job.run(&["env"]).status(0).stdout
}

#[test]
fn either_letter_case_serves_both() {
    let expected = "export HTTP_PROXY='http://p:1'\nexport NO_PROXY='docker:2375,docker:2376'\n\
                    export http_proxy='http://p:1'\nexport no_proxy='docker:2375,docker:2376'\n";
    assert_eq!(exports(&Job::new().env("http_proxy", "http://p:1")), expected);
    assert_eq!(exports(&Job::new().env("HTTP_PROXY", "http://p:1")), expected);
    assert_eq!(exports(&Job::new().env("HTTP_PROXY", "http://p:1").env("http_proxy", " ")), expected);
}

#[test]
fn where_the_letter_cases_differ_the_lower_case_wins_with_a_note() {
    let job = Job::new().env("HTTP_PROXY", "http://u:upper@p:1").env("http_proxy", "http://u:lower@p:1");
    assert!(exports(&job).contains("export HTTP_PROXY='http://u:lower@p:1'\n"));
    job.run(&[])
        .status(0)
        .says("jobproxy: http_proxy and HTTP_PROXY differ; http_proxy is used\n")
        .never_says("upper");
    let job = Job::new().env("HTTP_PROXY", "HTTP://P:1/").env("http_proxy", "http://p:1");
    job.run(&[]).status(0).never_says("differ");
}

#[test]
fn a_variable_that_is_blank_in_one_letter_case_is_no_switch_and_a_note_says_so() {
    let note =
        "set to nothing, and the other letter case is used; to switch the proxy off, set both to nothing\n";
    let job = Job::behind_proxy().env("http_proxy", "").env("https_proxy", " ");
    job.run(&[]).status(0).says(&format!("jobproxy: http_proxy, https_proxy: {note}"));
    let job = Job::new().env("http_proxy", "http://p:1").env("HTTP_PROXY", "''");
    job.run(&[]).status(0).says(&format!("jobproxy: HTTP_PROXY: {note}"));
    Job::behind_proxy().run(&[]).status(0).never_says("set to nothing");
}

#[test]
fn the_two_lists_are_joined() {
    let job = Job::new().env("HTTP_PROXY", "http://p:1").env("no_proxy", "a,b").env("NO_PROXY", "b,c");
    assert!(exports(&job).contains("export NO_PROXY='a,b,c,docker:2375,docker:2376'\n"));
}

#[test]
fn what_was_set_but_blank_is_unset() {
    let job = Job::new()
        .env("HTTP_PROXY", "http://p:1")
        .env("https_proxy", "")
        .env("ALL_PROXY", " ")
        .env("no_proxy", "");
    assert_eq!(
        exports(&job),
        "unset ALL_PROXY\nunset HTTPS_PROXY\nexport HTTP_PROXY='http://p:1'\n\
         export NO_PROXY='docker:2375,docker:2376'\nunset all_proxy\nexport http_proxy='http://p:1'\n\
         unset https_proxy\nexport no_proxy='docker:2375,docker:2376'\n"
    );
}

#[test]
fn all_and_ftp_proxies_are_carried_along() {
    let job = Job::new().env("ALL_PROXY", "socks5h://s").env("ftp_proxy", "p:1");
    let ran = job.run(&["env"]).status(0);
    assert!(ran.stdout.contains("export ALL_PROXY='socks5h://s:1080'\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("export FTP_PROXY='http://p:1'\n"), "{}", ran.stdout);
    job.run(&[]).status(0).says("proxy socks5h://s:1080 (ALL_PROXY); http://p:1 (FTP_PROXY)\n");
    assert!(job.read(".docker/config.json").contains("\"allProxy\": \"socks5h://s:1080\""));
    assert!(job.read(".docker/config.json").contains("\"ftpProxy\": \"http://p:1\""));
    assert_eq!(job.read(".gitconfig"), "[http]\n\tproxy = socks5h://s:1080\n");
}

#[test]
fn a_variable_that_is_not_utf8_matters_only_when_it_is_ours() {
    let bytes = || OsString::from_vec(b"\xff".to_vec());
    let job = Job::behind_proxy().env("OTHER", bytes()).env(bytes(), "x").env("PATH", bytes());
    job.run(&[]).status(0);
    let line = "jobproxy: NO_PROXY: not UTF-8; set NO_PROXY to plain text or unset NO_PROXY\n";
    let list = OsString::from_vec(b"a,\xff,b".to_vec());
    let ran = Job::behind_proxy().env("NO_PROXY", list).run(&["--export"]).status(1).says(line);
    assert!(ran.stdout.contains("export NO_PROXY='a,b,docker:2375,docker:2376'\n"), "{}", ran.stdout);
    let line = "jobproxy: https_proxy: not UTF-8; set https_proxy to plain text or unset https_proxy\n";
    let ran = Job::behind_proxy().env("https_proxy", bytes()).run(&["--export"]).status(1).says(line);
    assert!(ran.stdout.contains("export https_proxy='http://proxy.corp:3128'\n"), "{}", ran.stdout);
    Job::behind_proxy().env("DOCKER_HOST", bytes()).env("REQUEST_METHOD", bytes()).run(&[]).status(0);
}

#[test]
fn notes_say_what_will_bite() {
    let say = |job: Job, part: &str| drop(job.run(&[]).status(0).says(part));
    say(Job::new().env("HTTP_PROXY", "p:1"), "jobproxy: HTTP_PROXY: no scheme, read as http://\n");
    say(Job::new().env("HTTP_PROXY", "http://p"), "jobproxy: HTTP_PROXY: no port, added 80\n");
    say(Job::new().env("HTTP_PROXY", "http://p:1"), "jobproxy: HTTPS_PROXY is not set: ");
    say(Job::new().env("https_proxy", "http://p:1"), "jobproxy: HTTP_PROXY is not set: ");
    say(
        Job::behind_proxy().env("REQUEST_METHOD", "GET"),
        "jobproxy: REQUEST_METHOD is set: Go programs such as docker will refuse",
    );
    say(
        Job::new().env("HTTP_PROXY", "p:1").env("HTTPS_PROXY", "p:1"),
        "jobproxy: HTTP_PROXY, HTTPS_PROXY: no scheme, read as http://\n",
    );
    say(
        Job::new().env("HTTP_PROXY", "http://p:3128").env("HTTPS_PROXY", "https://P:3128"),
        "jobproxy: HTTPS_PROXY: https:// means TLS to the proxy itself, but HTTP_PROXY reaches the same port without \
         TLS; probably meant: http://p:3128. ",
    );
    Job::new()
        .env("HTTP_PROXY", "http://p:3128")
        .env("HTTPS_PROXY", "https://p:3129")
        .run(&[])
        .status(0)
        .never_says("TLS");
}

#[test]
fn a_proxy_that_containers_would_look_for_in_themselves_is_named() {
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let job = Job::behind_proxy().env("HTTP_PROXY", format!("http://{host}:3128"));
        job.run(&[]).status(0).says(&format!("jobproxy: HTTP_PROXY points to loopback ({host})"));
        let inside = job.env("CI_DISPOSABLE_ENVIRONMENT", "true");
        inside.run(&[]).status(0).says(", which in a container is the container itself; ");
    }
}

/// Connecting a datagram socket sends nothing; the kernel only chooses the address.
#[test]
fn a_proxy_at_an_address_of_the_container_itself_is_named() {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    if socket.connect("192.0.2.1:9").is_err() {
        println!("skipped: a_proxy_at_an_address_of_the_container_itself_is_named: needs a network");
        return;
    }
    let own = socket.local_addr().unwrap().ip();
    let job = Job::behind_proxy().env("HTTP_PROXY", format!("http://{own}:3128"));
    let line = format!("jobproxy: HTTP_PROXY: {own} is an address of this container itself ");
    if !std::path::Path::new("/.dockerenv").exists() && !std::path::Path::new("/run/.containerenv").exists() {
        // cntlm on the host of a shell executor listens there.
        job.run(&["-n"]).status(0).never_says("container itself");
    }
    job.env("CI_DISPOSABLE_ENVIRONMENT", "true").run(&["-n"]).status(0).says(&line);
    let other = Job::behind_proxy().env("CI_DISPOSABLE_ENVIRONMENT", "true");
    other.env("HTTP_PROXY", "http://198.51.100.7:3128").run(&["-n"]).status(0).never_says("container itself");
}

#[test]
fn a_value_that_no_longer_fits_gitlab_s_mask_is_named() {
    let line = "HTTP_PROXY: GitLab masks only the stored form of a variable, and the exported form differs; \
                store the form that 'jobproxy env' prints\n";
    for value in [
        "http://alice:s3cret@proxy.corp:3128/",
        "http://alice:s3cret@Proxy.corp:3128",
        "http://alice:s3cret+x@proxy.corp:3128",
        "http://alice:s3cret=@proxy.corp:3128",
        "alice:s3cret@proxy.corp:3128",
        "http://alice:s3cret@proxy.corp",
    ] {
        Job::new().env("HTTP_PROXY", value).run(&[]).status(0).says(line).never_says("s3cret");
    }
    for value in ["http://alice:s3cret@proxy.corp:3128", "http://proxy.corp:3128/"] {
        Job::new().env("HTTP_PROXY", value).run(&[]).status(0).never_says("masks");
    }
}

#[test]
fn the_daemon_and_added_entries_are_reached_without_the_proxy() {
    for (host, tls, expected) in [
        ("tcp://dind:2375", "", "docker:2375,docker:2376,dind:2375"),
        ("tcp://dind", "", "docker:2375,docker:2376,dind:2375"),
        ("tcp://dind", "1", "docker:2375,docker:2376,dind:2376"),
        ("tcp://docker:2376/", "1", "docker:2375,docker:2376"),
        ("tcp://172.17.0.3:2375", "", "docker:2375,docker:2376,172.17.0.3:2375"),
        ("tcp://[fd00::2]:2375", "", "docker:2375,docker:2376,fd00::2"),
        ("unix:///var/run/docker.sock", "", "docker:2375,docker:2376"),
        ("ssh://host:22", "", "docker:2375,docker:2376"),
    ] {
        let job = Job::behind_proxy().env("DOCKER_HOST", host).env("DOCKER_TLS_VERIFY", tls);
        assert!(
            exports(&job).contains(&format!("export NO_PROXY='{expected}'\n")),
            "{host}: {}",
            exports(&job)
        );
    }
    let job = Job::behind_proxy()
        .env("NO_PROXY", "*")
        .env("DOCKER_HOST", "tcp://dind:2375")
        .env("JOBPROXY_ADD", "x");
    assert!(exports(&job).contains("export NO_PROXY='*'\n"));
}

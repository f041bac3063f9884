use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::*;

/// A server on loopback that records requests and gives a fixed answer.
pub struct Server {
    pub address: String,
    asked: Receiver<String>,
}

impl Server {
    /// Gives this answer to every request, then closes.
    pub fn saying(answer: &'static str) -> Self {
        Self::new(move |stream, _| stream.write_all(answer.as_bytes()).unwrap())
    }

    fn new(mut answer: impl FnMut(&mut TcpStream, &str) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, asked) = channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 1024];
                let read = stream.read(&mut request).unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                sender.send(request.clone()).unwrap();
                answer(&mut stream, &request);
            }
        });
        Self { address, asked }
    }

    pub fn url(&self) -> String {
        format!("http://alice:s3cr%40t@{}", self.address)
    }

    /// The first lines of the requests until now.
    fn asked(&self) -> Vec<String> {
        self.asked.try_iter().map(|request| request.lines().next().unwrap_or_default().to_owned()).collect()
    }
}

/// A job whose proxies are this one.
fn behind(proxy: &str) -> Job {
    both(both(job(), "http_proxy", proxy), "https_proxy", proxy)
}

/// Runs doctor with `--connect`, and expects a finding with this name and text, or none of `connect-*`.
#[track_caller]
fn connect(job: &Job, name: &str, text: &str) -> String {
    let ran = job.run(&["doctor", "--connect"]).never_says("s3cr").never_says("YWxp");
    let end = format!(" ({name})");
    let is_meant = |line: &&str| line.ends_with(&end) && line.contains(text);
    if name.is_empty() {
        // No program of these jobs can judge a certificate.
        let found = ran.stdout.replace("(connect-ca-unchecked)", "");
        assert!(!found.contains("(connect-"), "{found}");
    } else {
        assert!(ran.stdout.lines().any(|line| is_meant(&line)), "{name}: {text} is not in:\n{}", ran.stdout);
    }
    ran.stdout
}

const HTTPS: &str = "https://gitlab.corp.example";

#[test]
fn an_answer_of_the_proxy_is_judged_and_never_shown() {
    for (answer, name, text) in [
        ("HTTP/1.1 200 OK\r\n\r\n", "", ""),
        (
            "HTTP/1.1 407 s3cr@t\r\nProxy-Authenticate: Basic realm=\"s3cr@t\"\r\n\r\n",
            "connect-login",
            "answered CONNECT gitlab.corp.example:443 with status 407; the proxy refuses this user or password; correct them",
        ),
        (
            "HTTP/1.1 407 x\r\n\r\n",
            "connect-login",
            "with status 407; the proxy refuses this user or password",
        ),
        (
            "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\r\n",
            "connect-login-scheme",
            "with status 407; the proxy accepts NTLM, Negotiate only, and most programs send Basic only; run cntlm or px",
        ),
        (
            "HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate, Basic realm=x\r\n\r\n",
            "connect-login",
            "the proxy refuses this user or password",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "connect-forbidden",
            "with status 403; the proxy refuses connections to this host: ",
        ),
        (
            "HTTP/1.1 503 alice:s3cr@t s3cr%40t\r\n\r\n",
            "connect-status",
            "with status 503; the proxy does not reach the host: ",
        ),
        ("HTTP/1.1 302 Found\r\n\r\n", "connect-status", "with status 302; see the proxy's own log"),
        (
            "alice:s3cr@t s3cr%40t\r\n\r\n",
            "connect-not-http",
            "with something that is not HTTP; check that host and port",
        ),
        (
            "HTTP/1.1 s3c alice\r\n\r\n",
            "connect-not-http",
            "with something that is not HTTP; check that host and port",
        ),
        (
            "",
            "connect-not-http",
            "closed the connection without an answer to CONNECT gitlab.corp.example:443; check",
        ),
    ] {
        let proxy = Server::saying(answer);
        let found = connect(&behind(&proxy.url()).env("CI_SERVER_URL", HTTPS), name, text);
        assert!(
            name.is_empty()
                || found.contains(&format!(" HTTP_PROXY, HTTPS_PROXY: http://***@{} ", proxy.address)),
            "{found}"
        );
    }
    let without_login = Server::saying("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n");
    let job = behind(&format!("http://{}", without_login.address)).env("CI_SERVER_URL", HTTPS);
    connect(
        &job,
        "connect-login",
        "the proxy wants a user and a password; write http://USER:PASSWORD@HOST:PORT",
    );
    connect(
        &behind("http://127.0.0.1:1"),
        "connect-unreachable",
        "cannot be reached: connection refused; check host and port",
    );
    connect(
        &behind("http://no-such-host.invalid:1"),
        "connect-unresolved",
        "cannot be reached: the name cannot be resolved; ",
    );
}

#[test]
fn the_proxy_is_asked_for_the_server_as_git_would_ask() {
    for (variables, asked) in [
        (&[("CI_SERVER_URL", HTTPS)][..], "CONNECT gitlab.corp.example:443 HTTP/1.1"),
        (
            &[("CI_SERVER_URL", "https://gitlab.corp.example:8443/base")],
            "CONNECT gitlab.corp.example:8443 HTTP/1.1",
        ),
        (&[("CI_SERVER_URL", "http://gitlab.corp.example")], "GET http://gitlab.corp.example:80/ HTTP/1.1"),
        (&[("CI_SERVER_URL", "http://u:s3cret@[fd00::5]:8080/x")], "GET http://[fd00::5]:8080/ HTTP/1.1"),
        (&[("CI_SERVER_HOST", "gitlab.corp.example")], "CONNECT gitlab.corp.example:443 HTTP/1.1"),
        (
            &[("CI_SERVER_HOST", "git.x"), ("CI_SERVER_PORT", "8080"), ("CI_SERVER_PROTOCOL", "http")],
            "GET http://git.x:8080/ HTTP/1.1",
        ),
    ] {
        let proxy = Server::saying("HTTP/1.1 200 OK\r\n\r\n");
        let mut job = behind(&proxy.url());
        for (name, value) in variables {
            job = job.env(*name, *value);
        }
        connect(&job, "", "");
        assert_eq!(proxy.asked(), [asked]);
    }
}

/// A redirect to the page for signing in is GitLab's own answer, and shows that the proxy lets the job through.
#[test]
fn an_answer_of_the_server_through_the_proxy_is_no_fault() {
    for status in ["302 Found", "404 Not Found", "401 Unauthorized"] {
        let answer = format!("HTTP/1.1 {status}\r\n\r\n");
        let proxy = Server::new(move |stream, _| stream.write_all(answer.as_bytes()).unwrap());
        connect(&behind(&proxy.url()).env("CI_SERVER_URL", "http://gitlab.corp.example"), "", "");
    }
    let proxy = Server::saying("HTTP/1.1 504 Gateway Time-out\r\n\r\n");
    let job = behind(&proxy.url()).env("CI_SERVER_URL", "http://gitlab.corp.example");
    connect(&job, "connect-status", "answered GET http://gitlab.corp.example:80/ with status 504; ");
}

#[test]
fn a_server_that_the_list_exempts_is_tried_without_the_proxy() {
    let (proxy, server) = (Server::saying("HTTP/1.1 400 x\r\n\r\n"), Server::saying(""));
    let port = server.address.rsplit(':').next().unwrap();
    let job = behind(&proxy.url()).env("CI_SERVER_URL", format!("https://127.0.0.1:{port}"));
    connect(&job, "", "");
    // The server may see the connection after its client has left.
    let asked = server.asked.recv_timeout(Duration::from_secs(10));
    assert_eq!((proxy.asked()[0].as_str(), asked.is_ok()), ("GET / HTTP/1.1", true));
    let job = job.env("CI_SERVER_URL", "http://127.0.0.1:1");
    connect(
        &job,
        "connect-direct",
        "CI_SERVER_URL: git goes direct to 127.0.0.1:1 (127.0.0.1 matches), which fails: connection refused; ",
    );
    assert!(proxy.asked().iter().all(|asked| !asked.contains("127.0.0.1:1")));
}

#[test]
fn each_proxy_is_tried_once_and_only_the_proxy_on_the_way_is_asked_for_the_server() {
    let (http, https) = (Server::saying("HTTP/1.1 400 x\r\n\r\n"), Server::saying("HTTP/1.1 200 x\r\n\r\n"));
    let job = both(both(job(), "http_proxy", &http.url()), "https_proxy", &https.url());
    connect(&job.env("CI_SERVER_URL", HTTPS), "", "");
    assert_eq!(https.asked(), ["CONNECT gitlab.corp.example:443 HTTP/1.1"]);
    assert!(http.asked().iter().all(|asked| asked == "GET / HTTP/1.1" || !asked.contains("HTTP")));
}

#[test]
fn an_unknown_server_is_said_to_be_unknown() {
    let proxy = Server::saying("HTTP/1.1 400 x\r\n\r\n");
    connect(
        &behind(&proxy.url()),
        "connect-no-server",
        "note: CI_SERVER_URL and CI_SERVER_HOST are not set: ",
    );
}

#[test]
fn the_first_bytes_of_the_answer_show_whether_the_proxy_speaks_tls() {
    const ALERT: &[u8] = b"\x15\x03\x01\x00\x02\x02\x28";
    let alert = |stream: &mut TcpStream, _: &str| stream.write_all(ALERT).unwrap();
    let tls = Server::new(alert);
    let remedy = format!("speaks TLS, not plain HTTP; write https://{}", tls.address);
    connect(&behind(&tls.url()).env("CI_SERVER_URL", HTTPS), "connect-tls", &remedy);
    connect(
        &behind(&tls.url().replace("http:", "https:")),
        "connect-not-tried",
        "since the proxy speaks TLS; ",
    );
    // What nginx says of plain HTTP on a port for TLS.
    let polite = Server::new(|stream, request| {
        let answer = if request.starts_with('\u{16}') { ALERT } else { b"HTTP/1.1 400 Bad Request\r\n\r\n" };
        stream.write_all(answer).unwrap();
    });
    connect(&behind(&polite.url()).env("CI_SERVER_URL", HTTPS), "connect-tls", "speaks TLS, not plain HTTP");
    let plain = Server::saying("HTTP/1.1 400 Bad Request\r\n\r\n");
    let text = format!("answers TLS in plain HTTP; write http://{}", plain.address);
    connect(&behind(&plain.url().replace("http:", "https:")), "connect-not-tls", &text);
    let garbage = Server::saying("SSH-2.0-x\r\n");
    connect(
        &behind(&garbage.url().replace("http:", "https:")),
        "connect-not-tls",
        "does not answer a TLS handshake in TLS",
    );
}

#[test]
fn a_proxy_gets_three_seconds_for_everything() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = Server::new(|stream, _| {
        while stream.write_all(b"HTTP").is_ok() {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for (proxy, name, text) in [
        (
            silent.clone(),
            "connect-silent",
            "did not answer CONNECT gitlab.corp.example:443 in 3 seconds; see the proxy's own log",
        ),
        (silent.replace("http:", "https:"), "connect-silent", "did not answer a TLS handshake in 3 seconds"),
        (slow.url(), "connect-not-http", "with something that is not HTTP"),
    ] {
        let start = Instant::now();
        connect(&behind(&proxy).env("CI_SERVER_URL", HTTPS), name, text);
        let time = start.elapsed();
        // The names of the job's own hosts are looked up in the same run.
        assert!(time < Duration::from_secs(8), "{proxy}: {time:?}");
    }
}

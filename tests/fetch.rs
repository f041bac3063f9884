//! The script that the include and the component put in front of a job. The script fetches a pinned jobproxy and runs
//! it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::sync::mpsc::{Receiver, channel};

use crate::hook::{SHELLS, project};
use crate::needs::installed;
use crate::support::{Job, Ran, program, tool};

const INCLUDE: &str = "ci-templates/gitlab-ci/jobproxy.gitlab-ci.yml";
const COMPONENT: &str = "templates/jobproxy/template.yml";
const TOKEN: &str = "glcbt-Secret_1";
const UNCHANGED: &str = "; the variables of the runner stay as they are\n";

/// The name of a client, and the program that the client needs.
const CLIENTS: [(&str, &str); 3] = [("curl", "curl"), ("wget", "wget"), ("wget", "busybox")];

/// The only item of a template's `before_script`, a block.
fn before_script(template: &str) -> String {
    let text = fs::read_to_string(project().join(template)).unwrap();
    let (_, block) = text.split_once("\n  before_script:\n    - |\n").unwrap();
    block.lines().map(|line| line.strip_prefix("      ").unwrap_or(line).to_owned() + "\n").collect()
}

/// A web server on loopback that records its requests.
struct Server {
    url: String,
    requests: Receiver<Request>,
}

struct Request {
    head: String,
    /// Whether any process had the token among its arguments at that time.
    shows_token: bool,
}

impl Server {
    /// Returns the body for a path, or a status.
    fn start(answer: impl Fn(&str) -> Result<Vec<u8>, &'static str> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let head = read_head(&mut stream);
                let answered = answer(head.split(' ').nth(1).unwrap_or_default());
                let (status, body) = answered.map_or_else(|status| (status, vec![]), |body| ("200 OK", body));
                let _ = sender.send(Request { head, shows_token: token_is_an_argument() });
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            }
        });
        Self { url, requests }
    }

    /// A release in the folder /api/v4/release.
    fn with_release() -> Self {
        Self::start(|path| match path.strip_prefix("/api/v4/release/") {
            Some(file) if file == file_name() => Ok(release()),
            _ => Err("404 Not Found"),
        })
    }
}

fn file_name() -> String {
    let machine = std::env::consts::ARCH;
    if machine == "x86_64" { "jobproxy".to_owned() } else { format!("jobproxy-{machine}") }
}

/// The file of the release. It starts the program under test, since the checksum of the program would take most of
/// the time.
fn release() -> Vec<u8> {
    format!("#!/bin/sh\nexec {} \"$@\"\n", program().display()).into_bytes()
}

fn read_head(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn token_is_an_argument() -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let arguments = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    arguments.into_iter().any(|line| String::from_utf8_lossy(&line).contains(TOKEN))
}

/// A job in an image whose PATH has one client and what else the script needs, but for one tool.
fn job(client: Option<(&str, &str)>, without: &str, server: &Server) -> Job {
    let job = Job::behind_proxy().env("NO_PROXY", "127.0.0.1");
    let bin = job.path("bin");
    fs::create_dir(&bin).unwrap();
    fs::create_dir(job.path("tmp")).unwrap();
    for name in ["chmod", "mktemp", "rm", "sha256sum", "tail", "timeout", "true", "uname"] {
        if name != without {
            symlink(tool(name), bin.join(name)).unwrap();
        }
    }
    if let Some((name, program)) = client {
        symlink(tool(program), bin.join(name)).unwrap();
    }
    job.write("release", release());
    let sum = job.ran(job.command(tool("sha256sum")).arg("release")).status(0).stdout;
    let (tmp, url) = (job.path("tmp"), format!("{}/api/v4/release", server.url));
    job.env("PATH", bin)
        .env("TMPDIR", tmp)
        .env("JOBPROXY_URL", url)
        .env("JOBPROXY_SHA256", format!("{} {}", "0".repeat(64), &sum[..64]))
}

fn run(job: &Job, shell: &[&str]) -> Ran {
    let script = before_script(INCLUDE)
        + "echo \"script: ${http_proxy-none} ${url-nothing left behind}\"\n\
           type jobproxy_setup >/dev/null 2>&1 && echo a function is left behind || :";
    let ran = job.ran(job.command(tool(shell[0])).args(&shell[1..]).args(["-c", &script])).status(0);
    let left = fs::read_dir(job.path("tmp")).unwrap().flatten().map(|entry| entry.file_name());
    // The bundle of certificates is for the job.
    let mut left = left.filter(|name| !name.to_string_lossy().starts_with("jobproxy-ca-"));
    assert_eq!(left.next(), None, "{shell:?}: a file is left behind");
    ran
}

/// Runs the script in every shell with the strictest options. Expects that the script continues without jobproxy and
/// prints this line.
fn continues_without(job: &Job, line: &str) {
    for shell in installed(&SHELLS).into_iter().filter(|shell| shell.contains(&"-eu")) {
        let ran = run(job, shell).stdout("script: none nothing left behind\n").says(UNCHANGED);
        assert!(ran.stderr.starts_with("jobproxy: ") && ran.stderr.lines().count() == 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(line), "{shell:?}: {line:?} is not in {}", ran.stderr);
    }
}

fn clients() -> impl Iterator<Item = (&'static str, &'static str)> {
    CLIENTS.into_iter().filter(|(_, program)| !crate::needs::lacks(program))
}

#[test]
fn include_and_component_run_the_same_script_and_shellcheck_finds_nothing_in_it() {
    let script = before_script(INCLUDE);
    assert_eq!(before_script(COMPONENT), script);
    needs!("shellcheck");
    let job = Job::new().file("script", &script);
    job.ran(job.command(tool("shellcheck")).args(["--shell=sh", "script"])).status(0).stdout("");
}

#[test]
fn every_client_fetches_the_pinned_file_for_this_machine() {
    let server = Server::with_release();
    for client in clients() {
        for shell in installed(&SHELLS) {
            let job = job(Some(client), "", &server);
            let ran = run(&job, shell).stdout("script: http://proxy.corp:3128 nothing left behind\n");
            assert!(ran.stderr.lines().all(|line| line.starts_with("jobproxy: ")), "{}", ran.stderr);
            assert!(job.files().contains(&".gitconfig".to_owned()));
        }
    }
    assert!(server.requests.try_iter().all(|request| !request.head.contains("JOB-TOKEN")));
}

#[test]
fn after_script_gets_the_variables_where_the_runner_supports_gitlab_env() {
    needs!("curl");
    let server = Server::with_release();
    let job = job(Some(CLIENTS[0]), "", &server).file("environment", "");
    let file = job.path("environment");
    let job = job.env("GITLAB_ENV", file);
    run(&job, &["sh"]).says("environment");
    let lines = job.read("environment");
    assert!(lines.contains("http_proxy=http://proxy.corp:3128\n"), "{lines}");
}

#[test]
fn the_token_goes_to_this_gitlab_server_alone_and_into_no_process_list() {
    for client in clients() {
        let server = Server::with_release();
        let api = format!("{}/api/v4", server.url);
        let job = job(Some(client), "", &server).env("CI_JOB_TOKEN", TOKEN).env("CI_API_V4_URL", api);
        run(&job, &["sh"]).stdout("script: http://proxy.corp:3128 nothing left behind\n");
        let request = server.requests.recv().unwrap();
        assert!(request.head.contains(&format!("JOB-TOKEN: {TOKEN}\r\n")), "{}", request.head);
        assert_eq!(request.shows_token, client.1 == "busybox");
        run(&job.env("CI_API_V4_URL", format!("{}/api/v4/rel", server.url)), &["sh"]);
        let request = server.requests.recv().unwrap();
        assert!(!request.head.contains("JOB-TOKEN"), "{}", request.head);
    }
}

#[test]
fn a_server_that_the_proxy_does_not_reach_is_asked_without_the_proxy() {
    let (server, proxy) = (Server::with_release(), Server::start(|_| Err("502 Bad Gateway")));
    for client in clients() {
        let job = job(Some(client), "", &server).env("HTTP_PROXY", &proxy.url).env("NO_PROXY", "localhost");
        run(&job, &["sh"]).stdout(&format!("script: {} nothing left behind\n", proxy.url));
        assert_eq!(proxy.requests.try_iter().count(), 1, "{client:?}");
        assert_eq!(server.requests.try_iter().count(), 1, "{client:?}");
    }
}

#[test]
fn each_cause_has_a_line_of_its_own() {
    let server = Server::with_release();
    for client in clients() {
        let job = || job(Some(client), "", &server);
        let file = file_name();
        continues_without(&job().env("JOBPROXY_URL", &server.url), &format!("/{file} is not found (404)"));
        continues_without(&job().env("JOBPROXY_SHA256", "0".repeat(64)), "which is not in JOBPROXY_SHA256");
        continues_without(&job().env("JOBPROXY_SHA256", ""), "which is not in JOBPROXY_SHA256");
        let refused = job()
            .env("JOBPROXY_URL", "http://alice:s3cret@127.0.0.1:1")
            .env("HTTP_PROXY", "http://127.0.0.1:1");
        continues_without(&refused, &format!("jobproxy: 127.0.0.1:1/{file} cannot be fetched: "));
        continues_without(&job().without("JOBPROXY_URL"), "JOBPROXY_URL is not set");
    }
}

/// `echo` is the `uname` of this image: the machine's name is `-m`.
#[test]
fn another_machine_takes_the_file_of_its_name() {
    needs!("curl");
    let job = job(Some(CLIENTS[0]), "uname", &Server::with_release());
    symlink(tool("echo"), job.path("bin/uname")).unwrap();
    run(&job, &["sh"])
        .stdout("script: none nothing left behind\n")
        .says("/release/jobproxy--m is not found (404)");
}

/// Not for BusyBox sh, which finds its own sha256sum and wget without a PATH.
#[test]
fn without_a_client_or_sha256sum_nothing_is_run() {
    needs!("curl");
    let server = Server::with_release();
    for (job, line) in [
        (job(None, "", &server), "neither curl nor wget is in this image"),
        (job(Some(CLIENTS[0]), "sha256sum", &server), "sha256sum is not in this image"),
    ] {
        run(&job, &["sh"]).stdout("script: none nothing left behind\n").says(line).says(UNCHANGED);
    }
}

#[test]
fn a_fetched_jobproxy_that_refuses_its_variables_changes_nothing() {
    needs!("curl");
    let server = Server::with_release();
    let job = job(Some(CLIENTS[0]), "", &server).env("JOBPROXY_CIDR", "nonsense");
    run(&job, &["sh"]).stdout("script: none nothing left behind\n").says("JOBPROXY_CIDR").says(UNCHANGED);
}

/// What the client was told to trust: the image's certificates and the CA.
#[test]
fn a_proxy_that_opens_tls_is_trusted_by_its_ca_beside_the_certificates_of_the_image() {
    needs!("curl", "bash");
    let image = std::path::Path::new("/etc/ssl/certs/ca-certificates.crt");
    if !image.exists() {
        return;
    }
    let server = Server::with_release();
    let told = |job: Job, source: &str| {
        let corp = job.path("corp.pem");
        job.write("corp.pem", include_str!("data/ca/corp-root.pem"));
        symlink(tool("cat"), job.path("bin/cat")).unwrap();
        let curl = format!(
            "#!{}\nlast=\nfor word; do [ \"$last\" != --cacert ] || cat \"$word\" >\"$HOME/told\"; last=$word; done\nexec {} \"$@\"\n",
            tool("bash").display(),
            tool("curl").display()
        );
        job.write("bin/curl", curl);
        fs::set_permissions(job.path("bin/curl"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let job = if source.is_empty() { job } else { job.env(source, corp) };
        run(&job, &["sh"]).stdout("script: http://proxy.corp:3128 nothing left behind\n");
        fs::read_to_string(job.path("told")).ok()
    };
    let whole = [include_str!("data/ca/corp-root.pem"), &fs::read_to_string(image).unwrap()].join("\n");
    for source in ["JOBPROXY_CA", "CI_SERVER_TLS_CA_FILE"] {
        assert_eq!(told(job(None, "", &server), source).as_deref(), Some(whole.as_str()), "{source}");
    }
    assert_eq!(told(job(None, "", &server), ""), None);
    assert_eq!(told(job(None, "", &server).env("JOBPROXY_NO_CA", "1"), "JOBPROXY_CA"), None);
}

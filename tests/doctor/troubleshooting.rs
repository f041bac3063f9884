//! Runs every command of docs/troubleshooting.md, and compares the output and the effect with the document.

use std::net::TcpListener;

use super::connect::Server;
use super::*;

const DOCUMENT: &str = include_str!("../../docs/troubleshooting.md");

/// A part of the document below one heading.
struct Section {
    heading: &'static str,
    /// The commands that show the fault.
    show: String,
    /// The lines that the commands print, with `...` for any text.
    shown: Vec<&'static str>,
    /// The commands that fix the fault.
    fix: String,
}

fn sections(document: &'static str) -> Vec<Section> {
    let parts = document.split("\n### ");
    parts.map(|part| section(part.split("\n## ").next().unwrap())).collect()
}

fn section(part: &'static str) -> Section {
    let (heading, body) = part.split_once('\n').unwrap();
    let (mut show, mut shown, mut fix) = (String::new(), Vec::new(), String::new());
    let mut is_fix = false;
    // Fences come in pairs.
    for (at, text) in body.split("```").enumerate() {
        is_fix |= at % 2 == 0 && text.lines().any(|line| line.starts_with("Fix"));
        match text.strip_prefix("sh\n") {
            _ if at % 2 == 0 => {}
            Some(commands) if is_fix => fix += commands,
            Some(commands) => show += commands,
            None => shown.extend(text.lines().filter(|line| !line.is_empty())),
        }
    }
    Section { heading, show, shown, fix }
}

/// Whether a line matches the line of the document.
fn matches(pattern: &str, line: &str) -> bool {
    let (first, rest) =
        pattern.split_once("...").map_or((pattern, None), |(first, rest)| (first, Some(rest)));
    let Some(left) = line.strip_prefix(first) else { return false };
    match rest {
        None => left.trim_end().is_empty(),
        Some(rest) => (0..=left.len()).any(|at| left.is_char_boundary(at) && matches(rest, &left[at..])),
    }
}

/// The job that a section is about, and the servers that it needs.
struct Fixture {
    job: Job,
    _servers: Vec<Server>,
    _listener: Option<TcpListener>,
}

impl From<Job> for Fixture {
    fn from(job: Job) -> Self {
        Self { job, _servers: Vec::new(), _listener: None }
    }
}

fn plain() -> Job {
    let job = with_programs(Job::new(), &[]);
    std::fs::create_dir_all(job.path("bin")).unwrap();
    std::os::unix::fs::symlink(crate::support::program(), job.path("bin/jobproxy")).unwrap();
    let path = format!("{}:/usr/bin:/bin", job.path("bin").display());
    job.env("PATH", path)
}

/// A job with this proxy in both variables.
fn with_proxy(proxy: &str) -> Job {
    plain().env("HTTP_PROXY", proxy).env("HTTPS_PROXY", proxy)
}

fn behind_proxy() -> Job {
    with_proxy("http://proxy.corp:3128").env("http_proxy", "http://proxy.corp:3128")
}

fn with_file(job: Job, name: &str, content: &str, mode: u32) -> Fixture {
    let job = job.file(name, content);
    fs::set_permissions(job.path(name), fs::Permissions::from_mode(mode)).unwrap();
    job.into()
}

fn docker(content: &str) -> Fixture {
    with_file(behind_proxy(), ".docker/config.json", content, 0o600)
}

fn git(content: &str) -> Fixture {
    with_file(behind_proxy(), ".gitconfig", content, 0o600)
}

/// A job behind a proxy with one fixed answer; `scheme` is the scheme of the variable.
fn answering(scheme: &str, answer: &'static str) -> Fixture {
    let proxy = Server::saying(answer);
    let url = proxy.url().replace("http:", scheme);
    let job = with_proxy(&url).env("CI_SERVER_URL", "https://gitlab.example.com");
    Fixture { _servers: vec![proxy], ..job.into() }
}

fn listening(job: impl FnOnce(&str) -> Job) -> Fixture {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let job = job(&listener.local_addr().unwrap().to_string());
    Fixture { _listener: Some(listener), ..job.into() }
}

/// The certificates of a company, of another one, and of a server.
fn with_certificates(job: Job) -> Job {
    job.file("corp.pem", include_str!("../data/ca/corp-root.pem"))
        .file("other.pem", include_str!("../data/ca/other-root.pem"))
        .file("leaf.pem", include_str!("../data/ca/leaf.pem"))
}

fn with_program(job: &Job, name: &str, script: &str) {
    let path = job.path("bin").join(name);
    fs::write(&path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

const ESTABLISHED: &str = "HTTP/1.1 200 x\r\n\r\n";
const FORBIDDEN: &str = "HTTP/1.1 403 x\r\n\r\n";
const LOGIN: &str = "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=x\r\n\r\n";
const PLAIN: &str = "HTTP/1.1 400 x\r\n\r\n";
const FLAT: &str = r#"{"proxies":{"httpProxy":"http://proxy.corp:3128"}}"#;
const OTHER: &str = r#"{"proxies":{"default":{"httpProxy":"http://old.corp:3128"}}}"#;
const HIDING: &str = r#"{"proxies":{"tcp://docker:2375":{"httpProxy":"http://old.corp:3128"}}}"#;
const OLD_PROXY: &str = "[http]\n\tproxy = http://old.corp:3128\n";

/// The fixture of a section; a section without one shows its fault by its own commands.
fn fixture(heading: &str) -> Fixture {
    match heading {
        "Could not resolve proxy" => with_proxy("http://no-such-proxy.invalid:3128").into(),
        "lookup http: no such host" => with_proxy(r"http://alice:s3\cret@proxy.corp:3128").into(),
        "407 Proxy Authentication Required" | "connect-login" => answering("http:", LOGIN),
        "CONNECT tunnel failed, response 403" | "connect-forbidden" => answering("http:", FORBIDDEN),
        "503 Service Unavailable or 504 Gateway Timeout for a host of your own network" => {
            both(behind_proxy(), "no_proxy", "10.0.0.0/8").into()
        }
        "error during connect, or Cannot connect to the Docker daemon at tcp://docker:2375"
        | "docker pull hangs, or i/o timeout in a docker-in-docker job" => {
            behind_proxy().env("DOCKER_HOST", "tcp://docker:2375").into()
        }
        "http: server gave HTTP response to HTTPS client" => {
            let registry = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            let job = plain().env("DOCKER_HOST", "tcp://docker:2375").env("DOCKER_TLS_VERIFY", "1");
            let job = job.env("CI_REGISTRY", &registry.address);
            Fixture { _servers: vec![registry], ..job.into() }
        }
        "tls: first record does not look like a TLS handshake" | "connect-not-tls" => {
            answering("https:", PLAIN)
        }
        "docker login works, docker build does not" | "docker-config-lacks" => docker("{}"),
        "unable to get local issuer certificate"
        | "ca-file-lacks"
        | "ca-not-set-up"
        | "ca-refused"
        | "connect-ca-unknown"
        | "connect-ca-unchecked" => certificates(heading),
        "refusing to use HTTP_PROXY value in CGI environment" => behind_proxy().into(),
        "Failed to connect to 127.0.0.1 port 3128" => {
            let job = plain().env("CI_DISPOSABLE_ENVIRONMENT", "true");
            both(both(job, "http_proxy", "http://127.0.0.1:3128"), "https_proxy", "http://127.0.0.1:3128")
                .into()
        }
        "A program hangs, or Connection timed out" => with_proxy("http://proxy.corp:3128").into(),
        "fatal: unable to access ...: Failed to connect to an old proxy" | "git-proxy-differs" => {
            git(OLD_PROXY)
        }
        "proxy-own-address" => {
            // The address of every interface.
            plain().env("CI_DISPOSABLE_ENVIRONMENT", "true").env("HTTP_PROXY", "http://0.0.0.0:3128").into()
        }
        "no-proxy-private-host" => {
            let proxy = Server::saying("HTTP/1.1 200 OK\r\n\r\n");
            let job = plain().env("http_proxy", proxy.url()).env("CI_SERVER_URL", "http://localhost");
            Fixture { _servers: vec![proxy], ..job.into() }
        }
        "docker-config-invalid" => docker(FLAT),
        "docker-config-readable" => {
            with_file(behind_proxy(), ".docker/config.json", r#"{"auths":{"r.corp":{"auth":"eDp5"}}}"#, 0o644)
        }
        "docker-config-differs" => docker(OTHER),
        "docker-config-hidden" => {
            let job = behind_proxy().env("DOCKER_HOST", "tcp://docker:2375");
            with_file(job, ".docker/config.json", HIDING, 0o600)
        }
        "docker-config-alone" => with_file(plain(), ".docker/config.json", OTHER, 0o600),
        "git-locked" => {
            let fixture = with_file(behind_proxy(), ".gitconfig.lock", "", 0o600);
            let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
            let lock = fs::File::options().write(true).open(fixture.job.path(".gitconfig.lock")).unwrap();
            lock.set_modified(old).unwrap();
            fixture
        }
        "git-config-invalid" => behind_proxy().env("GIT_CONFIG_GLOBAL", "/dev/null").into(),
        "git-url-proxy" => git("[http \"https://git.example.com\"]\n\tproxy =\n"),
        "git-proxy-alone" => with_file(plain(), ".gitconfig", OLD_PROXY, 0o600),
        "git-https-proxy" => git("[https]\n\tproxy = http://old.corp:3128\n"),
        "program-not-set-up" => with_file(behind_proxy(), "bin/java", "#!/bin/sh\n", 0o755),
        "node-old" => with_file(behind_proxy(), "bin/node", "#!/bin/sh\necho v20.1.0\n", 0o755),
        "wget-busybox" => {
            let fixture = with_file(both(behind_proxy(), "no_proxy", "a.corp"), "bin/busybox", "", 0o755);
            std::os::unix::fs::symlink("busybox", fixture.job.path("bin/wget")).unwrap();
            fixture
        }
        "sudo-drops-variables" => with_file(behind_proxy(), "bin/sudo", "#!/bin/sh\n", 0o755),
        "buildx-builder" => {
            let builder = r#"{"Name":"box","Driver":"docker-container","Nodes":[{"Name":"box0"}]}"#;
            with_file(behind_proxy(), ".docker/buildx/instances/box", builder, 0o600)
        }
        "connect-silent" => listening(|address| {
            with_proxy(&format!("http://{address}")).env("CI_SERVER_URL", "https://gitlab.example.com")
        }),
        "connect-not-http" => answering("http:", "SSH-2.0-OpenSSH\r\n"),
        "connect-tls" => answering("http:", "\u{15}\u{3}\u{1}\0\u{2}\u{2}("),
        "connect-login-scheme" => answering(
            "http:",
            "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\r\n",
        ),
        "connect-status" => answering("http:", "HTTP/1.1 503 x\r\n\r\n"),
        "connect-not-tried" => listening(|address| plain().env("ALL_PROXY", format!("socks5://{address}"))),
        "connect-no-server" => {
            let proxy = Server::saying(PLAIN);
            let job = with_proxy(&proxy.url());
            Fixture { _servers: vec![proxy], ..job.into() }
        }
        _ => plain().into(),
    }
}

/// The fixtures of the sections on certificates.
fn certificates(heading: &str) -> Fixture {
    match heading {
        "unable to get local issuer certificate" => {
            with_certificates(plain()).env("SSL_CERT_FILE", "/etc/ssl/corp.pem").into()
        }
        "connect-ca-unknown" => {
            // The real openssl is tried in tests/e2e/19-ca.sh.
            let proxy = Server::saying(ESTABLISHED);
            let job = with_proxy(&format!("http://{}", proxy.address));
            let job = job.env("CI_SERVER_URL", "https://gitlab.example.com");
            let script = "#!/bin/sh\ncat \"$HOME/leaf.pem\"\necho '    Verify return code: 20 (unable to get local issuer certificate)'\n";
            let job = with_certificates(job);
            with_program(&job, "openssl", script);
            Fixture { _servers: vec![proxy], ..job.into() }
        }
        "connect-ca-unchecked" => answering("http:", ESTABLISHED),
        _ => with_certificates(plain()).into(),
    }
}

/// The output of a script, with both streams.
fn run(job: &Job, script: &str) -> Ran {
    let script = format!("exec 2>&1\n{script}");
    job.ran(job.command("/bin/sh").args(["-c", &script]))
}

fn is_shown(pattern: &str, output: &str) -> bool {
    output.lines().any(|line| matches(pattern, line))
}

#[test]
fn every_command_shows_what_the_document_says() {
    needs!("git", "curl");
    for Section { heading, show, shown, .. } in sections(DOCUMENT) {
        assert!(!show.is_empty(), "{heading}: no command");
        if heading == "proxy-loopback-in-containers" && crate::needs::lacks("no container around the tests") {
            continue;
        }
        let output = run(&fixture(heading).job, &show).stdout;
        assert!(!output.contains("not found"), "{heading}: {output}");
        for line in shown {
            assert!(is_shown(line, &output), "{heading}: {line}\nis not in:\n{output}");
        }
    }
}

#[test]
fn every_command_that_fixes_a_fault_fixes_the_fault() {
    needs!("git", "curl");
    for Section { heading, show, shown, fix } in
        sections(DOCUMENT).into_iter().filter(|it| !it.fix.is_empty())
    {
        // An assignment before a command in the same line is for that command only.
        let (variables, command) = show.rsplit_once("jobproxy doctor").unwrap_or(("", ""));
        let variables = variables.lines().last().filter(|line| line.contains('='));
        let export = variables.map(|variables| format!("export {variables}\n")).unwrap_or_default();
        let check = if fix.contains("jobproxy doctor") || command.is_empty() {
            String::new()
        } else {
            format!("jobproxy doctor{command}")
        };
        // Doctor's exit status is 1 for other faults, too.
        let script = format!("set -e\n{export}{fix}{check}");
        let script = script.lines().map(|line| {
            if line.contains("jobproxy doctor") { format!("{line} || :\n") } else { format!("{line}\n") }
        });
        let fixture = fixture(heading);
        let output = run(&fixture.job, &script.collect::<String>()).status(0).stdout;
        for line in shown.iter().filter(|line| line.starts_with("fail ") || line.starts_with("note")) {
            assert!(!is_shown(line, &output), "{heading}: {line}\nis still in:\n{output}");
        }
    }
}

#[test]
fn every_finding_has_a_section_in_the_order_of_the_table() {
    let findings = DOCUMENT.split_once("\n## Findings\n").unwrap().1;
    let sections = sections(findings);
    let headings: Vec<&str> = sections[1..].iter().map(|section| section.heading).collect();
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(headings, names);
    for (section, kind) in sections[1..].iter().zip(Kind::ALL) {
        let line = section.shown.iter().find(|line| line.ends_with(&format!(" ({})", kind.name())));
        let line = line.unwrap_or_else(|| panic!("{}: the section does not show the finding", kind.name()));
        assert!(line.starts_with(kind.level().word()), "{line}");
    }
}

//! Real programs read the files and variables that jobproxy wrote.

use std::ffi::OsStr;
use std::process::Command;

use crate::support::{Job, RecordingProxy, clis, tool};

fn bounded(job: &Job, program: impl AsRef<OsStr>) -> Command {
    let mut command = job.command(tool("timeout"));
    command.arg("20").arg(program);
    command
}

#[test]
fn docker_accepts_the_file_and_keeps_the_logins() {
    needs!("docker");
    let old = r#"{"auths":{"registry.corp":{"auth":"YWxpY2U6czNjcmV0"},"other":{"auth":"bGVmdDphbG9uZQ=="}},"currentContext":"default"}"#;
    for cli in clis() {
        let job = Job::behind_proxy().file(".docker/config.json", old);
        job.run(&[]).status(0);
        let config = job.path(".docker").display().to_string();
        let docker = |arguments: &[&str]| {
            let output = bounded(&job, &cli).args(["--config", &config]).args(arguments).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            assert!(!String::from_utf8_lossy(&output.stderr).contains("WARNING"), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(docker(&["context", "inspect", "--format", "{{.Name}}"]), "default\n");
        // `logout` reads the file and writes back what docker understood.
        docker(&["logout", "registry.corp"]);
        let text = job.read(".docker/config.json");
        assert!(!text.contains("YWxpY2U6czNjcmV0") && text.contains("bGVmdDphbG9uZQ=="), "{text}");
        assert!(text.contains("\"httpProxy\": \"http://proxy.corp:3128\""), "{text}");
        assert!(text.contains("\"noProxy\": \"docker:2375,docker:2376\""), "{text}");
        job.run(&[]).status(0).says("unchanged ~/.docker/config.json");
    }
}

#[test]
fn git_clones_through_the_proxy_with_its_password() {
    needs!("git");
    let proxy = RecordingProxy::start();
    let value = format!("http://alice:p%40ss@{}", proxy.address);
    let job = Job::new().env("HTTP_PROXY", &value).env("HTTPS_PROXY", &value);
    job.run(&[]).status(0);
    // Git knows the proxy from the file only.
    let job = job.without("HTTP_PROXY").without("HTTPS_PROXY").env("GIT_TERMINAL_PROMPT", "0");
    for (url, line) in [
        (
            "http://gitlab.corp/g/p.git",
            "GET http://gitlab.corp/g/p.git/info/refs?service=git-upload-pack HTTP/1.1",
        ),
        ("https://gitlab.corp/g/p.git", "CONNECT gitlab.corp:443 HTTP/1.1"),
    ] {
        let output = bounded(&job, tool("git")).args(["clone", url, "clone"]).output().unwrap();
        assert!(!output.status.success());
        let requests = proxy.requests();
        assert!(
            requests.contains(&format!("{line} | Proxy-Authorization: Basic YWxpY2U6cEBzcw==")),
            "{requests:?}"
        );
    }
}

#[test]
fn git_honours_no_proxy_beside_http_proxy() {
    needs!("git");
    let proxy = RecordingProxy::start();
    let value = format!("http://{}", proxy.address);
    let job = Job::new().env("HTTP_PROXY", &value).env("NO_PROXY", "*.corp");
    job.run(&[]).status(0);
    let script = "eval \"$(jobproxy env)\"; exec timeout 20 git ls-remote http://127.0.0.1:9/x.git";
    let job = job.env("PATH", "/usr/bin:/bin").env("JOBPROXY_ADD", "127.0.0.1");
    job.shell(&["dash"], script).status(128).says("127.0.0.1");
    assert_eq!(proxy.requests(), Vec::<String>::new());
}

#[test]
fn curl_takes_the_exported_variables() {
    needs!("curl");
    let proxy = RecordingProxy::start();
    let job = Job::new()
        .env("HTTP_PROXY", &proxy.address)
        .env("HTTPS_PROXY", &proxy.address)
        .env("PATH", "/usr/bin:/bin");
    let script = "eval \"$(jobproxy env)\"; for url in http://a.corp/ https://a.corp/; do \
                  timeout 20 curl -s -m 10 -o /dev/null $url; done; true";
    job.shell(&["dash"], script).status(0);
    assert_eq!(proxy.requests(), ["GET http://a.corp/ HTTP/1.1", "CONNECT a.corp:443 HTTP/1.1"]);
}

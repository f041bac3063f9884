//! No output holds a password, a token or a hash, whichever file the secret is in.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use super::{Host, golden, host_program};
use crate::support::tool;

/// Returns everything that the commands print about a host where each secret in the files is `secret`.
fn everything_printed(secret: &str) -> String {
    let (host, options) = golden::windows();
    for path in ["/etc/gitlab-runner/config.toml", "/etc/docker/daemon.json", "/etc/cntlm.conf"] {
        let text = host
            .read(path)
            .replace("s3cret", secret)
            .replace("Password\tpassword", &format!("Password\t{secret}"));
        host.write(path, text);
    }
    host.edit("/etc/cntlm.conf", "Username\ttestuser", "Username\talice");
    host.edit("/etc/cntlm.conf", "Domain\t\tcorp-uk", "Domain\t\tCORP");
    host.edit("/etc/cntlm.conf", "#SOCKS5User\tdave:password", &format!("SOCKS5User\tdave:{secret}"));
    host.write(
        "/etc/systemd/system/gitlab-runner.service.d/http-proxy.conf",
        format!("[Service]\nEnvironment=HTTPS_PROXY=http://u:{secret}@p:1 'OTHER={secret}'\n"),
    );
    let file = options.split_ascii_whitespace().find(|word| word.ends_with("/password")).unwrap();
    fs::write(file, secret).unwrap();
    let without_file = options.replace(&format!("--password-file {file} "), "");
    let proxied = Host::of("unix")
        .env("HTTP_PROXY", &format!("http://alice:{secret}@proxy:1"))
        .env("HTTPS_PROXY", &format!("http://{secret}@proxy:1"))
        .env("NO_PROXY", &format!("a,alice:{secret}@b"));
    let mut all = String::new();
    for (host, options) in [(&host, &*options), (&host, &*without_file), (&proxied, "")] {
        for words in
            ["plan", "plan --json", "check", "check --json", "apply", "check", "apply --json", "plan"]
        {
            let ran = host.run(&format!("{words} {options}"));
            all += &format!("{words}\n{}{}", ran.stdout, ran.stderr);
        }
        let config = "/etc/gitlab-runner/config.toml";
        host.write(config, format!("# HTTP_PROXY=http://u:{secret}@p:1\n{}", host.read(config)));
        for words in ["remove --json", "remove"] {
            let ran = host.run(words);
            all += &format!("{words}\n{}{}", ran.stdout, ran.stderr);
        }
    }
    all += &proxied.run("apply --proxy http://p:1").stdout;
    proxied.edit(
        "/etc/gitlab-runner/config.toml",
        "concurrent",
        &format!("concurrent = {secret} concurrent"),
    );
    all += &proxied.run("plan --proxy http://p:1").stderr;
    all + &proxied.run("remove").stdout
}

#[test]
fn what_is_printed_does_not_depend_on_any_secret() {
    needs!("cntlm");
    let one = everything_printed("s3cretQxJ");
    let other = everything_printed("s3cretKwV");
    let differs = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert_eq!(differs, None);
    assert!(!one.contains("s3cret") && !one.contains("QxJ"), "{one}");
    assert!(one.contains("PassNTLMv2\\t***") && one.contains("token = ***"), "{one}");
}

#[test]
fn a_password_is_asked_for_without_echo() {
    needs!("script", "cntlm");
    let host = Host::of("windows");
    let words = "apply --cntlm --listen 172.17.0.1:3129 --parent p:1 --user alice --domain CORP";
    let command = [host_program().display().to_string()].into_iter().chain(host.arguments(words));
    let mut script = Command::new(tool("script"));
    script.args(["-qec", &command.collect::<Vec<_>>().join(" "), "/dev/null"]).env("SHELL", "/bin/sh");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut said = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&said).contains("password of alice: ") {
        assert_eq!(output.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    input.write_all(b"s3cretCntlm\n").unwrap();
    output.read_to_end(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("+PassNTLMv2\t***") && !said.contains("s3cret"), "{said}");
    let asked = host.read("/etc/cntlm.conf");
    let (host, options) = super::golden::windows();
    host.run(&format!("apply {options}")).status(0);
    let hash = |text: &str| text.lines().find(|line| line.starts_with("PassNTLMv2")).map(str::to_owned);
    assert_eq!(hash(&asked), hash(&host.read("/etc/cntlm.conf")));
}

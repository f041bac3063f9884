use super::*;

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

#[test]
fn git_s_config_is_examined() {
    needs!("git");
    let config = |text: &str| job().env("PATH", "/usr/bin:/bin").file(".gitconfig", text);
    finds(
        &config("[http]\n\tproxy = http://u:s3cret@old:1\n"),
        "git-proxy-differs",
        "~/.gitconfig: http.proxy is http://***@old:1, which git uses instead of http://proxy.corp:3128",
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

#[test]
fn a_variable_for_certificates_must_name_a_file_with_certificates() {
    let pem = "x\r\n-----BEGIN CERTIFICATE-----\r\nMII=\r\n-----END CERTIFICATE-----\r\n";
    let with = |name: &str, value: &str| {
        let job = Job::new().file("ca.pem", pem).file("empty.pem", "").file("folder/x", "");
        let value = value.replace('~', job.path("").to_str().unwrap().trim_end_matches('/'));
        job.env(name, value)
    };
    for (name, value, text) in [
        ("SSL_CERT_FILE", "~/none.pem", "names a file that does not exist: ~/none.pem; create the file"),
        ("NODE_EXTRA_CA_CERTS", "~/empty.pem", "names a file without a certificate in PEM form: ~/empty.pem"),
        (
            "GIT_SSL_CAINFO",
            "~/folder",
            "names a file that cannot be read: ~/folder: is a folder, not a regular file",
        ),
        (
            "CURL_CA_BUNDLE",
            &pem[3..],
            "holds a certificate instead of the name of a file; make the GitLab variable one of type File",
        ),
        ("SSL_CERT_DIR", "~/none:~/nothing", "names no directory: ~/none:~/nothing"),
        ("npm_config_cafile", "~/none.pem", "names a file that does not exist"),
    ] {
        let line = format!("{}: {text}", name.to_ascii_uppercase());
        finds(&with(name, value), "ca-file-missing", &line);
    }
    for (name, value) in
        [("SSL_CERT_FILE", "~/ca.pem"), ("SSL_CERT_DIR", "~/none:~/folder"), ("PIP_CERT", "")]
    {
        finds_no(&with(name, value), "ca-file-missing");
    }
}

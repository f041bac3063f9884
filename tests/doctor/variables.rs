use super::*;

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
        ("u:p]w", "']'"),
        ("u:p\"w", "'\"'"),
        ("u:p<w", "'<'"),
        ("u:p>w", "'>'"),
        ("u:p^w", "'^'"),
        ("u:p`w", "'`'"),
        ("u:p{w", "'{'"),
        ("u:p|w", "'|'"),
        ("u:p}w", "'}'"),
        ("us\u{e4}:pw", "a letter outside ASCII"),
        (r"u:p\w%", r"'\', '%'"),
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

#[test]
fn a_debug_trace_of_a_job_with_a_password_is_named() {
    let with = |url: &str| both(job(), "https_proxy", url).env("CI_DEBUG_TRACE", "true");
    finds(
        &with("http://u:s3cret@proxy.corp:3128"),
        "debug-trace-password",
        "CI_DEBUG_TRACE: is on: the job log shows the password of HTTPS_PROXY, unless GitLab masks the variable; ",
    );
    finds_no(&with("http://proxy.corp:3128"), "debug-trace-password");
    finds_no(&with("http://u:s3cret@proxy.corp:3128").env("CI_DEBUG_TRACE", "false"), "debug-trace-password");
}

#[test]
fn a_password_that_some_programs_change_is_named() {
    let value = |password: &str| both(job(), "http_proxy", &format!("http://u:{password}@proxy.corp:3128"));
    let subjects = "http_proxy, HTTP_PROXY: user or password holds";
    for (password, text) in [
        ("p+w", "'+', and these send another password to the proxy: busybox-wget, gem, ruby; "),
        ("p=w;", "';', '=', and these send another password to the proxy: axios; "),
        ("=+", "'+', '=', and these send another password to the proxy: busybox-wget, axios, gem, ruby; "),
    ] {
        finds(&value(password), "proxy-credentials-misread", &format!("{subjects} {text}"));
    }
    finds_no(&value("p%2Bw"), "proxy-credentials-misread");
}

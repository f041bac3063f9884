use jobproxy::runtime::{NAMES, RUNTIMES};

use crate::support::Job;

/// Printed for a job, one line a variable.
fn dotenv(job: &Job, names: &str) -> Vec<String> {
    let ran = job.run(&["env", "--format", "dotenv", "--for", names]).status(0);
    ran.stdout.lines().filter(|line| !is_of_proxy(line)).map(str::to_owned).collect()
}

/// Whether a line sets one of the ten proxy variables.
fn is_of_proxy(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default().to_ascii_lowercase();
    ["all_proxy", "ftp_proxy", "http_proxy", "https_proxy", "no_proxy"].contains(&name.as_str())
}

#[test]
fn nothing_is_exported_for_a_program_that_nobody_asked_for() {
    let job = Job::new().env("HTTPS_PROXY", "http://u:p@proxy.corp:3128");
    let ran = job.run(&["env", "--format", "dotenv"]).status(0);
    assert!(ran.stdout.lines().all(is_of_proxy), "{}", ran.stdout);
    for name in NAMES {
        let others: Vec<&str> = NAMES.into_iter().filter(|other| *other != name).collect();
        let (own, all) = (dotenv(&job, name), dotenv(&job, "all"));
        let rest = dotenv(&job, &others.join(","));
        assert!(own.iter().all(|line| all.contains(line)), "{name}");
        assert!(!own.is_empty() && own.iter().any(|line| !rest.contains(line)), "{name}: {own:?}");
    }
}

#[test]
fn each_program_gets_what_its_row_says() {
    let job = Job::new()
        .env("HTTP_PROXY", "http://a:1")
        .env("HTTPS_PROXY", "http://u:p%23@b:2")
        .env("NO_PROXY", ".corp.example,db");
    for (name, expected) in [
        (
            "java",
            &[
                "JAVA_TOOL_OPTIONS=-Dhttp.proxyHost=a -Dhttp.proxyPort=1 -Dhttps.proxyHost=b -Dhttps.proxyPort=2 \
               -Daether.connector.http.useSystemProperties=true \
               -Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.corp.example|db|*.db|docker|*.docker",
            ][..],
        ),
        ("node", &["NODE_USE_ENV_PROXY=1"]),
        ("yarn", &["YARN_HTTPS_PROXY=http://u:p%23@b:2", "YARN_HTTP_PROXY=http://a:1"]),
        ("bundler", &["RUBYOPT=-rcgi"]),
        ("electron", &["ELECTRON_GET_USE_PROXY=true"]),
    ] {
        assert_eq!(dotenv(&job, name), expected, "{name}");
        let by_variable = Job::new()
            .env("HTTP_PROXY", "http://a:1")
            .env("HTTPS_PROXY", "http://u:p%23@b:2")
            .env("NO_PROXY", ".corp.example,db")
            .env("JOBPROXY_FOR", name);
        let exports = by_variable.run(&["setup", "--export"]).status(0).stdout;
        for line in expected {
            let (variable, value) = line.split_once('=').unwrap();
            assert!(exports.contains(&format!("export {variable}='{value}'\n")), "{name}: {exports}");
        }
    }
}

#[test]
fn a_variable_of_the_job_keeps_its_options_and_a_second_run_adds_nothing() {
    for (name, variable, own) in [
        ("java", "JAVA_TOOL_OPTIONS", "-Xmx1g '-Da=b  c'"),
        ("bundler", "RUBYOPT", "-W0"),
        ("node", "NODE_USE_ENV_PROXY", "0"),
        ("yarn", "YARN_HTTPS_PROXY", "http://own:1"),
        ("electron", "ELECTRON_GET_USE_PROXY", "1"),
    ] {
        let job =
            |value: &str| Job::new().env("HTTPS_PROXY", "http://u:p@proxy.corp:3128").env(variable, value);
        let line = |value: &str| {
            let lines = dotenv(&job(value), name);
            let line = lines.iter().find_map(|line| line.strip_prefix(&format!("{variable}=")));
            line.unwrap_or_else(|| panic!("{name}: {lines:?}")).to_owned()
        };
        let once = line(own);
        assert!(once.starts_with(own), "{name}: {once}");
        assert_eq!(line(&once), once, "{name}");
    }
}

#[test]
fn a_value_that_no_line_can_hold_is_left_as_it_is() {
    for (name, variable) in
        [("java", "JAVA_TOOL_OPTIONS"), ("bundler", "RUBYOPT"), ("yarn", "YARN_HTTPS_PROXY")]
    {
        let job = Job::new().env("HTTPS_PROXY", "http://u:p@proxy.corp:3128").env(variable, "-Da=b\nx");
        let ran = job.run(&["setup", "--export", "--for", name]).status(0);
        assert!(!ran.stdout.contains(variable), "{}", ran.stdout);
        ran.says(&format!(
            "jobproxy: {variable}: holds a control character or is not UTF-8, left as it is\n"
        ));
    }
}

#[test]
fn the_log_says_what_a_program_cannot_do() {
    let job = Job::new().env("HTTP_PROXY", "http://alice:s3cret@proxy.corp:3128");
    let ran = job.run(&["setup", "--export", "--for", "java"]).status(0);
    let line = ran.stdout.lines().find(|line| line.contains("JAVA_TOOL_OPTIONS")).unwrap();
    assert!(!line.contains("s3cret") && !line.contains("alice"), "{line}");
    ran.says("JAVA_TOOL_OPTIONS: Java takes no user and password this way; the proxy will ask for them\n");
    for command in ["env", "setup"] {
        job.run(&[command, "--for", "yarn"])
            .status(0)
            .says("jobproxy: yarn: has no exceptions: requests to hosts in NO_PROXY go to the proxy\n");
    }
}

#[test]
fn bundler_needs_nothing_where_the_proxy_asks_for_no_login() {
    assert!(dotenv(&Job::behind_proxy(), "bundler").is_empty());
}

#[test]
fn an_unknown_name_is_wrong_usage_with_the_known_names() {
    let known = NAMES.join(", ");
    for value in ["s3cret", "java,s3cret", "all,s3cret", ",", " "] {
        let expected = format!(": must be all, or a list of {known}; see jobproxy --help\n");
        Job::behind_proxy().run(&["--for", value]).status(2).stderr(&format!("jobproxy: --for{expected}"));
        if !value.trim().is_empty() {
            let job = Job::behind_proxy().env("JOBPROXY_FOR", value);
            job.run(&[]).status(2).stderr(&format!("jobproxy: JOBPROXY_FOR{expected}"));
        }
    }
    assert_eq!(dotenv(&Job::behind_proxy(), " node , ,java,node"), dotenv(&Job::behind_proxy(), "java,node"));
    let help = Job::new().run(&["help", "setup"]).status(0).stdout;
    let line = help.lines().find(|line| line.contains("reads no proxy variable")).unwrap();
    assert!(NAMES.iter().all(|name| line.contains(name)), "{line}");
}

#[test]
fn the_document_has_the_table_of_the_code() {
    let document = include_str!("../docs/runtimes.md");
    let table = document.split("\n\n").find(|part| part.starts_with("| name |")).unwrap();
    let expected: Vec<String> = RUNTIMES
        .iter()
        .map(|row| format!("| {} | {} | {} | {} |", row.name, row.sets, row.limits, row.source))
        .collect();
    assert_eq!(table.lines().skip(2).collect::<Vec<_>>(), expected);
    assert!(RUNTIMES.iter().map(|row| row.name).eq(NAMES));
}

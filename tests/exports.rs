use crate::needs::installed;
use crate::support::{Job, tool};

const SHELLS: [&[&str]; 3] = [&["dash"], &["bash"], &["busybox", "sh"]];

/// The environment of a process that a shell starts after it has evaluated the exports.
fn environment_after_eval(job: &Job, shell: &[&str]) -> Vec<String> {
    let env = tool("env");
    let ran =
        job.shell(shell, &format!("set -eu; eval \"$(jobproxy env)\"; exec {} -0", env.display())).status(0);
    let mut lines: Vec<String> = ran.stdout.split_terminator('\0').map(str::to_owned).collect();
    lines.retain(|line| {
        line.split_once('=').is_some_and(|(name, _)| name.to_ascii_lowercase().ends_with("_proxy"))
    });
    lines.sort();
    lines
}

#[test]
fn every_shell_reads_back_exactly_what_was_meant() {
    for (value, written) in [
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://u:it's$HOME`id`@proxy:1", "http://u:it's$HOME%60id%60@proxy:1"),
        ("http://CORP\\alice:a\\b\"c@proxy:1", "http://CORP%5Calice:a%5Cb%22c@proxy:1"),
        ("http://u:p\u{e4}ss \u{20ac}@proxy:1", "http://u:p%C3%A4ss%20%E2%82%AC@proxy:1"),
        ("http://u:'$(touch canary)'!*@proxy:1", "http://u:'$(touch%20canary)'!*@proxy:1"),
    ] {
        for shell in installed(&SHELLS) {
            let job = Job::new()
                .env("https_proxy", value)
                .env("HTTP_PROXY", "")
                .env("no_proxy", "b,';touch${IFS}canary;',a");
            let expected = [
                format!("HTTPS_PROXY={written}"),
                "NO_PROXY=b,a,docker:2375,docker:2376".to_owned(),
                format!("https_proxy={written}"),
                "no_proxy=b,a,docker:2375,docker:2376".to_owned(),
            ];
            assert_eq!(environment_after_eval(&job, shell), expected, "{shell:?} {value}");
            assert!(job.files().is_empty(), "{shell:?} ran a part of {value}");
        }
    }
}

#[test]
fn a_line_break_in_a_value_is_an_error_and_exports_nothing() {
    for value in ["http://proxy:1\ntouch canary", "http://u:p\rw@proxy:1", "http://u:p\u{1b}w@proxy:1"] {
        let ran = Job::new().env("HTTP_PROXY", value).run(&["env"]).status(1).stdout("");
        ran.stderr("jobproxy: HTTP_PROXY: holds a control character; remove it\n");
    }
}

#[test]
fn the_one_liner_leaves_the_variables_in_the_shell() {
    for shell in installed(&SHELLS) {
        let job = Job::behind_proxy();
        let script = "set -e; eval \"$(jobproxy setup --export)\"; echo \"$http_proxy $NO_PROXY\"";
        job.shell(shell, script).status(0).stdout("http://proxy.corp:3128 docker:2375,docker:2376\n");
    }
}

#[test]
fn each_format_says_the_same() {
    let job = Job::new().env("HTTPS_PROXY", "http://p:1").env("http_proxy", "");
    job.run(&["env", "--format", "dotenv"]).status(0).stderr("").stdout(
        "HTTPS_PROXY=http://p:1\nNO_PROXY=docker:2375,docker:2376\nhttps_proxy=http://p:1\nno_proxy=docker:2375,docker:2376\n",
    );
    job.run(&["env", "--format=json"]).status(0).stderr("").stdout(
        "{\n  \"HTTPS_PROXY\": \"http://p:1\",\n  \"HTTP_PROXY\": null,\n  \"NO_PROXY\": \"docker:2375,docker:2376\",\n  \
         \"http_proxy\": null,\n  \"https_proxy\": \"http://p:1\",\n  \"no_proxy\": \"docker:2375,docker:2376\"\n}\n",
    );
    Job::new().run(&["env", "--format=json"]).status(0).stdout("{}\n");
}

/// The words that a shell makes of a format, one a line.
fn words(job: &Job, shell: &[&str], format: &str) -> Vec<String> {
    let script = format!("set -eu; eval \"printf '%s\\n' $(jobproxy env --format {format})\"");
    let ran = job.shell(shell, &script).status(0);
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn the_words_for_builders_come_through_every_shell() {
    for shell in installed(&SHELLS) {
        let job = Job::new()
            .env("https_proxy", "http://u:it's$HOME`id`$(touch canary)*,@proxy:1")
            .env("HTTP_PROXY", "")
            .env("NO_PROXY", ".corp.example,db")
            .env("JOBPROXY_FOR", "node");
        let proxy = "http://u:it's$HOME%60id%60$(touch%20canary)*,@proxy:1";
        let list = ".corp.example,db,docker:2375,docker:2376";
        let expected = [
            "--driver-opt".to_owned(),
            format!("\"env.https_proxy={proxy}\""),
            "--driver-opt".to_owned(),
            format!("\"env.no_proxy={list}\""),
        ];
        assert_eq!(words(&job, shell, "driver-opts"), expected, "{shell:?}");
        let names = [("HTTPS_PROXY", proxy), ("NO_PROXY", list), ("https_proxy", proxy), ("no_proxy", list)];
        let expected =
            names.map(|(name, value)| ["--build-arg".to_owned(), format!("{name}={value}")]).concat();
        assert_eq!(words(&job, shell, "build-args"), expected, "{shell:?}");
        assert!(job.files().is_empty(), "{shell:?} ran a part of a value");
    }
}

#[test]
fn no_word_is_printed_where_no_proxy_is_set() {
    for format in ["sh", "pwsh", "dotenv", "driver-opts", "build-args"] {
        Job::new().run(&["env", "--format", format]).status(0).stdout("");
    }
}

#[test]
fn powershell_gets_lines_that_set_and_remove() {
    let job = Job::new().env("HTTPS_PROXY", "http://u:it's@p:1").env("http_proxy", "");
    let lines = "Remove-Item -ErrorAction Ignore Env:HTTP_PROXY\n$env:NO_PROXY = 'docker:2375,docker:2376'\n\
                 Remove-Item -ErrorAction Ignore Env:http_proxy\n$env:https_proxy = 'http://u:it''s@p:1'\n\
                 $env:no_proxy = 'docker:2375,docker:2376'\n";
    for arguments in [&["env", "--format", "pwsh"][..], &["setup", "--export", "--format", "pwsh"]] {
        job.run(arguments).status(0).stdout(&format!("$env:HTTPS_PROXY = 'http://u:it''s@p:1'\n{lines}"));
    }
}

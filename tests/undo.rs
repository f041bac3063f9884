use proptest::prelude::*;

use crate::support::{Job, program};

fn job() -> Job {
    Job::behind_proxy().env("PATH", "/usr/bin:/bin")
}

/// Runs `setup` (`runs` times) and `undo`. A file that did not exist or was empty before is removed after.
#[track_caller]
fn there_and_back(job: &Job, runs: usize) {
    let content = |name: &str| {
        std::fs::read(job.path(name)).ok().filter(|text| !matches!(text.trim_ascii(), b"" | b"{}" | b"{ }"))
    };
    let before = [".docker/config.json", ".gitconfig"].map(content);
    for _ in 0..runs {
        job.run(&["setup"]).status(0);
    }
    job.run(&["undo"]).status(0).stdout("");
    assert_eq!([".docker/config.json", ".gitconfig"].map(content), before);
    assert!(job.files().iter().all(|name| !name.contains("jobproxy")), "{:?}", job.files());
    job.run(&["undo"])
        .status(0)
        .says("no value that setup writes is in ~/.docker/config.json, ~/.gitconfig\n");
    assert_eq!([".docker/config.json", ".gitconfig"].map(content), before);
}

#[test]
fn files_that_setup_made_go_and_others_are_as_they_were() {
    for docker in [
        None,
        Some(""),
        Some("{}"),
        Some("{ }"),
        Some(r#"{"auths":{"r":{"auth":"eA=="}}}"#),
        Some("{\n    \"auths\": {},\n    \"x\": 1e400\n}\n"),
        Some(r#"{"proxies":{"tcp://docker:2376":{"noProxy":"x"}}}"#),
        Some(r#"{"auths":{}} and more"#),
    ] {
        for git in [
            None,
            Some(""),
            Some("[user]\n\tname = x\n"),
            Some("# about a proxy\n[http \"http://h\"]\n\tproxy = http://other:2\n"),
            Some("[http]\n\tsslVerify = false\n[user]\n"),
        ] {
            let job = job().env("DOCKER_HOST", "tcp://docker:2375");
            for (name, text) in [(".docker/config.json", docker), (".gitconfig", git)] {
                if let Some(text) = text {
                    job.write(name, text);
                }
            }
            there_and_back(&job, 1);
            there_and_back(&job, 2);
        }
    }
}

#[test]
fn it_says_what_it_did_and_does_nothing_in_a_dry_run() {
    let job = job().file(".gitconfig", "[user]\n\tname = x\n");
    job.run(&["setup"]).status(0);
    job.run(&["undo", "--dry-run"]).status(0).stderr(
        "jobproxy: would remove the proxy from ~/.gitconfig\njobproxy: would remove ~/.docker/config.json\n\
         jobproxy: -proxies.default.httpProxy: http://proxy.corp:3128\n\
         jobproxy: -proxies.default.httpsProxy: http://proxy.corp:3128\n\
         jobproxy: -proxies.default.noProxy: docker:2375,docker:2376\n\
         jobproxy: -http.proxy: http://proxy.corp:3128\n",
    );
    assert!(job.read(".gitconfig").contains("proxy") && job.path(".docker/config.json").exists());
    job.run(&["undo"])
        .status(0)
        .stderr("jobproxy: removed the proxy from ~/.gitconfig\njobproxy: removed ~/.docker/config.json\n");
    assert_eq!(job.files(), [".gitconfig"]);
    job.run(&["undo", "-n"])
        .status(0)
        .stderr("jobproxy: no value that setup writes is in ~/.docker/config.json, ~/.gitconfig\n");
}

#[test]
fn a_value_that_setup_would_not_write_stays_and_is_named() {
    let docker = r#"{"proxies":{"default":{"httpProxy":"http://alice:s3cret@other:1"}}}"#;
    let git = "[http]\n\tproxy = http://alice:s3cret@other:1\n";
    let job = job().file(".docker/config.json", docker).file(".gitconfig", git);
    for arguments in [&["undo", "-n"][..], &["undo"]] {
        job.run(arguments).status(0).never_says("s3cret").stderr(
            "jobproxy: no value that setup writes is in ~/.docker/config.json, ~/.gitconfig\n\
             jobproxy: docker: left proxies.default.httpProxy: http://***@other:1: setup would not write that value\n\
             jobproxy: git: left http.proxy: http://***@other:1: setup would write another value\n",
        );
    }
    assert_eq!([job.read(".docker/config.json"), job.read(".gitconfig")], [docker, git]);
}

#[test]
fn what_others_have_written_since_stays() {
    let job = job().file(".docker/config.json", r#"{"proxies":{"default":{"ftpProxy":"http://other:2"}}}"#);
    job.run(&["setup"]).status(0);
    let changed = job
        .read(".docker/config.json")
        .replace(r#""noProxy":"docker:2375,docker:2376""#, r#""noProxy":"elsewhere""#)
        .replacen('{', r#"{"auths":{"new":{}},"#, 1);
    job.write(".docker/config.json", changed);
    job.write(".gitconfig", job.read(".gitconfig") + "[user]\n\tname = x\n");
    job.run(&["undo"]).status(0);
    assert_eq!(
        job.read(".docker/config.json"),
        r#"{"auths":{"new":{}},"proxies":{"default":{"ftpProxy":"http://other:2","noProxy":"elsewhere"}}}"#
    );
    assert_eq!(job.read(".gitconfig"), "[user]\n\tname = x\n");
}

#[test]
fn without_the_variables_of_setup_nothing_is_changed() {
    let job = job();
    job.run(&["setup"]).status(0);
    let before = [job.read(".docker/config.json"), job.read(".gitconfig")];
    for variable in ["", "http://u:p#w@x"] {
        let job =
            job.command(program()).arg("undo").env("HTTPS_PROXY", variable).env("HTTP_PROXY", "").output();
        let stderr = String::from_utf8(job.unwrap().stderr).unwrap();
        assert!(stderr.ends_with(
            "jobproxy: undo needs the proxy variables that setup used, for example HTTP_PROXY=... jobproxy undo; \
             nothing was changed\n"
        ));
    }
    assert_eq!([job.read(".docker/config.json"), job.read(".gitconfig")], before);
    Job::new().run(&["undo"]).status(1).stdout("").says("; nothing was changed\n");
}

fn json(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        "-?[1-9][0-9]{0,24}(\\.[0-9]{1,3})?",
        "\"[a-z\u{e4} /{}\\[\\],:]{0,8}\"",
        Just("\"http://proxy.corp:3128\"".to_owned()),
    ];
    leaf.prop_recursive(depth, 12, 4, |inner| {
        let key = prop_oneof![
            "\"[a-zA-Z]{0,5}\"",
            Just("\"default\"".to_owned()),
            Just("\"httpProxy\"".to_owned())
        ];
        let space = "[ \\n\\t]{0,2}";
        let object = proptest::collection::btree_map(key, inner.clone(), 0..4);
        prop_oneof![
            (object, space).prop_map(|(members, space)| {
                let members: Vec<String> =
                    members.iter().map(|(k, v)| format!("{space}{k}:{space}{v}")).collect();
                format!("{{{}{space}}}", members.join(","))
            }),
            proptest::collection::vec(inner, 0..3).prop_map(|all| format!("[{}]", all.join(", "))),
        ]
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn setup_then_undo_gives_back_any_file(
        others in json(3),
        entry in "\\{ ?\"(httpx|ftp)Proxy\" ?: ?\"[a-z:/]{0,9}\" ?\\}",
        name in prop_oneof![Just("default"), Just("Default"), Just("tcp://x:1")],
        lines in proptest::collection::vec("(\\[(http|user)\\]|\\t(name|sslVerify) = [a-z]{1,5}|#[ a-zP]{0,6}|)", 0..5),
        ending in prop_oneof![Just(""), Just("\n"), Just("\n\n")],
        with_proxies in any::<bool>(),
        runs in 1_usize..3,
    ) {
        let proxies = if with_proxies { format!(",\n  \"proxies\": {{\"{name}\": {entry}}}") } else { String::new() };
        let job = job().file(".docker/config.json", format!("{{\"others\": {others}{proxies}}}{ending}"));
        // Git reads no value before the first section.
        job.write(".gitconfig", format!("[core]\n{}{ending}", lines.join("\n")));
        there_and_back(&job, runs);
    }
}

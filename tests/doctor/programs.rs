use super::*;

#[test]
fn programs_on_path_are_examined() {
    let with = |name: &str, script: &str| with_programs(job(), &[(name, script)]);
    finds(
        &with("java", ""),
        "program-not-set-up",
        "java: does not use the proxy variables as they are; jobproxy setup --export --for java sets JAVA_TOOL_OPTIONS",
    );
    for old in ["v20.1.0", "v22.20.9", "v23.11.0", "v24.4.1"] {
        let job = with("node", &format!("echo {old}"));
        finds(&job, "node-old", &format!("node: version {}", &old[1..4]));
        finds_no(&job, "program-not-set-up");
    }
    for new in ["v22.21.0", "v24.5.0", "v25.0.0"] {
        finds(
            &with("node", &format!("echo {new}")),
            "program-not-set-up",
            "node: does not use the proxy variables ",
        );
    }
    finds_no(&with("java", "").env("JOBPROXY_FOR", "java"), "program-not-set-up");
    doctor(&with("node", "echo v24.5.0").env("NODE_USE_ENV_PROXY", "1"))
        .status(0)
        .stdout("ok: nothing is wrong with this job's proxy settings\n");
    let job = with_programs(job(), &[("busybox", "")]);
    std::os::unix::fs::symlink("busybox", job.path("bin/wget")).unwrap();
    finds(
        &job,
        "wget-busybox",
        "wget: is BusyBox wget, which ignores NO_PROXY and sends every request to the proxy",
    );
}

#[test]
fn sudo_is_named() {
    let line = finds(
        &with_programs(job(), &[("sudo", "")]),
        "sudo-drops-variables",
        "sudo: drops the proxy variables, unless env_keep in sudoers names them; sudo --preserve-env=http_proxy,",
    );
    assert!(line.contains(",NO_PROXY COMMAND ("), "{line}");
    finds_no(&with_programs(Job::new(), &[("sudo", "")]), "sudo-drops-variables");
}

#[test]
fn a_builder_of_buildx_without_proxies_is_named() {
    let builder = |name: &str, driver: &str, options: &str| {
        let node = format!(
            r#"{{"Name":"{name}0","Endpoint":"unix:///s","Platforms":null,"DriverOpts":{options},"Flags":null}}"#
        );
        format!(r#"{{"Name":"{name}","Driver":"{driver}","Nodes":[{node}],"Dynamic":false}}"#)
    };
    let with = |folder: &str, content: &str| job().file(&format!("{folder}/instances/box"), content);
    let found = "docker buildx box: pulls images without the proxies: ";
    for options in ["null", "{}", r#"{"network":"host"}"#] {
        let job = with(".docker/buildx", &builder("box", "docker-container", options));
        finds(&job, "buildx-builder", found);
    }
    let elsewhere = with("bx", &builder("box", "docker-container", "null"));
    let folder = elsewhere.path("bx");
    finds(&elsewhere.env("BUILDX_CONFIG", folder), "buildx-builder", found);
    for content in [
        builder("box", "docker-container", r#"{"env.HTTP_PROXY":"http://u:s3cret@p:1"}"#),
        builder("box", "docker-container", r#"{"env.https_proxy":"http://p:1"}"#),
        builder("box", "kubernetes", "null"),
        "{".to_owned(),
    ] {
        finds_no(&with(".docker/buildx", &content), "buildx-builder");
    }
}

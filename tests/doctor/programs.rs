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

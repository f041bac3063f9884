//! Golden files: what `apply` makes of the files of real hosts, byte for byte, and what `plan` prints.

use std::fs;

use super::{Host, contents, data};

/// A host behind a proxy that wants a password, whose runners were set up after GitLab's guide.
pub fn unix() -> Host {
    Host::of("unix")
        .env("HTTP_PROXY", "http://alice:p%40s$3cret@proxy.corp.example:3128")
        .env("HTTPS_PROXY", "http://alice:p%40s$3cret@proxy.corp.example:3128")
        .env("NO_PROXY", "localhost,*.corp.example,10.0.0.0/8")
}

/// A host whose files have the line ends of Windows, and which gets cntlm.
pub fn windows() -> (Host, String) {
    let host = Host::of("windows");
    let file = host.root().parent().unwrap().join("password");
    fs::write(&file, "s3cretCntlm\n").unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let options = format!(
        "--cntlm --listen 172.17.0.1:3129 --parent proxy.corp:8080 --parent proxy2.corp:8080 --user alice --domain CORP \
         --password-file {} --no-proxy .corp.example",
        file.display()
    );
    (host, options)
}

/// Returns the output of `plan` or `apply` without the size of the binary, which depends on the build.
fn text(output: &str) -> String {
    let line = |line: &str| {
        if line.contains("binary, ") { format!("{}binary\n", &line[..1]) } else { format!("{line}\n") }
    };
    output.lines().filter(|line| !line.starts_with("note binary: ")).map(line).collect()
}

#[track_caller]
fn golden(host: &Host, options: &str, name: &str) {
    let before = host.contents();
    let plan = host.run(&format!("plan {options}")).status(2).stderr("");
    assert_eq!(host.contents(), before, "plan changed a file");
    let expected = fs::read_to_string(data(&format!("{name}.plan"))).unwrap();
    assert_eq!(text(&plan.stdout), expected);
    let apply = host.run(&format!("apply {options}")).status(0).stderr("");
    assert_eq!(apply.stdout, plan.stdout, "apply prints what plan prints");
    for (path, content) in contents(&data(&format!("{name}.applied"))) {
        assert_eq!(host.read(&path), content, "{path}");
    }
    let expected: Vec<_> = contents(&data(&format!("{name}.applied"))).into_keys().collect();
    let changed = host.contents().into_iter().filter(|(path, content)| before.get(path) != Some(content));
    assert_eq!(changed.map(|(path, _)| path).collect::<Vec<_>>(), expected);
    assert_eq!(host.state()["opt/jobproxy/jobproxy"].1, 0o755);

    let state = host.state();
    let again = host.run(&format!("apply {options}")).status(0);
    assert!(again.stdout.ends_with("nothing to change\n"), "{}", again.stdout);
    assert_eq!(host.state(), state, "a second apply changes nothing, not even a time");
    host.run(&format!("plan {options}")).status(0);

    host.run("remove").status(0).stderr("");
    assert_eq!(host.contents(), before, "remove gives back every byte");
    assert_eq!(host.state().len(), before.len(), "and leaves no file behind: {:?}", host.state().keys());
    let state = host.state();
    host.run("remove").status(0).stdout("nothing to change\n");
    assert_eq!(host.state(), state);
}

#[test]
fn a_host_that_was_set_up_after_the_guide() {
    golden(&unix(), "", "unix");
}

#[test]
fn a_host_with_line_ends_of_windows_and_cntlm() {
    needs!("cntlm");
    let (host, options) = windows();
    golden(&host, &options, "windows");
}

#[test]
fn a_file_with_a_password_is_for_its_owner_only() {
    needs!("cntlm");
    let host = unix();
    host.run("apply").status(0);
    for (path, mode) in [
        ("etc/systemd/system/docker.service.d/90-jobproxy.conf", 0o600),
        ("etc/gitlab-runner/config.toml", 0o600),
        ("etc/gitlab-runner/config.toml.before-jobproxy", 0o600),
        ("etc/gitlab-runner/config.toml.after-jobproxy", 0o600),
    ] {
        assert_eq!(host.state()[path].1, mode, "{path}");
    }
    let (host, options) = windows();
    fs::set_permissions(host.file("/etc/cntlm.conf"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .unwrap();
    host.run(&format!("apply {options}")).status(0);
    assert_eq!(host.state()["etc/cntlm.conf"].1, 0o600);
    assert_eq!(host.state()["etc/systemd/system/docker.service.d/90-jobproxy.conf"].1, 0o644);
}

#[test]
fn a_file_that_every_user_can_read_is_closed_to_other_users_when_the_file_gets_a_password() {
    let host = unix();
    let files = ["etc/gitlab-runner/config.toml", "etc/docker/daemon.json"];
    for file in files {
        fs::set_permissions(host.file(file), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    }
    host.run("apply --proxy http://p:1").status(0);
    assert!(files.iter().all(|file| host.state()[*file].1 == 0o644));
    host.run("apply").status(0);
    assert!(files.iter().all(|file| host.state()[*file].1 == 0o640));
    host.run("plan").status(0);
}

#[test]
fn the_plan_as_json_has_the_same_changes() {
    let host = unix();
    let plan: serde_json::Value = serde_json::from_str(&host.run("plan --json").status(2).stdout).unwrap();
    assert_eq!(plan["changed"], true);
    let files = plan["files"].as_array().unwrap();
    let shown: String = files.iter().map(|file| file["diff"].as_str().unwrap()).collect();
    assert!(host.run("plan").stdout.starts_with(shown.trim_end_matches('\n')));
    assert_eq!(files[0]["path"], "/opt/jobproxy/jobproxy");
    assert_eq!((&files[0]["action"], &files[0]["mode"]), (&"create".into(), &"0755".into()));
    assert_eq!(files.last().unwrap()["copy"], "/etc/gitlab-runner/config.toml.before-jobproxy");
    assert_eq!(plan["commands"][0], "systemctl daemon-reload");
    host.run("apply --json").status(0);
    let plan: serde_json::Value = serde_json::from_str(&host.run("apply --json").status(0).stdout).unwrap();
    assert_eq!((&plan["changed"], plan["files"].as_array().unwrap().len()), (&false.into(), 0));
}

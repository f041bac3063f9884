//! Findings: what is detected and reported, under names that `--ignore` takes.

use super::Host;

#[test]
fn other_forms_of_docker_and_hidden_units_are_reported() {
    for (path, name, part) in [
        (
            "/home/bob/.config/systemd/user/docker.service",
            "rootless-docker",
            "put the variables into /home/bob/",
        ),
        ("/var/snap/docker/x", "snap-docker", "does not read docker.service.d"),
        ("/run/podman/podman.sock", "podman", "podman.service"),
        (
            "/etc/systemd/system/docker.service",
            "two-units",
            "/etc/systemd/system/docker.service hides /lib/systemd/system/docker.service",
        ),
        (
            "/usr/lib/systemd/system/gitlab-runner.service",
            "two-units",
            "hides /usr/lib/systemd/system/gitlab-runner.service",
        ),
    ] {
        let host = Host::of("unix");
        let quiet = host.run("plan --proxy http://p:1").stdout;
        assert!(!quiet.contains(&format!("note {name}: ")), "{quiet}");
        host.write(path, "");
        let said = host.run("plan --proxy http://p:1").stdout;
        let line = said
            .lines()
            .find(|line| line.starts_with(&format!("note {name}: ")))
            .unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn a_service_that_is_not_installed_gets_no_drop_in() {
    let host = Host::of("unix");
    std::fs::remove_file(host.file("/etc/systemd/system/gitlab-runner.service")).unwrap();
    let said = host.run("apply --proxy http://p:1").status(0).stdout;
    assert!(said.contains("note unit-missing: gitlab-runner.service: is not installed"), "{said}");
    assert!(!host.file("/etc/systemd/system/gitlab-runner.service.d").exists());
}

#[test]
fn another_drop_in_is_reported_with_its_variables_and_the_drop_in_that_wins() {
    let host = Host::of("unix");
    let folder = "/etc/systemd/system/docker.service.d";
    host.write(&format!("{folder}/10-mine.conf"), "[Service]\nEnvironment=https_proxy=http://p:2\n");
    host.write(&format!("{folder}/limits.conf"), "[Service]\nNice=5\n");
    let said = host.run("plan --proxy http://p:1").stdout;
    let lines: Vec<_> = said.lines().filter(|line| line.contains(" foreign-dropin: ")).collect();
    assert_eq!(
        lines,
        [
            format!(
                "note foreign-dropin: {folder}/10-mine.conf: sets https_proxy=http://p:2, which 90-jobproxy.conf overrides where it sets the same names; remove {folder}/10-mine.conf"
            ),
            format!(
                "fail foreign-dropin: {folder}/http-proxy.conf: sets HTTP_PROXY=http://***@172.17.0.1:3128/ HTTPS_PROXY=http://172.17.0.1:3128/, which overrides 90-jobproxy.conf; remove {folder}/http-proxy.conf, then systemctl daemon-reload"
            ),
        ]
    );
}

#[test]
fn an_environment_file_of_a_unit_is_reported_since_the_file_overrides_drop_ins() {
    let host = Host::of("unix");
    let unit = "/etc/systemd/system/gitlab-runner.service";
    host.write(unit, format!("{}EnvironmentFile=-/etc/sysconfig/gitlab-runner\n", host.read(unit)));
    let said = || host.run("plan --proxy http://p:1").stdout;
    assert!(!said().contains(" environment-file: "));
    host.write(
        "/etc/sysconfig/gitlab-runner",
        "# HTTP_PROXY=http://c:1\nHTTPS_PROXY=\"http://u:pw@p:2\"\nA=b\n",
    );
    let line = "fail environment-file: /etc/sysconfig/gitlab-runner: sets HTTPS_PROXY=http://***@p:2, which overrides \
                90-jobproxy.conf of gitlab-runner.service; remove these lines from /etc/sysconfig/gitlab-runner\n";
    assert!(said().contains(line), "{}", said());
}

#[test]
fn check_fails_until_all_files_are_applied_and_no_other_drop_in_wins() {
    let host = Host::of("unix");
    let said = host.run("check --proxy http://p:1").status(1).stdout;
    assert!(said.contains("fail not-applied: /etc/gitlab-runner/config.toml: is not what apply writes; run jobproxy-host plan"), "{said}");
    host.run("apply --proxy http://p:1").status(0);
    host.run("check --proxy http://p:1 --ignore foreign-dropin").status(0);
    let said = host.run("check").status(1).stdout;
    assert!(said.starts_with("fail foreign-dropin: ") && !said.contains("not-applied"), "{said}");
    std::fs::remove_dir_all(host.file("/etc/systemd/system/docker.service.d")).unwrap();
    let said = host.run("check --proxy http://p:1 --ignore not-applied").status(0).stdout;
    assert!(said.ends_with("ok: this host is behind its proxy\n"), "{said}");
    let json = host.run("check --json --proxy http://p:1").status(1).stdout;
    let findings: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&findings[0]["name"], &findings[0]["fails"]), (&"not-applied".into(), &true.into()));
}

#[test]
fn a_proxy_on_loopback_is_reported_since_containers_do_not_reach_loopback() {
    let said = Host::of("unix").run("plan --proxy http://127.0.0.1:3128").stdout;
    assert!(
        said.contains("fail loopback-proxy: --proxy: http://127.0.0.1:3128 is this host's loopback device"),
        "{said}"
    );
}

#[test]
fn apply_changes_nothing_for_a_proxy_on_loopback_unless_told_so() {
    let host = Host::of("unix");
    let before = host.read("/etc/gitlab-runner/config.toml");
    host.run("apply --proxy http://127.0.0.1:3128").status(1).stdout("").says(
        "jobproxy-host: --proxy: http://127.0.0.1:3128 is this host's loopback device, which containers do not reach; \
         nothing was changed; give an address that containers reach, for example docker0's, or, where no job runs in a \
         container, use --ignore loopback-proxy\n",
    );
    assert_eq!(host.read("/etc/gitlab-runner/config.toml"), before);
    host.run("apply --proxy http://127.0.0.1:3128 --ignore loopback-proxy").status(0);
    assert!(host.read("/etc/gitlab-runner/config.toml").contains("http://127.0.0.1:3128"));
}

#[test]
fn a_compound_script_keeps_the_lines_of_the_guide_and_a_finding_reports_the_lines() {
    let host = Host::of("unix");
    let script = "if true; then\n  git config --global https.proxy $HTTPS_PROXY\nfi";
    host.write(
        "/etc/gitlab-runner/config.toml",
        format!("[[runners]]\nname = \"r\"\nexecutor = \"docker\"\npre_build_script = '''\n{script}'''\n"),
    );
    let said = host.run("apply --proxy http://p:1").status(0).stdout;
    assert!(said.contains("fail guide-leftover: runner r: pre_build_script still has lines"), "{said}");
    assert!(host.read("/etc/gitlab-runner/config.toml").contains(&format!("\n{script}'''")));
}

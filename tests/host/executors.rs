//! What `apply` writes for each executor.

use super::Host;

const CONFIG: &str = "/etc/gitlab-runner/config.toml";

fn apply(runner: &str, options: &str) -> (String, String) {
    let host = Host::of("unix");
    host.write(CONFIG, format!("[[runners]]\n  name = \"r\"\n{runner}"));
    let said = host.run(&format!("apply --proxy http://p:1 {options}")).status(0).stdout;
    host.run(&format!("plan --proxy http://p:1 {options}")).status(0);
    (host.read(CONFIG), said)
}

#[test]
fn each_executor_gets_what_works_there_or_a_note_why_not() {
    let (setup, variables, volume) =
        ("jobproxy setup --export", "jobproxy env", "\"/opt/jobproxy:/opt/jobproxy:ro\"");
    for (runner, has, has_not, note) in [
        ("  executor = \"docker\"\n", &[setup, variables, volume, "docker:2375"][..], &[][..], ""),
        (
            "  executor = \"docker-autoscaler\"\n",
            &[setup, volume],
            &[],
            "machines that are made for them; put jobproxy at /opt/jobproxy",
        ),
        ("  executor = \"docker+machine\"\n", &[setup, volume], &[], "machines that are made for them"),
        (
            "  executor = \"instance\"\n",
            &[variables],
            &[setup, volume, "2375"],
            "machines that are made for them",
        ),
        ("  executor = \"shell\"\n", &[variables], &[setup, volume, "2375"], "jobs share one HOME"),
        ("  executor = \"ssh\"\n", &[variables], &[setup, volume], "jobs run on another machine"),
        (
            "  executor = \"kubernetes\"\n",
            &["HTTP_PROXY=http://p:1"],
            &[setup, variables, volume],
            "pods have no volume at /opt/jobproxy",
        ),
        (
            "  executor = \"docker\"\n  shell = \"pwsh\"\n",
            &["HTTP_PROXY=http://p:1"],
            &[setup, variables, volume],
            "its shell does not read the line",
        ),
        ("  executor = \"shell\"\n  shell = \"sh\"\n", &[variables], &[setup], "jobs share one HOME"),
        (
            "  executor = \"docker-windows\"\n",
            &["HTTP_PROXY=http://p:1"],
            &[setup, variables, volume],
            "jobproxy does not run there",
        ),
        ("  executor = \"custom\"\n", &["HTTP_PROXY=http://p:1"], &[setup], "jobproxy does not run there"),
        (
            "  executor = \"docker\"\n  [runners.docker]\n    host = \"tcp://far:2376\"\n",
            &[setup, volume],
            &[],
            "its docker runs on another machine",
        ),
        (
            "  executor = \"kubernetes\"\n  [runners.kubernetes]\n    [[runners.kubernetes.volumes.host_path]]\n      name = \"x\"\n      mount_path = \"/opt/jobproxy\"\n",
            &[setup, variables],
            &[volume],
            "",
        ),
        (
            "  executor = \"docker\"\n  [runners.docker]\n    volumes = [\"/srv/other:/opt/jobproxy\"]\n",
            &[setup],
            &[volume],
            "the volume /srv/other:/opt/jobproxy is mounted at /opt/jobproxy",
        ),
    ] {
        let (config, said) = apply(runner, "");
        for part in has {
            assert!(config.contains(part), "{part} is not in\n{config}");
        }
        for part in has_not {
            assert!(!config.contains(part), "{part} is in\n{config}");
        }
        let notes = said.lines().filter(|line| line.contains("runner-left-out")).collect::<String>();
        assert!(notes.contains(note) && (note.is_empty() == notes.is_empty()), "{runner}: {notes}");
    }
}

#[test]
fn keys_are_added_in_the_layout_of_the_file() {
    for (runner, expected) in [
        (
            "    executor = \"docker\"\n    [runners.docker]\n        image = \"a\"\n",
            "\n        volumes = [\"/opt",
        ),
        ("executor = \"docker\" # last", "executor = \"docker\" # last\nenvironment = ["),
        ("executor = \"docker\"\ndocker.image = \"a\"\n", "\ndocker.volumes = [\"/opt"),
        (
            "executor = \"docker\"\n[runners.docker.sysctls]\na = \"b\"\n",
            "\n[runners.docker]\n  volumes = [\"/opt",
        ),
        (
            "executor = \"docker\"\n[runners.docker]\nvolumes = []\n",
            "volumes = [\"/opt/jobproxy:/opt/jobproxy:ro\"]\n",
        ),
        (
            "executor = \"docker\"\n[runners.docker]\nvolumes = [\n  \"/a\"\n]\n",
            "volumes = [\n  \"/a\",\n  \"/opt/jobproxy:/opt/jobproxy:ro\"\n]\n",
        ),
        (
            "executor = \"docker\"\n[runners.docker]\nvolumes = [ '/a', ] # x\n",
            "volumes = [ '/a', \"/opt/jobproxy:/opt/jobproxy:ro\", ] # x\n",
        ),
    ] {
        let (config, _) = apply(runner, "");
        assert!(config.contains(expected), "{runner}\nbecame\n{config}");
    }
}

#[test]
fn the_script_before_the_clone_has_the_key_that_the_runner_reads() {
    let own = "  executor = \"shell\"\n  pre_clone_script = \"echo own\"\n";
    for (options, has, has_not) in [
        ("--runner-version 15.7.2", "pre_clone_script = '''\neval ", "pre_get_sources_script"),
        ("--runner-version v15.8.0", "pre_clone_script = '''\neval ", "pre_get_sources_script"),
        ("--runner-version 16.0", "pre_clone_script = '''\neval ", "pre_get_sources_script"),
        ("--runner-version 17.0", "pre_get_sources_script = 'eval ", "pre_clone_script = '"),
        ("", "pre_clone_script = \"echo own\"", "pre_get_sources_script"),
    ] {
        let (config, said) = apply(own, options);
        assert!(config.contains(has) && !config.contains(has_not), "{options}: {config}");
        assert_eq!(options.is_empty(), said.contains("give --runner-version"), "{said}");
    }
    let (config, _) = apply("  executor = \"shell\"\n", "--runner-version 15.7");
    assert!(
        config.contains("pre_clone_script = 'eval ") && !config.contains("pre_get_sources_script"),
        "{config}"
    );
}

#[test]
fn a_dollar_is_doubled_and_no_proxy_of_the_runner_stays_where_none_is_given() {
    let host = Host::of("unix").env("http_proxy", "http://u:a$b@p:1");
    let environment = "[\"no_proxy=own.corp\", \"https_proxy=http://x:1\"]";
    host.write(
        CONFIG,
        format!("[[runners]]\n  name = \"r\"\n  executor = \"docker\"\n  environment = {environment}\n"),
    );
    host.run("apply").status(0);
    let config = host.read(CONFIG);
    assert!(config.contains("\"HTTP_PROXY=http://u:a$$b@p:1\""), "{config}");
    assert!(
        config.contains("\"NO_PROXY=own.corp,docker:2375,docker:2376\"") && !config.contains("no_proxy"),
        "{config}"
    );
    assert!(config.contains("\"https_proxy=http://x:1\""), "no HTTPS_PROXY was given: {config}");
}

#[test]
fn only_the_runners_that_the_option_names_are_edited() {
    let host = Host::of("unix");
    let before = host.read(CONFIG);
    host.run("apply --proxy http://p:1 --runner release").status(0);
    let after = host.read(CONFIG);
    let at = before.rfind("[[runners]]").unwrap();
    assert!(after.starts_with(&before[..at]) && after.contains("HTTP_PROXY=http://p:1"));
}

#[test]
fn a_host_without_a_runner_gets_all_other_files() {
    let host = Host::of("unix");
    std::fs::remove_file(host.file(CONFIG)).unwrap();
    let said = host.run("apply --proxy http://p:1").status(0).stdout;
    assert!(
        said.contains("note no-runner: /etc/gitlab-runner/config.toml: is not there; register a runner"),
        "{said}"
    );
    assert!(host.file("/etc/systemd/system/docker.service.d/90-jobproxy.conf").exists());
    assert!(!host.file(CONFIG).exists());
}

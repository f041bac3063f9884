//! `remove` takes out what `apply` put in, also after later edits of the files.

use std::fs;

use super::golden::{unix, windows};
use super::{Host, data, values};

const CONFIG: &str = "/etc/gitlab-runner/config.toml";
const PROXY: &str = "--proxy http://172.17.0.1:3128 --no-proxy .corp.example";

/// Runs `apply`, lets `edit` change files, runs `remove`. Returns the host and the output of `remove`.
fn removed(host: Host, options: &str, edit: impl Fn(&Host)) -> (Host, String) {
    host.run(&format!("apply {options}")).status(0);
    edit(&host);
    let said = host.run("remove").status(0).stderr("").stdout;
    (host, said)
}

#[test]
fn later_edits_stay_and_everything_else_is_as_before_apply() {
    needs!("cntlm");
    let (host, options) = windows();
    let before = host.contents();
    let edit = |host: &Host| {
        host.edit("/etc/cntlm.conf", "NoProxy\t\tlocalhost", "NoProxy\t\t*.new, localhost");
        host.edit(CONFIG, "concurrent = 4 ", "concurrent = 9 ");
        host.edit(CONFIG, "\"LC_ALL=C.UTF-8\", # fastlane", "\"LC_ALL=C.UTF-8\", \"NEW=1\", # fastlane");
        host.edit(CONFIG, "[runners.feature_flags]", "[runners.custom]\r\n  [runners.feature_flags]");
        host.edit("/etc/docker/daemon.json", "3.0", "7");
    };
    let (host, said) = removed(host, &options, edit);
    assert!(!said.contains("left: "), "{said}");
    let expected = Host::of("windows");
    edit(&expected);
    assert_eq!(host.contents(), expected.contents());
    assert_ne!(host.contents(), before);
}

#[test]
fn an_edit_of_a_line_that_apply_wrote_stays_and_is_reported() {
    let (host, said) = removed(unix(), PROXY, |host| {
        host.edit(CONFIG, "\"DOCKER_AUTH_CONFIG=", "\"MORE=1\", \"DOCKER_AUTH_CONFIG=");
        host.edit(
            CONFIG,
            "setup --export) || [ $? = 1 ] && [ \"$x\" ] && printf %s",
            "setup --export) && printf mine",
        );
        host.edit(
            "/etc/systemd/system/docker.service.d/90-jobproxy.conf",
            "[Service]\n",
            "[Service]\nNice=5\n",
        );
    });
    assert!(said.matches("left: ").count() >= 2, "{said}");
    assert!(
        said.contains(
            "left: /etc/gitlab-runner/config.toml: runner guide: pre_build_script was edited since and stays"
        ),
        "{said}"
    );
    assert!(said.contains("90-jobproxy.conf: lines that jobproxy-host did not write stay"), "{said}");
    assert_eq!(host.read("/etc/systemd/system/docker.service.d/90-jobproxy.conf"), "[Service]\nNice=5\n");
    let config = host.read(CONFIG);
    let guide = config.split("[[runners]]").nth(1).unwrap();
    let environment = guide.lines().find(|line| line.contains("environment = ")).unwrap();
    assert!(
        environment.contains("\"MORE=1\"") && environment.contains("\"HTTP_PROXY=172.17.0.1:3128\""),
        "{environment}"
    );
    assert!(!environment.contains("JOBPROXY") && !environment.contains("docker:2375"), "{environment}");
    assert!(guide.contains("printf mine"), "{guide}");
}

/// gitlab-runner saves its file when a token is renewed. `rewritten.toml` is what the TOML library of gitlab-runner
/// (github.com/BurntSushi/toml 1.3.2) prints for the file that `apply` wrote.
#[test]
fn a_file_that_gitlab_runner_rewrote_needs_no_change_and_remove_restores_its_values() {
    let rewrite = |host: &Host| {
        fs::copy(data("rewritten.toml"), host.file(CONFIG)).unwrap();
        let state = host.state();
        let again = host.run(&format!("apply {PROXY}")).status(0).stdout;
        assert!(again.ends_with("nothing to change\n"), "{again}");
        assert_eq!(host.state(), state);
    };
    let (host, said) = removed(unix(), PROXY, rewrite);
    assert!(!said.contains("left: "), "{said}");
    assert_eq!(values(&host.read(CONFIG)), values(&unix().read(CONFIG)));
}

#[test]
fn a_file_that_no_longer_parses_is_restored_line_by_line() {
    let (host, said) = removed(unix(), PROXY, |host| {
        host.edit(CONFIG, "concurrent = 4 ", "concurrent = = 4 ");
        host.write("/etc/docker/daemon.json", "{ broken");
    });
    assert!(!said.contains("left: "), "{said}");
    assert_eq!(host.read(CONFIG), unix().read(CONFIG).replace("concurrent = 4 ", "concurrent = = 4 "));
    assert_eq!(host.read("/etc/docker/daemon.json"), "{ broken");
}

#[test]
fn a_second_apply_replaces_the_settings_and_remove_takes_out_both() {
    let (host, said) = removed(unix(), PROXY, |host| {
        host.edit(CONFIG, "check_interval = 0", "check_interval = 5");
        host.run("apply --proxy http://other:8080 --binary-dir /srv/jobproxy --runner mobile").status(0);
        let config = host.read(CONFIG);
        assert_eq!(config.matches("HTTP_PROXY=http://other:8080").count(), 1, "{config}");
        assert_eq!(config.matches("/srv/jobproxy/jobproxy setup --export").count(), 1, "{config}");
    });
    assert!(!said.contains("left: "), "{said}");
    let expected = unix();
    expected.edit(CONFIG, "check_interval = 0", "check_interval = 5");
    host.run("remove --binary-dir /srv/jobproxy").status(0);
    assert_eq!(host.contents(), expected.contents());
}

#[test]
fn without_a_record_only_what_jobproxy_alone_writes_is_taken_out() {
    let (host, said) = removed(unix(), PROXY, |host| {
        for end in ["before", "after"] {
            fs::remove_file(host.file(&format!("{CONFIG}.{end}-jobproxy"))).unwrap();
        }
    });
    assert!(
        said.contains("runner guide: the proxy variables stay, since there is no record of apply"),
        "{said}"
    );
    let config = host.read(CONFIG);
    assert!(!config.contains("jobproxy") && !config.contains("JOBPROXY"), "{config}");
    assert!(
        config.contains("git config --global core.longpaths true") && config.contains("umask 022"),
        "{config}"
    );
}

#[test]
fn remove_works_on_a_host_without_runner_docker_and_units() {
    let (host, _) = removed(unix(), PROXY, |host| {
        for path in
            [CONFIG, "/lib/systemd/system/docker.service", "/etc/systemd/system/gitlab-runner.service"]
        {
            fs::remove_file(host.file(path)).unwrap();
        }
    });
    assert!(!host.file("/etc/systemd/system/docker.service.d/90-jobproxy.conf").exists());
    assert!(!host.file("/opt/jobproxy").exists());
}

#[test]
fn a_file_that_was_replaced_after_apply_is_never_overwritten_by_the_copy() {
    let (host, _) = removed(unix(), PROXY, |host| {
        host.write(CONFIG, "concurrent = 1\n\n[[runners]]\n  name = \"new\"\n");
    });
    assert_eq!(host.read(CONFIG), "concurrent = 1\n\n[[runners]]\n  name = \"new\"\n");
}

/// The default name of a runner is that of its host.
#[test]
fn runners_of_one_name_are_distinguished_also_after_their_tokens_were_renewed() {
    let runner = |token: &str, own: &str| {
        format!(
            "[[runners]]\nname = \"h\"\nurl = \"https://g/\"\ntoken = \"{token}\"\nexecutor = \"docker\"\nenvironment = [\"{own}\"]\n[runners.docker]\nvolumes = [\"/{own}\"]\n"
        )
    };
    for renewed in [["t1", "t2"], ["t3", "t4"]] {
        let host = Host::of("unix");
        host.write(CONFIG, runner("t1", "A=1") + &runner("t2", "B=2"));
        host.run(&format!("apply {PROXY}")).status(0);
        // Rewritten in another layout, so that `remove` cannot take the changes back line by line.
        let applied = host.read(CONFIG).replace("[\"", "[ \"").replace("t1", "first").replace("t2", "second");
        host.write(CONFIG, applied.replace("first", renewed[0]).replace("second", renewed[1]));
        host.run("remove").status(0);
        let expected = runner(renewed[0], "A=1") + &runner(renewed[1], "B=2");
        assert_eq!(values(&host.read(CONFIG)), values(&expected), "{renewed:?}");
    }
}

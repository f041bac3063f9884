use std::os::unix::fs::PermissionsExt as _;

use crate::needs::installed;
use crate::support::Job;

fn job() -> Job {
    let job = Job::behind_proxy().env("HTTPS_PROXY", "http://u:it's$HOME`x`\\@p:1");
    let file = job.path("gitlab_runner_env");
    job.env("GITLAB_ENV", file)
}

/// The code by which every stage of a job reads the file (GitLab Runner, shells/bash.go, `SourceEnv`).
const SOURCE: &str = "set -e; while read -r line; do export \"$line\"; done < gitlab_runner_env; echo \"$USER_LINE|$https_proxy|$NO_PROXY\"";

#[test]
fn later_stages_read_back_what_was_meant_and_never_fail() {
    for old in ["", "USER_LINE=1\n", "USER_LINE=1", "http_proxy=old\nUSER_LINE=1\nNO_PROXY=old\n"] {
        for shell in installed(&[&["dash"], &["bash"], &["busybox", "sh"]]) {
            let job = job().file("gitlab_runner_env", old).env("USER_LINE", "");
            for _ in 0..2 {
                job.run(&["--gitlab-env"]).status(0);
            }
            let user = if old.contains("USER_LINE") { "1" } else { "" };
            job.shell(shell, SOURCE)
                .status(0)
                .stdout(&format!("{user}|http://u:it's$HOME%60x%60%5C@p:1|docker:2375,docker:2376\n"));
            let text = job.read("gitlab_runner_env");
            assert!(text.ends_with('\n') && !text.contains("\n\n") && !text.contains("=old"), "{text}");
            assert_eq!(text.matches("\nhttp_proxy=").count(), 1, "{text}");
        }
    }
}

/// The code by which every stage of a runner before 17.7 reads the file. Its shells all have `source`, dash has not.
const OLD_SOURCE: &str = "set -e; set -o allexport; source ./gitlab_runner_env set; set +o allexport; env | grep '^https_proxy=\\|^RUBYOPT='";

#[test]
fn a_runner_that_runs_the_file_as_shell_code_reads_back_the_same() {
    for shell in installed(&[&["bash"], &["busybox", "sh"]]) {
        let job = Job::behind_proxy()
            .env("HTTPS_PROXY", "http://u:it's$(id)&id;*!`x`@p:1")
            .env("RUBYOPT", "-W0 -w")
            .env("PATH", "/usr/bin:/bin")
            .env("CI_RUNNER_VERSION", "17.6.1");
        let file = job.path("gitlab_runner_env");
        let job = job.env("GITLAB_ENV", file).file("gitlab_runner_env", "HTTPS_PROXY=old\nUSER_LINE=1\n");
        for _ in 0..2 {
            job.run(&["--gitlab-env", "--for=bundler", "--no-docker", "--no-git"]).status(0);
        }
        let expected = "RUBYOPT=-W0 -w -rcgi\nhttps_proxy=http://u:it's$(id)&id%3B*!%60x%60@p:1\n";
        let job = job.without("RUBYOPT").without("HTTPS_PROXY");
        let ran = job.shell(shell, OLD_SOURCE).status(0).stderr("");
        let mut lines: Vec<_> = ran.stdout.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines.join("\n") + "\n", expected);
        assert_eq!(job.files(), ["gitlab_runner_env"]);
        let text = job.read("gitlab_runner_env");
        assert!(text.starts_with("USER_LINE=1\n") && text.matches("HTTPS_PROXY=").count() == 1, "{text}");
    }
}

/// The runner's own program, which uploads the cache, reads ranges.
#[test]
fn later_stages_keep_the_ranges_of_the_list() {
    let job = job().env("NO_PROXY", "10/8,a.b,192.168.*,fd00::/8,172.16.0.0/255.240.0.0,10.0.0.0/33");
    let ran = job.run(&["--gitlab-env", "--export"]).status(0);
    assert!(ran.stdout.contains("export NO_PROXY='a.b,docker:2375,docker:2376'\n"), "{}", ran.stdout);
    let text = job.read("gitlab_runner_env");
    for name in ["NO_PROXY", "no_proxy"] {
        let line = format!("\n{name}=a.b,docker:2375,docker:2376,10.0.0.0/8,172.16.0.0/12\n");
        assert!(text.contains(&line), "{text}");
    }
    job.run(&["--gitlab-env", "--cidr=keep"]).status(0);
    assert_eq!(job.read("gitlab_runner_env").matches("10.0.0.0/8").count(), 2);
}

#[test]
fn nothing_happens_without_the_file_s_name_or_without_being_asked() {
    let job = job().file("gitlab_runner_env", "");
    job.run(&[]).status(0);
    assert_eq!(job.read("gitlab_runner_env"), "");
    let job = job.without("GITLAB_ENV");
    job.run(&["--gitlab-env"]).status(0).never_says("gitlab_runner_env");
    let job = self::job().env("JOBPROXY_GITLAB_ENV", "1");
    job.run(&[]).status(0).says("~/gitlab_runner_env\n");
}

#[test]
fn a_folder_that_is_not_there_is_not_made() {
    let job = Job::behind_proxy().env("JOBPROXY_GITLAB_ENV", "1");
    let file = job.path("missing/env");
    let job = job.env("GITLAB_ENV", file);
    job.run(&[])
        .status(1)
        .says("jobproxy: ~/missing/env: GITLAB_ENV names a file in a folder that does not exist\n");
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
}

#[test]
fn the_runners_own_file_is_no_leak_in_a_container_of_the_job_alone() {
    let job = job().file("gitlab_runner_env", "");
    std::fs::set_permissions(job.path("gitlab_runner_env"), std::fs::Permissions::from_mode(0o666)).unwrap();
    let leak = "gitlab_runner_env: other users can read the proxy's password in it";
    job.run(&["--gitlab-env"]).status(0).says(leak);
    let job = job.env("CI_DISPOSABLE_ENVIRONMENT", "true");
    job.run(&["--gitlab-env"]).status(0).never_says(leak);
}

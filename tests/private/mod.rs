//! Configs of one job alone: a HOME that jobs share is read and never written, and the work tree is never written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::{Job, Ran, program, tool};

mod folder;

const LOGINS: &str = r#"{"auths":{"registry.corp":{"auth":"dTpw"}}}"#;
const USER: &str = "[user]\n\tname = x\n";

/// A job of a runner with a shell executor: a HOME with logins, a work tree and GitLab Runner's folder beside it.
fn job() -> Job {
    let job = Job::new()
        .env("PATH", "/usr/bin:/bin")
        .env("HTTP_PROXY", "http://u:s3cret@proxy.corp:3128")
        .env("HTTPS_PROXY", "http://u:s3cret@proxy.corp:3128")
        .env("JOBPROXY_PRIVATE", "1")
        .env("CI_JOB_ID", "41")
        .file("home/.docker/config.json", LOGINS)
        .file("home/.docker/contexts/meta", "")
        .file("home/.gitconfig", USER)
        .file("group/project/README", "")
        .file("tmp/keep", "");
    fs::create_dir(job.path("group/project.tmp")).unwrap();
    let [home, project, tmp] = ["home", "group/project", "tmp"].map(|name| job.path(name));
    job.env("HOME", home).env("CI_PROJECT_DIR", project).env("TMPDIR", tmp)
}

const FOLDER: &str = "group/project.tmp/jobproxy-41";

fn git(job: &Job, ran: &Ran, arguments: &str) -> String {
    job.shell(
        &["sh"],
        &format!(
            "{}\ngit {arguments}",
            ran.stdout.replace('~', job.path("").display().to_string().trim_end_matches('/'))
        ),
    )
    .stdout
}

/// Returns all files of HOME and of the work tree, without the private files.
fn shared(job: &Job) -> Vec<(String, Vec<u8>)> {
    let files = job
        .files()
        .into_iter()
        .filter(|name| name.starts_with("home/") || name.starts_with("group/project/"));
    files.map(|name| (name.clone(), fs::read(job.path(&name)).unwrap())).collect()
}

#[test]
fn docker_and_git_get_files_of_this_job_with_the_logins_and_settings_of_home() {
    needs!("git");
    let job = job().file("home/.config/git/config", "[user]\n\temail = x@corp\n");
    let before = shared(&job);
    let ran = job.run(&["setup", "--export"]).status(0).never_says_in_stderr("s3cret").says(
        "jobproxy: wrote ~/group/project.tmp/jobproxy-41/docker/config.json, ~/group/project.tmp/jobproxy-41/gitconfig\n\
         jobproxy: docker and git get files of this job alone\n",
    );
    assert!(ran.stdout.starts_with(
        "export DOCKER_CONFIG='~/group/project.tmp/jobproxy-41/docker'\n\
         export GIT_CONFIG_GLOBAL='~/group/project.tmp/jobproxy-41/gitconfig'\nexport HTTPS_PROXY='http://u:s3cret@"
    ));
    assert_eq!(shared(&job), before);
    let modes =
        ["", "/docker", "/docker/config.json", "/gitconfig"].map(|name| job.mode(&format!("{FOLDER}{name}")));
    assert_eq!(modes, [0o700, 0o700, 0o600, 0o600]);
    let config = job.read(&format!("{FOLDER}/docker/config.json"));
    assert!(config.starts_with(&LOGINS[..LOGINS.len() - 1]) && config.contains("httpProxy"), "{config}");
    assert_eq!(
        fs::read_link(job.path(&format!("{FOLDER}/docker/contexts"))).unwrap(),
        job.path("home/.docker/contexts")
    );
    for (key, value) in
        [("user.name", "x"), ("user.email", "x@corp"), ("http.proxy", "http://u:s3cret@proxy.corp:3128")]
    {
        assert_eq!(git(&job, &ran, &format!("config {key}")), format!("{value}\n"));
    }
}

#[test]
fn nothing_is_ever_written_into_the_work_tree() {
    for private in ["", "0", "1"] {
        for home in ["group/project", "group/project/home", "group/../group/project/.home", "link"] {
            let job = job().env("JOBPROXY_PRIVATE", private);
            symlink("group/project", job.path("link")).unwrap();
            let home = job.path("").join(home);
            let job = job.env("HOME", home);
            let before = shared(&job);
            let ran = job.run(&["setup", "--export"]).status(0);
            assert!(
                ran.stdout.contains("export DOCKER_CONFIG='~/group/project.tmp/jobproxy-41/docker'\n"),
                "{}",
                ran.stdout
            );
            assert!(ran.stdout.contains("export GIT_CONFIG_GLOBAL='~/group/project.tmp/"), "{}", ran.stdout);
            let note = "jobproxy: docker and git get files outside of the work tree (CI_PROJECT_DIR), so that no artifact holds a password\n";
            assert_eq!(ran.stderr.matches(note).count(), 1, "{}", ran.stderr);
            assert_eq!(shared(&job), before);
            let ran = job.run(&["setup"]).status(1);
            assert_eq!(
                ran.stderr.matches(" is in the work tree (CI_PROJECT_DIR), ").count(),
                2,
                "{}",
                ran.stderr
            );
            assert_eq!(shared(&job), before);
        }
        // DOCKER_CONFIG, GIT_CONFIG_GLOBAL and TMPDIR in the work tree are not used either.
        let number = std::process::id().to_string();
        let job = job().env("JOBPROXY_PRIVATE", private).env("CI_JOB_ID", &number);
        fs::remove_dir(job.path("group/project.tmp")).unwrap();
        let [docker, git, tmp] =
            ["docker", "gitconfig", "README/.."].map(|name| job.path("group/project").join(name));
        let job = job.env("DOCKER_CONFIG", docker).env("GIT_CONFIG_GLOBAL", git).env("TMPDIR", tmp);
        let before = shared(&job);
        let ran = job.run(&["setup", "--export"]).status(0);
        assert!(
            ran.stdout.contains(&format!("export DOCKER_CONFIG='/tmp/jobproxy-{number}/docker'")),
            "{}",
            ran.stdout
        );
        assert_eq!(shared(&job), before);
        let folder = ran.stdout.split('\'').nth(1).unwrap();
        fs::remove_dir_all(std::path::Path::new(folder).parent().unwrap()).unwrap();
    }
}

#[test]
fn later_stages_get_the_names_of_the_files() {
    let job = job().file("group/project.tmp/gitlab_runner_env", "");
    let gitlab_env = job.path("group/project.tmp/gitlab_runner_env");
    let job = job.env("GITLAB_ENV", gitlab_env);
    for _ in 0..2 {
        job.run(&["setup", "--export", "--gitlab-env"]).status(0);
    }
    let text = job.read("group/project.tmp/gitlab_runner_env");
    for name in ["DOCKER_CONFIG", "GIT_CONFIG_GLOBAL"] {
        let line = format!("{name}={}/", job.path(FOLDER).display());
        assert_eq!(text.matches(&line).count(), 1, "{text}");
    }
}

#[test]
fn private_files_need_variables_that_name_them() {
    let job = job();
    let before = job.files();
    let ran = job
        .run(&["setup"])
        .status(1)
        .says("; run eval \"$(jobproxy setup --export)\", which makes private files\n");
    assert_eq!(ran.stderr.matches("which makes private files").count(), 2, "{}", ran.stderr);
    job.run(&["setup", "--export", "-n"])
        .status(0)
        .says("would write ~/group/project.tmp/jobproxy-41/docker/config.json");
    assert_eq!(job.files(), before);
    job.run(&["exec", "--setup", "--", "sh", "-c", "cat $DOCKER_CONFIG/config.json $GIT_CONFIG_GLOBAL"])
        .status(0)
        .never_says_in_stderr("cannot");
    let job = job.env("JOBPROXY_PRIVATE", "0");
    job.run(&["setup", "--export"]).status(0).says("wrote ~/home/.docker/config.json, ~/home/.gitconfig\n");
}

/// Git fails where it cannot read an included file.
#[test]
fn a_config_of_the_user_that_cannot_be_read_is_not_included() {
    needs!("git", "root");
    let job = job().file("home/.config/git/config", "[user]\n\temail = x@corp\n");
    fs::set_permissions(job.path("home/.gitconfig"), Permissions::from_mode(0o0)).unwrap();
    fs::set_permissions(job.path(""), Permissions::from_mode(0o755)).unwrap();
    let copy = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(copy.path(), Permissions::from_mode(0o1777)).unwrap();
    let jobproxy = copy.path().join("jobproxy");
    job.ran(job.command(tool("cp")).arg(program()).arg(&jobproxy)).status(0);
    let job = job.without("CI_PROJECT_DIR").env("TMPDIR", copy.path());
    let as_nobody = |arguments: &[&std::ffi::OsStr]| {
        let mut command = job.command(tool("setpriv"));
        job.ran(command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).args(arguments))
    };
    let ran = as_nobody(&[jobproxy.as_os_str(), "setup".as_ref(), "--export".as_ref()])
        .status(0)
        .says("jobproxy: ~/home/.gitconfig: cannot read: permission denied; git does not include the file\n");
    let config = ran.stdout.lines().find_map(|line| line.strip_prefix("export GIT_CONFIG_GLOBAL=")).unwrap();
    let script =
        format!("export GIT_CONFIG_GLOBAL={config}; cd /; git config user.email; git config http.proxy");
    as_nobody(&["sh".as_ref(), "-c".as_ref(), script.as_ref()])
        .status(0)
        .stdout("x@corp\nhttp://u:s3cret@proxy.corp:3128\n");
}

#[test]
fn a_broken_config_of_the_user_is_an_error_here_too() {
    let job = job().file("home/.gitconfig", "[user\n");
    job.run(&["setup", "--export", "--no-docker"])
        .status(1)
        .says("jobproxy: ~/home/.gitconfig: git cannot read line 1; fix that line or move the file away\n");
    assert!(!job.path(FOLDER).join("gitconfig").exists());
}

#[test]
fn where_the_proxies_differ_the_user_s_own_proxy_is_named() {
    let job = job()
        .env("HTTP_PROXY", "http://plain:1")
        .file("home/.gitconfig", "[http]\n\tproxy = http://u:s3cret@old:1\n");
    let ran = job.run(&["setup", "--export", "--no-docker"]).status(0);
    // The private file would be empty: git continues to read the files of HOME.
    assert!(!ran.stdout.contains("GIT_CONFIG_GLOBAL") && !job.path(FOLDER).join("gitconfig").exists());
    ran.says("jobproxy: ~/home/.gitconfig: sets http.proxy, which git takes before the variables\n")
        .never_says_in_stderr("s3cret");
    let job = job.env("CI_SERVER_URL", "http://gitlab.corp");
    job.run(&["setup", "--export", "--no-docker"]).status(0);
    assert!(
        job.read(&format!("{FOLDER}/gitconfig"))
            .ends_with("[http \"http://gitlab.corp\"]\n\tproxy = http://plain:1\n")
    );
}

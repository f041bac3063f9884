//! The private folder over the life of a job: found again, removed, planted by another user.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::{Job, tool};

use super::{FOLDER, job};

#[test]
fn a_later_step_of_the_job_finds_the_files_again() {
    let job = job();
    job.run(&["setup", "--export"]).status(0);
    // A login of the first step.
    let config = format!("{FOLDER}/docker/config.json");
    job.write(&config, job.read(&config).replace("registry.corp", "later.corp"));
    let files = [config, format!("{FOLDER}/gitconfig")];
    let before = files.clone().map(|name| job.read(&name));
    let docker = job.path(FOLDER).join("docker");
    let gitconfig = job.path(FOLDER).join("gitconfig");
    let unchanged = "unchanged ~/group/project.tmp/jobproxy-41/docker/config.json, ~/group/project.tmp/jobproxy-41/gitconfig\n";
    let first = job.run(&["setup", "--export"]).status(0).says(unchanged).stdout;
    // With the variables, and with an unknown number of the job.
    let job = job.env("DOCKER_CONFIG", docker).env("GIT_CONFIG_GLOBAL", gitconfig);
    job.run(&["setup"]).status(0).says(unchanged);
    let job = job.without("CI_JOB_ID");
    job.run(&["setup", "--export"]).status(0).says(unchanged);
    assert_eq!(files.map(|name| job.read(&name)), before);
    assert!(first.contains("DOCKER_CONFIG") && !before[1].contains("/jobproxy-41/"), "{}", before[1]);
    assert_eq!(fs::read_dir(job.path("group/project.tmp")).unwrap().count(), 1);
}

#[test]
fn the_next_job_removes_the_folders_of_ended_jobs() {
    let job = job();
    job.run(&["setup", "--export"]).status(0);
    job.write("group/project.tmp/other", "");
    let job = job.env("CI_JOB_ID", "42");
    job.run(&["setup", "--export", "--no-git"]).status(0);
    let mut left: Vec<_> = fs::read_dir(job.path("group/project.tmp"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["jobproxy-42", "other"]);
}

/// In other folders the job of such a number may still run.
#[test]
fn without_the_runner_s_folder_only_old_folders_are_removed() {
    let job = job();
    fs::remove_dir(job.path("group/project.tmp")).unwrap();
    for (name, age) in [("jobproxy-1", 6), ("jobproxy-2", 8)] {
        fs::create_dir(job.path("tmp").join(name)).unwrap();
        fs::set_permissions(job.path("tmp").join(name), Permissions::from_mode(0o700)).unwrap();
        let days = format!("{age} days ago");
        assert!(
            job.ran(job.command(tool("touch")).args(["-d", &days]).arg(job.path("tmp").join(name))).is(0)
        );
    }
    job.run(&["setup", "--export"]).status(0).says("wrote ~/tmp/jobproxy-41/docker/config.json");
    let mut left: Vec<_> =
        fs::read_dir(job.path("tmp")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["jobproxy-1", "jobproxy-41", "keep"]);
}

#[test]
fn a_folder_that_another_user_planted_is_not_used() {
    let elsewhere = tempfile::tempdir().unwrap();
    for plant in [
        |job: &Job, elsewhere: &std::path::Path| symlink(elsewhere, job.path(FOLDER)).unwrap(),
        |job: &Job, _: &std::path::Path| {
            fs::create_dir(job.path(FOLDER)).unwrap();
            fs::set_permissions(job.path(FOLDER), Permissions::from_mode(0o755)).unwrap();
        },
        |job: &Job, _: &std::path::Path| job.write(FOLDER, ""),
    ] {
        let job = job();
        plant(&job, elsewhere.path());
        let ran = job.run(&["setup", "--export"]).status(0);
        assert!(
            ran.stdout.starts_with("export DOCKER_CONFIG='~/group/project.tmp/jobproxy-41-"),
            "{}",
            ran.stdout
        );
        let folder = ran.stdout.split('\'').nth(1).unwrap().replace("~/", "");
        assert_eq!(job.mode(&format!("{folder}/..")), 0o700);
        let git = ran.stdout.split('\'').nth(3).unwrap();
        assert!(git.replace("~/", "").starts_with(folder.trim_end_matches("docker")), "{git}");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
}

#[test]
fn undo_removes_the_files_of_the_job_and_leaves_home() {
    for with_variables in [true, false] {
        let mut job = job();
        let before = job.files();
        job.run(&["setup", "--export"]).status(0);
        if with_variables {
            let folder = job.path(FOLDER);
            job = job
                .env("DOCKER_CONFIG", folder.join("docker"))
                .env("GIT_CONFIG_GLOBAL", folder.join("gitconfig"));
        }
        job.run(&["undo", "-n"])
            .status(0)
            .stderr("jobproxy: would remove ~/group/project.tmp/jobproxy-41/docker, ~/group/project.tmp/jobproxy-41/gitconfig\n");
        let still = |name: &str| format!("jobproxy: {name} still names what was removed; unset {name}\n");
        let still =
            if with_variables { still("DOCKER_CONFIG") + &still("GIT_CONFIG_GLOBAL") } else { String::new() };
        job.run(&["undo"]).status(0).stderr(&format!(
            "jobproxy: removed ~/group/project.tmp/jobproxy-41/docker, ~/group/project.tmp/jobproxy-41/gitconfig\n{still}"
        ));
        assert_eq!(job.files(), before);
        assert!(!job.path(FOLDER).exists());
        // The variables still name removed files: the files of HOME are used again.
        let ran = job.run(&["setup", "--export"]).status(0);
        assert!(
            job.read(&format!("{FOLDER}/docker/config.json")).contains("registry.corp"),
            "{}",
            ran.stderr
        );
    }
}

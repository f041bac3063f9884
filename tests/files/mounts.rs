//! Files and folders that are mounted: full, read-only, or one by one, as jobs are given registry logins.

use std::fs;

use crate::support::{Job, Ran, program, tool};

use super::{PLAIN, WITH_PROXY, contents, job, skipped};

/// Runs a script in a mount namespace of its own, with `jobproxy` standing for the program; `None` where there can
/// be no such namespace.
fn in_namespace(job: &Job, script: &str) -> Option<Ran> {
    let unshare = || {
        let mut command = job.command(tool("unshare"));
        command.args(["--mount", "--propagation", "private", "sh", "-ec"]);
        command
    };
    if !unshare().arg("true").output().unwrap().status.success() {
        skipped("no mount namespace can be made");
        return None;
    }
    let script = format!("jobproxy() {{ '{}' \"$@\"; }}\n{script}", program().display());
    Some(job.ran(unshare().arg(script)))
}

const BIND: &str = "cp .docker/config.json mounted; mount --bind mounted .docker/config.json";

#[test]
fn on_a_full_disk_the_old_files_stay() {
    let job = job(&PLAIN);
    let Some(ran) = in_namespace(
        &job,
        "cp -r .docker .gitconfig tmp
        mkdir full
        mount -t tmpfs -o size=64k none full
        cp -r .docker .gitconfig full
        export HOME=$PWD/full
        cat /dev/zero >full/filler 2>/dev/null || true
        jobproxy setup && exit 9
        cmp full/.docker/config.json .docker/config.json
        cmp full/.gitconfig .gitconfig
        ls -A full full/.docker",
    ) else {
        return;
    };
    let ran = ran.status(0).stdout("full:\n.docker\n.gitconfig\nfiller\n\nfull/.docker:\nconfig.json\n");
    for file in [".docker/config.json.jobproxy.lock", ".gitconfig.lock"] {
        let line = format!(
            "jobproxy: ~/full/{file}: cannot write: no space left on device; free some space there\n"
        );
        assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    }
}

#[test]
fn on_a_read_only_file_system_the_old_files_stay_and_docker_gets_a_copy_with_export() {
    let job = job(&PLAIN);
    let Some(ran) = in_namespace(
        &job,
        "mount --bind . . && cd \"$PWD\" && mount --bind tmp tmp && mount -o remount,bind,ro .
        jobproxy setup && exit 9
        jobproxy setup --export && exit 9
        exit 0",
    ) else {
        return;
    };
    let ran = ran.status(0);
    assert!(ran.stdout.contains("export DOCKER_CONFIG='~/tmp/jobproxy-"), "{}", ran.stdout);
    let ran = ran.says(
        "jobproxy: ~/.docker/config.json: cannot write: read-only file system; set DOCKER_CONFIG or GIT_CONFIG_GLOBAL to a writable place; with setup --export, docker is given a copy instead\n",
    );
    ran.says("jobproxy: ~/.gitconfig: cannot write: read-only file system; set DOCKER_CONFIG or GIT_CONFIG_GLOBAL to a writable place\n");
    assert_eq!(contents(&job), PLAIN.map(|(_, content)| Some(content.to_owned())));
}

#[test]
fn a_mounted_file_is_written_in_place() {
    for files in [PLAIN, WITH_PROXY] {
        let plain = job(&files);
        plain.run(&["setup"]).status(0);
        let job = job(&files);
        let Some(ran) = in_namespace(
            &job,
            &format!(
                "{BIND}; cp .gitconfig mounted-git; mount --bind mounted-git .gitconfig
                jobproxy setup; jobproxy setup; ls -A tmp"
            ),
        ) else {
            return;
        };
        ran.status(0)
            .stdout("")
            .says("jobproxy: wrote ~/.docker/config.json, ~/.gitconfig\n")
            .says("jobproxy: unchanged ~/.docker/config.json, ~/.gitconfig\n");
        assert_eq!(["mounted", "mounted-git"].map(|name| Some(job.read(name))), contents(&plain));
        // What is below the mounts.
        assert_eq!(contents(&job), files.map(|(_, content)| Some(content.to_owned())));
    }
}

#[test]
fn undo_works_in_place_too() {
    let job = job(&WITH_PROXY);
    let script =
        format!("{BIND}; jobproxy setup; grep -q proxy.corp mounted; jobproxy undo; cmp mounted tmp/old");
    fs::copy(job.path(".docker/config.json"), job.path("tmp/old")).unwrap();
    if let Some(ran) = in_namespace(&job, &script) {
        ran.status(0).stdout("");
    }
}

#[test]
fn a_read_only_mounted_file_is_an_error_that_says_what_to_do() {
    let job = job(&PLAIN);
    if let Some(ran) =
        in_namespace(&job, &format!("{BIND}; mount -o remount,bind,ro .docker/config.json; jobproxy"))
    {
        ran.status(1).stdout("").says(
            "jobproxy: ~/.docker/config.json: cannot write: read-only file system; set DOCKER_CONFIG or GIT_CONFIG_GLOBAL to a writable place; with setup --export, docker is given a copy instead\n",
        );
        assert_eq!(job.files(), [".docker/config.json", ".gitconfig", "mounted"]);
        assert_eq!(job.read("mounted"), PLAIN[0].1);
    }
}

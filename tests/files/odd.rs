//! Files and folders that are not what one expects: links, other owners, odd modes. Devices, FIFOs, folders and links
//! inside of one file system are in `docker_config` and `git_config`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown, symlink};
use std::process::Command;

use crate::support::{Job, Ran, program, tool};

use super::{PLAIN, contents, job};

const NOBODY: u32 = 65534;

fn chmod(job: &Job, name: &str, mode: u32) {
    fs::set_permissions(job.path(name), Permissions::from_mode(mode)).unwrap();
}

/// Gives the home and all in it to the user who owns nothing else.
fn give_to_nobody(job: &Job) {
    for name in ["", "tmp", ".docker"].into_iter().map(str::to_owned).chain(job.files()) {
        lchown(job.path(&name), Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// Runs the program as that user. The program is put where the user can start it.
fn as_nobody(job: &Job, arguments: &str) -> Ran {
    let copy = job.path("tmp/jobproxy");
    fs::copy(program(), &copy).unwrap();
    let mut command = job.command(tool("setpriv"));
    command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]);
    let ran = job.ran(command.arg(&copy).args(arguments.split(' ')));
    fs::remove_file(copy).unwrap();
    ran
}

#[test]
fn a_link_into_another_file_system_is_followed() {
    needs!("/dev/shm");
    let shared = tempfile::tempdir_in("/dev/shm").unwrap();
    let job = job(&PLAIN);
    for name in [".docker/config.json", ".gitconfig"] {
        let real = shared.path().join(name.trim_start_matches(".docker/"));
        fs::copy(job.path(name), &real).unwrap();
        fs::remove_file(job.path(name)).unwrap();
        symlink(&real, job.path(name)).unwrap();
    }
    job.run(&["setup"]).status(0).says("wrote ~/.docker/config.json, ~/.gitconfig\n");
    assert!(contents(&job).iter().all(|content| content.as_ref().unwrap().contains("proxy.corp:3128")));
    assert!(job.path(".docker/config.json").is_symlink() && job.path(".gitconfig").is_symlink());
    assert_eq!(fs::read_dir(shared.path()).unwrap().count(), 2);
}

#[test]
fn other_hard_links_keep_the_old_content_and_that_is_told() {
    let job = job(&PLAIN);
    fs::hard_link(job.path(".docker/config.json"), job.path("other")).unwrap();
    job.run(&["setup"])
        .status(0)
        .says("jobproxy: ~/.docker/config.json: had 1 more hard links, which keep the old content\n");
    assert_eq!(job.read("other"), PLAIN[0].1);
    assert!(job.read(".docker/config.json").contains("httpProxy"));
}

/// Undoes `chattr +i` whatever becomes of the test.
struct Immutable(std::path::PathBuf);

impl Immutable {
    fn new(job: &Job, name: &str) -> Self {
        let path = job.path(name);
        assert!(Command::new("chattr").arg("+i").arg(&path).status().unwrap().success());
        Self(path)
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(&self.0).output();
    }
}

#[test]
fn immutable_files_stay_and_docker_gets_a_copy_with_export() {
    needs!("immutable files");
    let job = job(&PLAIN);
    let _immutable = [".docker/config.json", ".gitconfig"].map(|name| Immutable::new(&job, name));
    let ran = job.run(&["setup"]).status(1);
    for line in [
        "jobproxy: ~/.docker/config.json: cannot write: operation not permitted; let this user write there, or set DOCKER_CONFIG or GIT_CONFIG_GLOBAL; with setup --export, docker is given a copy instead\n",
        "jobproxy: ~/.gitconfig: cannot write: operation not permitted; let this user write there, or set DOCKER_CONFIG or GIT_CONFIG_GLOBAL\n",
    ] {
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
    let ran = job.run(&["setup", "--export"]).status(1);
    assert!(ran.stdout.contains("export DOCKER_CONFIG='~/tmp/jobproxy-"), "{}", ran.stdout);
    assert_eq!(contents(&job), PLAIN.map(|(_, content)| Some(content.to_owned())));
}

#[test]
fn in_an_immutable_folder_the_file_is_written_in_place() {
    needs!("immutable files");
    let job = job(&PLAIN);
    let _immutable = Immutable::new(&job, ".docker");
    let inode = fs::metadata(job.path(".docker/config.json")).unwrap().ino();
    job.run(&["setup"]).status(0).says("wrote ~/.docker/config.json, ~/.gitconfig\n");
    assert_eq!(fs::metadata(job.path(".docker/config.json")).unwrap().ino(), inode);
    assert!(job.read(".docker/config.json").contains("httpProxy"));
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
}

#[test]
fn a_file_without_any_permission_is_told_to_its_owner_and_keeps_its_mode_for_root() {
    needs!("root");
    let job = job(&PLAIN);
    chmod(&job, ".docker/config.json", 0);
    give_to_nobody(&job);
    as_nobody(&job, "setup")
        .status(1)
        .says("jobproxy: ~/.docker/config.json: cannot read: permission denied; ");
    assert_eq!(job.read(".docker/config.json"), PLAIN[0].1);
    job.run(&["setup"]).status(0);
    let metadata = fs::metadata(job.path(".docker/config.json")).unwrap();
    assert_eq!((metadata.mode() & 0o7777, metadata.uid(), metadata.gid()), (0, NOBODY, NOBODY));
    assert!(job.read(".docker/config.json").contains("httpProxy"));
}

#[test]
fn a_file_of_another_user_is_written_in_place_or_not_at_all() {
    needs!("root");
    for (mode, status) in [(0o666, 0), (0o644, 1)] {
        let job = job(&PLAIN);
        give_to_nobody(&job);
        chown(job.path(".docker/config.json"), Some(0), Some(0)).unwrap();
        chmod(&job, ".docker/config.json", mode);
        let inode = fs::metadata(job.path(".docker/config.json")).unwrap().ino();
        let ran = as_nobody(&job, "setup").status(status);
        let metadata = fs::metadata(job.path(".docker/config.json")).unwrap();
        assert_eq!((metadata.ino(), metadata.uid(), metadata.mode() & 0o7777), (inode, 0, mode));
        assert_eq!(job.read(".docker/config.json") == PLAIN[0].1, status == 1);
        if status == 1 {
            ran.says("jobproxy: ~/.docker/config.json: cannot write: permission denied; ")
                .says("; with setup --export, docker is given a copy instead\n");
            let ran = as_nobody(&job, "setup --export").status(0);
            assert!(ran.stdout.contains("export DOCKER_CONFIG='~/tmp/jobproxy-"), "{}", ran.stdout);
        } else {
            assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
        }
    }
}

#[test]
fn in_a_folder_that_cannot_be_written_an_own_file_is_written_in_place() {
    needs!("root");
    let job = job(&PLAIN);
    give_to_nobody(&job);
    chmod(&job, ".docker", 0o555);
    let inode = fs::metadata(job.path(".docker/config.json")).unwrap().ino();
    as_nobody(&job, "setup").status(0);
    assert_eq!(fs::metadata(job.path(".docker/config.json")).unwrap().ino(), inode);
    assert!(job.read(".docker/config.json").contains("httpProxy"));
    fs::remove_file(job.path(".docker/config.json")).unwrap();
    as_nobody(&job, "setup").status(1).says(
        "jobproxy: ~/.docker/config.json.jobproxy.lock: cannot create: permission denied; let this user write there, \
         or set DOCKER_CONFIG or GIT_CONFIG_GLOBAL; with setup --export, docker is given a copy instead\n",
    );
    assert_eq!(job.files(), [".gitconfig"]);
}

#[test]
fn links_that_another_user_planted_in_a_shared_home_are_not_followed() {
    needs!("root");
    let victim = tempfile::tempdir().unwrap();
    for mode in [0o1777, 0o777] {
        for (name, target) in
            [(".docker", "folder"), (".docker/config.json", "config"), (".gitconfig", "config")]
        {
            let job = job(&[]);
            let target = victim.path().join(target);
            if name.contains('/') {
                fs::create_dir(job.path(".docker")).unwrap();
                chmod(&job, ".docker", mode);
            }
            chmod(&job, "", mode);
            symlink(&target, job.path(name)).unwrap();
            lchown(job.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
            job.run(&["setup"]).status(1).says(&format!(
                "jobproxy: ~/{name}: another user's symbolic link in a folder that everybody may write to is not followed; remove it\n"
            ));
            assert_eq!(fs::read_dir(victim.path()).unwrap().count(), 0, "{name}");
            // One of one's own is.
            lchown(job.path(name), Some(0), Some(0)).unwrap();
            fs::create_dir_all(victim.path().join("folder")).unwrap();
            job.run(&["setup"]).status(0);
            for name in ["config", "folder/config.json"] {
                let _ = fs::remove_file(victim.path().join(name));
            }
            fs::remove_dir(victim.path().join("folder")).unwrap();
        }
    }
}

#[test]
fn the_umask_makes_no_file_readable_and_none_unusable() {
    for umask in ["0000", "0777"] {
        let job = Job::behind_proxy();
        job.shell(&["sh"], &format!("umask {umask}; jobproxy setup")).status(0);
        let modes = [".docker", ".docker/config.json", ".gitconfig"].map(|name| job.mode(name));
        assert_eq!(modes, [0o700, 0o600, 0o600], "{umask}");
        // What is written down for undo is as private as the file itself.
        job.write(".docker/config.json", super::WITH_PROXY[0].1);
        job.shell(&["sh"], &format!("umask {umask}; jobproxy setup")).status(0);
        assert_eq!(job.mode(".docker/config.json.jobproxy.undo"), 0o600, "{umask}");
        assert_eq!(job.files().len(), 3, "{:?}", job.files());
    }
}

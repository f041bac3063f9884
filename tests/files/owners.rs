//! Files and folders of other users, and files that this user may not read or write.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown, symlink};

use crate::support::{Job, Ran, copy_program, program, tool};

use super::{PLAIN, job};

const NOBODY: u32 = 65534;

fn chmod(job: &Job, name: &str, mode: u32) {
    fs::set_permissions(job.path(name), Permissions::from_mode(mode)).unwrap();
}

/// Gives the home and all files in the home to user NOBODY.
fn give_to_nobody(job: &Job) {
    let folders =
        ["", "tmp", ".docker"].into_iter().filter(|name| job.path(name).is_dir()).map(str::to_owned);
    for name in folders.chain(job.files()) {
        lchown(job.path(&name), Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// Runs the program as user NOBODY, from a folder where NOBODY can start the program.
fn as_nobody(job: &Job, arguments: &str) -> Ran {
    let copy = job.path("tmp/jobproxy");
    copy_program(&program(), &copy);
    let mut command = job.command(tool("setpriv"));
    command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]);
    let ran = job.ran(command.arg(&copy).args(arguments.split(' ')));
    fs::remove_file(copy).unwrap();
    ran
}

#[test]
fn a_file_without_any_permission_is_reported_to_its_owner_and_keeps_its_mode_for_root() {
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
                .says(", or use setup --export, which gives docker a private copy\n");
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
        "jobproxy: ~/.docker/config.json: cannot write: permission denied; set DOCKER_CONFIG to a folder that this \
         user can write to, or use setup --export, which gives docker a private copy\n",
    );
    assert_eq!(job.files(), [".gitconfig"]);
}

/// An image for root that is run as another user: HOME is still /root.
#[test]
fn where_home_cannot_be_read_docker_loses_its_logins_and_git_loses_nothing() {
    needs!("root");
    let job = job(&PLAIN);
    // The program and the folder of the other user are outside of that home.
    let elsewhere = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(elsewhere.path(), Permissions::from_mode(0o777)).unwrap();
    let copy = elsewhere.path().join("jobproxy");
    copy_program(&program(), &copy);
    for home_mode in [0o700, 0o711] {
        chmod(&job, "", home_mode);
        chmod(&job, ".gitconfig", 0o600);
        chmod(&job, ".docker", 0o700);
        let run = |home: &str, arguments: &[&str]| {
            let mut command = job.command(tool("setpriv"));
            command.current_dir("/").env("TMPDIR", "/tmp").env("HOME", home);
            command.args([
                format!("--reuid={NOBODY}"),
                format!("--regid={NOBODY}"),
                "--clear-groups".to_owned(),
            ]);
            job.ran(command.arg(&copy).args(arguments))
        };
        let home = job.path("").display().to_string();
        let home = home.trim_end_matches('/');
        let ran = run(home, &["setup", "--export"]).status(0).never_says("lock").never_says(".jobproxy");
        let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("cannot")).collect();
        assert_eq!(lines.len(), 2, "{}", ran.stderr);
        assert_eq!(
            lines[0],
            "jobproxy: ~/.docker/config.json: cannot read: permission denied; DOCKER_CONFIG names a private copy, without the logins"
        );
        assert!(
            lines[1].starts_with("jobproxy: ~/.gitconfig: cannot ")
                && lines[1].ends_with(
                    ": permission denied; git uses the variables; GIT_CONFIG_GLOBAL names another file"
                ),
            "{}",
            lines[1]
        );
        let folder = ran.stdout.split('\'').nth(1).unwrap().to_owned();
        assert!(folder.starts_with("/tmp/jobproxy-"), "{folder}");
        let config = fs::read_to_string(format!("{folder}/config.json")).unwrap();
        assert!(config.contains("httpProxy") && !config.contains("auths"), "{config}");
        fs::remove_dir_all(std::path::Path::new(&folder).parent().unwrap()).unwrap();
        let ran = run(home, &["setup"]).status(1).never_says("lock");
        assert_eq!(ran.stderr.lines().filter(|line| line.contains("cannot")).count(), 2, "{}", ran.stderr);
    }
    let ran = job.ran(
        job.command(tool("setpriv"))
            .current_dir("/")
            .env("TMPDIR", "/tmp")
            .env("HOME", "/")
            .args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()])
            .arg(&copy)
            .args(["setup", "--export"]),
    );
    let ran = ran.status(0).never_says("lock").says("jobproxy: /.docker/config.json: cannot create: permission denied; DOCKER_CONFIG names a private copy\n");
    let folder = ran.stdout.split('\'').nth(1).unwrap().to_owned();
    fs::remove_dir_all(std::path::Path::new(&folder).parent().unwrap()).unwrap();
}

#[test]
fn a_user_without_a_home_gets_a_remedy_for_each_program() {
    needs!("root");
    let job = job(&[]).without("HOME");
    let copy = job.path("tmp/jobproxy");
    assert!(job.ran(job.command(tool("cp")).arg(program()).arg(&copy)).is(0));
    chmod(&job, "", 0o755);
    chmod(&job, "tmp", 0o1777);
    let run = |arguments: &[&str]| {
        let mut command = job.command(tool("setpriv"));
        // No user has this number.
        command.current_dir("/").args(["--reuid=54321", "--regid=54321", "--clear-groups"]);
        job.ran(command.arg(&copy).args(arguments))
    };
    let reason = "jobproxy: HOME: not set, and this user has no home in /etc/passwd; ";
    run(&["setup", "--export"])
        .status(0)
        .says(&format!("{reason}DOCKER_CONFIG names a private folder\n"))
        .says(&format!("{reason}git uses the variables; HOME or GIT_CONFIG_GLOBAL gives git a config\n"));
    run(&["setup"])
        .status(1)
        .says(&format!("{reason}set HOME or DOCKER_CONFIG\n"))
        .says(&format!("{reason}set HOME or GIT_CONFIG_GLOBAL\n"));
}

/// A script that runs `setup` as root may change to the user later.
#[test]
fn what_root_makes_in_the_home_of_a_user_belongs_to_the_user() {
    needs!("root");
    for files in [&[][..], &PLAIN] {
        let job = job(files);
        give_to_nobody(&job);
        job.run(&["setup"]).status(0);
        for name in [".docker", ".docker/config.json", ".gitconfig"] {
            let metadata = fs::metadata(job.path(name)).unwrap();
            assert_eq!((metadata.uid(), metadata.gid()), (NOBODY, NOBODY), "{name}");
        }
        assert_eq!(job.mode(".docker/config.json") & 0o600, 0o600);
    }
}

/// A rootless runner: the owner of a file has no number in its user namespace, so that no new file can be given to it.
#[test]
fn a_file_of_an_owner_without_a_number_is_written_in_place() {
    needs!("root", "user namespaces");
    let job = job(&PLAIN);
    give_to_nobody(&job);
    for (name, _) in PLAIN {
        chown(job.path(name), Some(1234), Some(1234)).unwrap();
        chmod(&job, name, 0o666);
    }
    let copy = job.path("tmp/jobproxy");
    copy_program(&program(), &copy);
    let mut command = job.command(tool("setpriv"));
    command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]);
    let ran = job.ran(command.arg(tool("unshare")).arg("-Ur").arg(&copy).arg("setup"));
    ran.status(0).says("wrote ~/.docker/config.json, ~/.gitconfig\n");
    for (name, _) in PLAIN {
        let metadata = fs::metadata(job.path(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.mode() & 0o7777), (1234, 0o666), "{name}");
        assert!(job.read(name).contains("proxy.corp:3128"));
    }
}

/// Where everybody may write, another user may have created the file to read the password.
#[test]
fn files_and_folders_that_another_user_planted_never_get_the_password() {
    needs!("root");
    for mode in [0o1777, 0o777] {
        for name in [".docker/", ".docker/config.json", ".gitconfig"] {
            let job =
                job(&[]).env("HTTP_PROXY", "http://u:s3cret@p:1").env("HTTPS_PROXY", "http://u:s3cret@p:1");
            chmod(&job, "", mode);
            if name.starts_with(".docker") {
                fs::create_dir(job.path(".docker")).unwrap();
                lchown(job.path(".docker"), Some(NOBODY), Some(NOBODY)).unwrap();
            }
            if !name.ends_with('/') {
                job.write(name, "");
                lchown(job.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
                chmod(&job, name, 0o666);
            }
            let shown = name.trim_end_matches('/');
            let planted = if shown.starts_with(".docker") { ".docker" } else { shown };
            job.run(&["setup"]).status(1).says(&format!(
                "jobproxy: ~/{planted}: belongs to another user, in a folder that everybody may write to, and is not used; set "
            ));
            let planted = job.path(planted);
            let text = if planted.is_dir() {
                fs::read_to_string(planted.join("config.json"))
            } else {
                fs::read_to_string(planted)
            };
            assert!(!text.is_ok_and(|text| text.contains("s3cret")), "{name}");
        }
    }
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
                "jobproxy: ~/{name}: belongs to another user, in a folder that everybody may write to, and is not used; set "
            ));
            assert_eq!(fs::read_dir(victim.path()).unwrap().count(), 0, "{name}");
            // A link of this user is followed.
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

//! Unusual files and folders: links, modes, missing homes. Devices, FIFOs, folders and links inside of one file
//! system are in `docker_config` and `git_config`; `owners` has the files of other users.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::process::Command;

use crate::support::{Job, program, tool};

use super::{PLAIN, contents, job};

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
fn other_hard_links_keep_the_old_content_and_are_reported() {
    let job = job(&PLAIN);
    fs::hard_link(job.path(".docker/config.json"), job.path("other")).unwrap();
    job.run(&["setup"])
        .status(0)
        .says("jobproxy: ~/.docker/config.json: had 1 more hard links, which keep the old content\n");
    assert_eq!(job.read("other"), PLAIN[0].1);
    assert!(job.read(".docker/config.json").contains("httpProxy"));
}

/// A file with `chattr +i`, which `Drop` undoes even when the test fails.
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
        "jobproxy: ~/.docker/config.json: cannot write: operation not permitted; set DOCKER_CONFIG to a folder that this user can write to, or use setup --export, which gives docker a private copy\n",
        "jobproxy: ~/.gitconfig: cannot write: operation not permitted; set GIT_CONFIG_GLOBAL to a file that this user can write\n",
    ] {
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
    let ran = job.run(&["setup", "--export"]).status(0);
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

/// Outside of GitLab no number distinguishes the jobs, and every copy holds all logins.
#[test]
fn copies_of_a_config_that_cannot_be_written_do_not_pile_up_and_are_not_outdated() {
    needs!("immutable files");
    let job = job(&PLAIN);
    let immutable = Immutable::new(&job, ".docker/config.json");
    let copies = || -> Vec<String> {
        job.files()
            .into_iter()
            .filter(|name| name.starts_with("tmp/") && name.ends_with("config.json"))
            .collect()
    };
    for _ in 0..3 {
        job.run(&["setup", "--export"]).status(0);
    }
    let [copy] = &copies()[..] else { panic!("{:?}", copies()) };
    // A login with the copy stays until the config is newer.
    job.write(copy, job.read(copy).replace("dTpw", "bmV3"));
    job.run(&["setup", "--export"]).status(0);
    assert!(job.read(copy).contains("bmV3"));
    drop(immutable);
    std::thread::sleep(std::time::Duration::from_millis(20));
    job.write(".docker/config.json", PLAIN[0].1.replace("dTpw", "b3RoZXI="));
    let _immutable = Immutable::new(&job, ".docker/config.json");
    job.run(&["setup", "--export"]).status(0);
    let text = job.read(copy);
    assert!(text.contains("b3RoZXI=") && text.contains("httpProxy"), "{text}");
    assert_eq!(copies().len(), 1);
}

/// Where the file cannot be written, git uses an old proxy in it before the variables.
#[test]
fn a_proxy_in_a_gitconfig_that_cannot_be_written_is_an_error_also_with_export() {
    needs!("immutable files");
    let job = job(&[(".gitconfig", "[http]\n\tproxy = http://u:s3cret@old:1\n")]);
    let _immutable = Immutable::new(&job, ".gitconfig");
    job.run(&["setup", "--export", "--no-docker"]).status(1).never_says("s3cret").says(
        "jobproxy: ~/.gitconfig: cannot write: operation not permitted; git uses http.proxy: http://***@old:1 of \
         that file; set GIT_CONFIG_GLOBAL to a file that this user can write\n",
    );
}

#[test]
fn the_new_file_of_a_killed_run_is_removed_even_where_there_is_nothing_to_write() {
    needs!("strace");
    let job = job(&PLAIN);
    job.run(&["setup"]).status(0);
    let other = |job: &Job| {
        let mut command = super::strace(job);
        command
            .args(["-o", "/dev/null", "-e", "inject=fchmod:signal=KILL:when=1"])
            .arg(program())
            .arg("setup");
        command.env("HTTP_PROXY", "http://other:1").env("HTTPS_PROXY", "http://other:1");
        command
    };
    for target in ["--no-docker", "--no-git"] {
        assert!(!other(&job).arg(target).status().unwrap().success());
    }
    assert_eq!(job.files().len(), 4);
    job.run(&["setup"]).status(0).says("unchanged ~/.docker/config.json, ~/.gitconfig\n");
    assert_eq!(job.files(), [".docker/config.json", ".gitconfig"]);
}

#[test]
fn the_umask_makes_no_file_readable_and_none_unusable() {
    for umask in ["0000", "0777"] {
        let job = Job::behind_proxy();
        job.shell(&["sh"], &format!("umask {umask}; jobproxy setup")).status(0);
        let modes = [".docker", ".docker/config.json", ".gitconfig"].map(|name| job.mode(name));
        assert_eq!(modes, [0o700, 0o600, 0o600], "{umask}");
        let project = job.path("project");
        fs::create_dir(&project).unwrap();
        fs::create_dir(job.path("project.tmp")).unwrap();
        let job = job.env("CI_PROJECT_DIR", project).env("CI_JOB_ID", "7");
        job.shell(&["sh"], &format!("umask {umask}; jobproxy setup --private --export")).status(0);
        let folder = "project.tmp/jobproxy-7";
        let modes = ["", "/docker", "/docker/config.json", "/gitconfig"]
            .map(|name| job.mode(&format!("{folder}{name}")));
        assert_eq!(modes, [0o700, 0o700, 0o600, 0o600], "{umask}");
    }
}

/// Some programs that hand out secrets put a FIFO where a configuration file belongs. Reading a FIFO does not end.
#[test]
fn no_command_waits_for_a_fifo_or_a_device_in_the_place_of_a_configuration_file() {
    needs!("mkfifo");
    let files = [
        ".curlrc",
        ".wgetrc",
        ".npmrc",
        ".pip/pip.conf",
        ".config/pip/pip.conf",
        ".cargo/config",
        ".cargo/config.toml",
        ".aws/config",
        ".docker/config.json",
        ".docker/contexts/meta/x/meta.json",
        ".docker/buildx/instances/x",
        ".gitconfig",
        ".config/git/config",
        ".m2/settings.xml",
        ".gradle/gradle.properties",
    ];
    let variables =
        ["WGETRC", "PIP_CONFIG_FILE", "npm_config_userconfig", "SSL_CERT_FILE", "GIT_CONFIG_GLOBAL"];
    for device in [false, true] {
        let job = Job::behind_proxy().file("corp.pem", include_str!("../data/ca/corp-root.pem"));
        for file in files {
            let path = job.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if device {
                symlink("/dev/zero", path).unwrap();
            } else {
                assert!(job.command(tool("mkfifo")).arg(path).status().unwrap().success());
            }
        }
        // Every user can read the file, so setup looks for a password in it.
        fs::set_permissions(job.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        let (home, one) = (job.path("").display().to_string(), job.path(".npmrc"));
        let job = variables.into_iter().fold(job, |job, name| job.env(name, one.clone()));
        let job = job
            .env("JAVA_TOOL_OPTIONS", format!("-Duser.home={}", home.trim_end_matches('/')))
            .env("TMPDIR", home);
        let setup = ["setup", "--export", "--ca=corp.pem", "--for=maven,gradle"];
        let explain = ["explain", "--client=all", "http://x.test"];
        for (arguments, status) in [(&setup[..], 1), (&["doctor"], 1), (&explain, 0), (&["undo"], 1)] {
            let mut command = job.command(tool("timeout"));
            job.ran(command.arg("10").arg(program()).args(arguments)).status(status).never_says("panicked");
        }
    }
}

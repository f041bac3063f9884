//! How files are written: links, labels, modes, and the binary.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

use rustix::fs::{XattrFlags, getxattr, setxattr};

use super::Host;
use crate::support::{Job, program};

#[test]
fn an_absolute_link_in_an_image_leads_to_a_file_of_the_image() {
    let host = Host::of("unix");
    let config = "/etc/gitlab-runner/config.toml";
    host.write("/srv/runner/config.toml", host.read(config));
    fs::remove_file(host.file(config)).unwrap();
    symlink("/srv/runner/config.toml", host.file(config)).unwrap();
    fs::create_dir_all(host.file("/data")).unwrap();
    fs::remove_dir(host.file("/opt")).unwrap();
    symlink("../../../../../../../../data", host.file("/opt")).unwrap();
    host.run("apply --proxy http://p:1").status(0);
    assert!(
        host.file(config).is_symlink()
            && host.read("/srv/runner/config.toml").contains("HTTP_PROXY=http://p:1")
    );
    assert!(host.file("/data/jobproxy/jobproxy").exists());
}

#[test]
fn mode_and_owner_of_a_foreign_file_stay() {
    let host = Host::of("unix");
    let path = host.file("/etc/docker/daemon.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let root = rustix::process::geteuid().is_root();
    if root {
        chown(&path, Some(4711), Some(4712)).unwrap();
    }
    let before = fs::metadata(&path).unwrap();
    host.run("apply --proxy http://p:1").status(0);
    let after = fs::metadata(&path).unwrap();
    assert_ne!(before.ino(), after.ino());
    assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));
}

#[test]
fn the_selinux_label_of_a_foreign_file_stays() {
    needs!("SELinux labels");
    let host = Host::of("unix");
    let path = host.file("/etc/docker/daemon.json");
    let label = b"system_u:object_r:container_config_t:s0\0";
    setxattr(&path, "security.selinux", label, XattrFlags::empty()).unwrap();
    host.run("apply --proxy http://p:1").status(0);
    let mut found = [0; 100];
    let length = getxattr(&path, "security.selinux", &mut found[..]).unwrap();
    assert_eq!(&found[..length], label);
}

#[test]
fn folders_and_binary_can_be_used_by_everybody_whatever_the_umask_is() {
    let host = Host::of("unix");
    let script = format!("umask 077; exec {} \"$@\"", super::host_program().display());
    let job = Job::new();
    let mut command = job.command(crate::support::tool("sh"));
    command.args(["-c", &script, "sh"]).args(host.arguments("apply --proxy http://p:1"));
    job.ran(&mut command).status(0);
    for (path, mode) in [
        ("/opt/jobproxy", 0o755),
        ("/opt/jobproxy/jobproxy", 0o755),
        ("/etc/systemd/system/gitlab-runner.service.d", 0o755),
        ("/etc/systemd/system/gitlab-runner.service.d/90-jobproxy.conf", 0o644),
    ] {
        assert_eq!(fs::metadata(host.file(path)).unwrap().permissions().mode() & 0o7777, mode, "{path}");
    }
}

#[test]
fn the_binary_belongs_to_root_also_where_another_user_owned_the_old_binary() {
    needs!("root");
    let host = Host::of("unix");
    host.run("apply --proxy http://p:1").status(0);
    let binary = host.file("/opt/jobproxy/jobproxy");
    chown(&binary, Some(4711), Some(4712)).unwrap();
    let plan = host.run("plan --proxy http://p:1").status(2).stdout;
    assert!(plan.contains("+++ /opt/jobproxy/jobproxy (mode 0755, owner root)\n"), "{plan}");
    host.run("apply --proxy http://p:1").status(0);
    let metadata = fs::metadata(&binary).unwrap();
    assert_eq!((metadata.uid(), metadata.mode() & 0o7777), (0, 0o755));
    host.run("plan --proxy http://p:1").status(0);
}

#[test]
fn binaries_for_other_architectures_are_beside_the_binary_of_the_host() {
    let host = Host::of("unix");
    let other = host.root().with_file_name("other");
    fs::write(&other, b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xf3\0").unwrap();
    let options = format!("--proxy http://p:1 --binary {} --binary {}", program().display(), other.display());
    host.run(&format!("apply {options}")).status(0);
    assert!(
        host.file("/opt/jobproxy/jobproxy").exists() && host.file("/opt/jobproxy/jobproxy-riscv64").exists()
    );
    host.run("remove").status(0);
    assert!(!host.file("/opt/jobproxy").exists());
}

#[test]
fn install_copies_the_program_and_creates_the_folder() {
    let job = Job::new().file("old/jobproxy", "an old one");
    for folder in ["new/folder", "old"] {
        job.run(&["install", folder])
            .status(0)
            .stdout("")
            .stderr(&format!("jobproxy: installed {folder}/jobproxy\n"));
        let path = format!("{folder}/jobproxy");
        assert_eq!(job.mode(&path), 0o755);
        assert!(fs::read(job.path(&path)).unwrap() == fs::read(program()).unwrap());
        let ran = job.ran(job.command(job.path(&path)).arg("--version")).status(0);
        assert!(ran.stdout.starts_with("jobproxy "));
    }
    assert_eq!(job.files(), ["new/folder/jobproxy", "old/jobproxy"]);
    job.write("file", "");
    job.run(&["install", "file/x"])
        .status(1)
        .says("jobproxy: file/x: cannot create the folder: not a directory\n");
    job.run(&["install"]).status(2).says("install needs one DIR");
}

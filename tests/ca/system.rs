//! The bundle of the image, in a root of its own where nothing is mounted over it.

use std::fs;
use std::path::PathBuf;

use super::{CORP, OTHER};
use crate::support::{Job, Ran, program, tool};

const BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";

/// A job in a container of its own: a root with one bundle.
struct Container {
    job: Job,
    /// Run in the new root's mount namespace, before the program.
    before: &'static str,
}

impl Container {
    fn new(bundle: &str) -> Self {
        let job = Job::behind_proxy()
            .env("HOME", "/")
            .env("CI_DISPOSABLE_ENVIRONMENT", "true")
            .env("JOBPROXY_CA", "/corp.pem")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        job.write(&format!("root/{BUNDLE}"), bundle);
        job.write("root/corp.pem", CORP);
        job.write("root/.dockerenv", "");
        for folder in ["tmp", "proc"] {
            fs::create_dir(job.path(&format!("root/{folder}"))).unwrap();
        }
        Self { job, before: "" }
    }

    /// `/` of the new root is a file system of its own, as in a container.
    fn run(&self, arguments: &[&str]) -> Ran {
        let script = format!(
            "root=$1; shift; mount --bind \"$root\" \"$root\"; cd \"$root\"
             for folder in /bin /lib /lib64 /usr; do
                 if [ -L $folder ]; then cp -P $folder .$folder 2>/dev/null || :; continue; fi
                 mkdir -p .$folder; mount --rbind $folder .$folder
             done
             mount -t proc proc proc; cp \"$1\" jobproxy; shift; {}
             exec chroot . /usr/bin/env PATH=/nowhere /jobproxy \"$@\"",
            self.before
        );
        let mut command = self.job.command(tool("unshare"));
        command.args(["--mount", "--propagation", "private", "--pid", "--fork", "sh", "-ec", &script, "sh"]);
        command.arg(self.job.path("root")).arg(program()).args(arguments);
        self.job.ran(&mut command)
    }

    fn bundle(&self) -> String {
        self.job.read(&format!("root/{BUNDLE}"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.job.path("root").join(name)
    }
}

#[test]
fn a_disposable_container_trusts_the_ca_and_undo_gives_the_bundle_back_to_the_byte() {
    needs!("root", "mount namespaces");
    for old in [OTHER.to_owned(), OTHER.trim_end().to_owned(), format!("# a comment\n{OTHER}\n\n")] {
        let container = Container::new(&old);
        container.run(&["setup", "--export"]).status(0).says(
            "trusts 'Corp Root CA' (until 2031-02-03) in 12 programs' variables and /etc/ssl/certs/ca-certificates.crt\n",
        );
        let new = container.bundle();
        assert!(new.starts_with(&old) && new.contains(CORP.trim_end()), "{new}");
        assert_eq!(container.job.mode(&format!("root/{BUNDLE}")), 0o644);
        let modified = || container.path(BUNDLE).metadata().unwrap().modified().unwrap();
        let before = modified();
        container.run(&["setup"]).status(0).says("trusts 'Corp Root CA' (until 2031-02-03) in /etc/ssl");
        assert_eq!((container.bundle(), modified()), (new, before));
        container.run(&["undo"]).status(0).says("removed the CA from /etc/ssl/certs/ca-certificates.crt\n");
        assert_eq!(container.bundle(), old);
        assert!(!container.path("etc/ssl/certs/ca-certificates.crt.jobproxy").exists());
    }
}

#[test]
fn another_ca_replaces_the_one_of_an_earlier_run_and_one_that_is_there_is_not_added() {
    needs!("root", "mount namespaces");
    let container = Container::new(OTHER);
    container.run(&["setup"]).status(0);
    container.job.write("root/corp.pem", include_str!("../data/ca/issuing.pem"));
    container.run(&["setup"]).status(0).says("trusts 'Corp Issuing CA'");
    let bundle = container.bundle();
    assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 2, "{bundle}");
    assert_eq!(bundle.matches("# jobproxy").count(), 2, "{bundle}");
    let container = Container::new(&format!("{OTHER}{CORP}"));
    container.run(&["setup"]).status(0).says("trusts 'Corp Root CA'");
    assert_eq!(container.bundle(), format!("{OTHER}{CORP}"));
}

#[test]
fn what_is_not_of_the_container_alone_stays() {
    needs!("root", "mount namespaces");
    let note = "; wget and apt, which read nothing else, do not trust the CA\n";
    for (before, says) in [
        ("rm .dockerenv", None),
        (
            "mount --bind etc/ssl etc/ssl",
            Some("/etc/ssl/certs/ca-certificates.crt: is mounted, so it stays as it is"),
        ),
        (
            "mount --bind etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ca-certificates.crt",
            Some("/etc/ssl/certs/ca-certificates.crt: is mounted, so it stays as it is"),
        ),
        ("umount proc", Some("/etc/ssl/certs/ca-certificates.crt: is mounted, so it stays as it is")),
        (
            "mkdir -p run; mount -t tmpfs tmpfs tmp; mount -o remount,ro,bind .",
            Some("/etc/ssl/certs/ca-certificates.crt: cannot write: read-only file system"),
        ),
    ] {
        let container = Container { before, ..Container::new(OTHER) };
        let ran = container.run(&["setup", "--export", "--no-docker", "--no-git"]).status(0);
        let ran = ran.says("trusts 'Corp Root CA' (until 2031-02-03) in 12 programs' variables\n");
        match says {
            Some(reason) => drop(ran.says(&format!("{reason}{note}"))),
            None => drop(ran.never_says("wget")),
        }
        assert_eq!(container.bundle(), OTHER, "{before}");
    }
    let mut container = Container::new(OTHER);
    container.job = container.job.without("CI_DISPOSABLE_ENVIRONMENT");
    container.run(&["setup", "--export"]).status(0);
    assert_eq!(container.bundle(), OTHER);
}

#[test]
fn an_image_without_a_bundle_gets_only_what_adds() {
    needs!("root", "mount namespaces");
    let container = Container::new("");
    let ran = container.run(&["env", "--format", "dotenv"]).status(0);
    let ran = ran.says(
        "jobproxy: trusts 'Corp Root CA' (until 2031-02-03) in 2 programs' variables\n\
         jobproxy: this image has no bundle of certificates, so only variables that add to what a program trusts are set; \
         install ca-certificates for the others\n",
    );
    let names: Vec<String> = super::variables(&ran).into_keys().collect();
    assert_eq!(names, ["DENO_CERT", "NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA"]);
    // What the job names itself still counts.
    let own = Container { job: container.job.env("SSL_CERT_FILE", "/other.pem"), before: "" };
    own.job.write("root/other.pem", OTHER);
    let ran = own.run(&["env", "--format", "dotenv"]).status(0).says("in 3 programs' variables\n");
    assert!(super::variables(&ran).contains_key("SSL_CERT_FILE"));
}

#[test]
fn the_bundle_behind_a_link_is_written_and_the_link_stays() {
    needs!("root", "mount namespaces");
    let container = Container::new("");
    container.job.write("root/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", OTHER);
    fs::create_dir_all(container.path("etc/pki/tls/certs")).unwrap();
    let link = container.path("etc/pki/tls/certs/ca-bundle.crt");
    std::os::unix::fs::symlink("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", &link).unwrap();
    container.run(&["setup"]).status(0).says("in /etc/pki/tls/certs/ca-bundle.crt\n");
    let real = "root/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";
    assert!(link.is_symlink() && container.job.read(real).contains(CORP.trim_end()));
    container.run(&["undo"]).status(0);
    assert_eq!(container.job.read(real), OTHER);
}

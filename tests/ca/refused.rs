//! Files that are not used: one line says why, and nothing is written.

use std::os::unix::fs::symlink;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{CORP, LEAF, certificates, job};
use crate::support::{Job, program, tool};

const KEY: &str =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0IGtleQ==\n-----END ENCRYPTED PRIVATE KEY-----\n";
const EXPIRED: &str = include_str!("../data/ca/expired.pem");
const HOSTILE: &str = include_str!("../data/ca/hostile.pem");

/// The job trusts nothing, and says why in one line.
fn refuses(job: &Job, file: &str, line: &str) {
    let before = job.files();
    let ran = job.run(&["env", "--ca", file]).status(1).stderr(&format!("jobproxy: --ca: {line}\n"));
    assert!(ran.stdout.contains("https_proxy") && !ran.stdout.contains(".pem"), "{}", ran.stdout);
    assert_eq!(job.files(), before);
}

#[test]
fn a_file_that_holds_something_else_is_refused_in_one_line() {
    let der = certificates(CORP)[0].clone();
    let signed_data = b"\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x30\x00";
    let nothing = "holds no certificate in PEM form (no line -----BEGIN CERTIFICATE-----)";
    for (content, reason) in [
        (
            format!("{CORP}{KEY}").into_bytes(),
            "holds a private key, so nothing of it is used; give a file with certificates only",
        ),
        (
            format!("{KEY}{CORP}").replace('\n', "\r\n").into_bytes(),
            "holds a private key, so nothing of it is used; give a file with certificates only",
        ),
        (
            LEAF.into(),
            "certificate 1 in it, 'www.corp.test', is one of a server or a user, not of a CA; give the certificate of the CA that signed it",
        ),
        (
            format!("{CORP}{LEAF}").into_bytes(),
            "certificate 2 in it, 'www.corp.test', is one of a server or a user, not of a CA; give the certificate of the CA that signed it",
        ),
        (
            include_bytes!("../data/ca/no-constraints.pem").to_vec(),
            "certificate 1 in it, 'gitlab.corp.test', is one of a server or a user, not of a CA; give the certificate of the CA that signed it",
        ),
        (der.clone(), "is DER, not PEM; convert the file: openssl x509 -inform DER -in FILE -out FILE.pem"),
        (
            signed_data.to_vec(),
            "is PKCS #7, not PEM of certificates; convert the file: openssl pkcs7 -print_certs -in FILE -out FILE.pem (with -inform DER where it is binary)",
        ),
        (
            b"-----BEGIN PKCS7-----\n".to_vec(),
            "is PKCS #7, not PEM of certificates; convert the file: openssl pkcs7 -print_certs -in FILE -out FILE.pem (with -inform DER where it is binary)",
        ),
        (
            CORP.replace("CERTIFICATE", "TRUSTED CERTIFICATE").into(),
            "has the form TRUSTED CERTIFICATE, which only OpenSSL reads; convert the file: openssl x509 -in FILE -out FILE.pem",
        ),
        (Vec::new(), "is empty; put the certificate of the CA there, in PEM form"),
        (b" \n\n".to_vec(), "is empty; put the certificate of the CA there, in PEM form"),
        (b"http://proxy.corp:3128".to_vec(), nothing),
        (b"\x30\x84\xff\xff\xff\xff".to_vec(), nothing),
        (CORP.replace("MII", "M!I").into(), "certificate 1 in it is damaged; export the certificate again"),
        (
            format!("{CORP}{}", &CORP[..200]).into_bytes(),
            "certificate 2 in it is damaged; export the certificate again",
        ),
        (
            format!(
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                STANDARD.encode(&der[..60])
            )
            .into_bytes(),
            "certificate 1 in it is damaged; export the certificate again",
        ),
    ] {
        refuses(&job().file("x", content), "x", &format!("x: {reason}"));
    }
}

#[test]
fn something_that_is_no_file_is_refused_at_once() {
    let job = job();
    assert!(Command::new(tool("mkfifo")).arg(job.path("fifo")).status().unwrap().success());
    symlink("fifo", job.path("link")).unwrap();
    let big = std::fs::File::create(job.path("big")).unwrap();
    big.set_len(10 * 1024 * 1024 + 1).unwrap();
    for (file, line) in [
        ("fifo", "fifo: is a fifo, not a regular file"),
        ("link", "link: is a fifo, not a regular file"),
        ("/dev/zero", "/dev/zero: is a device, not a regular file"),
        ("tmp", "tmp: is a folder, not a regular file"),
        ("big", "big: is bigger than 10 MiB"),
        ("/nowhere", "/nowhere: cannot read: no such file or directory"),
    ] {
        refuses(&job, file, line);
    }
}

#[test]
fn a_link_to_a_file_and_odd_names_are_taken() {
    let name = "a'; touch canary; $(touch canary)\n:b \".pem";
    let job = job().file(name, CORP);
    symlink(name, job.path("link")).unwrap();
    for file in [name, "link"] {
        job.run(&["env", "--ca", file]).status(0).says("trusts 'Corp Root CA'");
    }
    let ran = job.run(&["env", "--ca", &format!("{name}x")]).status(1);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(!job.path("canary").exists());
}

#[test]
fn an_expired_certificate_is_left_out_with_a_note() {
    let line = "jobproxy: old.pem: the certificate of 'Old Root CA' expired on 2021-01-01, so it is left out; ask for the new one\n";
    let job = job().file("old.pem", EXPIRED);
    let before = job.files();
    job.run(&["env", "--ca", "old.pem"]).status(0).stderr(line).never_says("SSL_CERT_FILE");
    assert_eq!(job.files(), before);
    let both = job.file("old.pem", format!("{EXPIRED}{CORP}"));
    both.run(&["env", "--ca", "old.pem"])
        .status(0)
        .says(line)
        .says("trusts 'Corp Root CA' (until 2031-02-03) in ");
}

#[test]
fn a_file_that_is_refused_does_not_keep_another_from_being_used() {
    job()
        .run(&["env", "--ca", "leaf.pem", "--ca", "corp.pem"])
        .status(1)
        .says("jobproxy: --ca: leaf.pem: certificate 1")
        .says("trusts 'Corp Root CA'");
}

#[test]
fn a_certificate_in_the_variable_itself_is_not_shown() {
    let job = job().env("JOBPROXY_CA", CORP);
    let line = "jobproxy: JOBPROXY_CA: holds a certificate instead of the name of a file; make the GitLab variable one of type File\n";
    job.run(&["env"]).status(1).stderr(line);
}

#[test]
fn the_name_in_a_certificate_cannot_break_the_log() {
    let job = job().file("hostile.pem", HOSTILE);
    job.run(&["env", "--ca", "hostile.pem"]).status(0).stderr(
        "jobproxy: trusts 'A?; touch canary; ???[31m??B' (until 2031-02-03) in 12 programs' variables\n",
    );
}

#[test]
fn roots_of_the_first_version_and_with_a_usage_alone_are_authorities() {
    for (content, name) in [
        (include_str!("../data/ca/v1.pem"), "First Version"),
        (include_str!("../data/ca/key-usage.pem"), "Key Usage Only"),
    ] {
        let job = job().file("ca.pem", format!("\u{feff}{}", content.replace('\n', "\r\n")));
        job.run(&["env", "--ca", "ca.pem"]).status(0).says(&format!("trusts '{name}' (until 2"));
    }
}

#[test]
fn a_command_starts_whatever_is_wrong_with_its_ca() {
    let job = job();
    let ran = job.run(&["exec", "--ca", "leaf.pem", "--", "/bin/sh", "-c", "echo ${SSL_CERT_FILE-unset}"]);
    ran.status(0).stdout("unset\n").says("jobproxy: --ca: leaf.pem: ");
    // A file that this user must not read.
    let closed = job.env("JOBPROXY_CA", "/proc/1/mem");
    let output = closed.command(program()).arg("env").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

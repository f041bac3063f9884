//! The certificate that comes with the proxy: where it is taken from, what is refused, and what programs get.

mod refused;
mod system;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use jobproxy::ca::table::{SYSTEM_BUNDLES, Takes, VARIABLES};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::support::{Job, Ran, program, tool};

const CORP: &str = include_str!("../data/ca/corp-root.pem");
const OTHER: &str = include_str!("../data/ca/other-root.pem");
const ISSUING: &str = include_str!("../data/ca/issuing.pem");
const LEAF: &str = include_str!("../data/ca/leaf.pem");

/// The line of the log, without Java.
const TRUSTS: &str = "jobproxy: trusts 'Corp Root CA' (until 2031-02-03) in 12 programs' variables\n";

/// A job behind a proxy, with files of certificates and a folder for temporary files.
fn job() -> Job {
    let job = Job::behind_proxy()
        .env("PATH", "/nowhere")
        .file("corp.pem", CORP)
        .file("other.pem", OTHER)
        .file("leaf.pem", LEAF);
    fs::create_dir(job.path("tmp")).unwrap();
    let temporary = job.path("tmp");
    job.env("TMPDIR", temporary)
}

/// What `--format dotenv` printed, but for the proxy variables.
fn variables(ran: &Ran) -> BTreeMap<String, String> {
    let pairs = ran.stdout.lines().map(|line| line.split_once('=').unwrap());
    let of_proxy = |name: &str| name.to_ascii_lowercase().ends_with("_proxy");
    pairs.filter(|(name, _)| !of_proxy(name)).map(|(name, value)| (name.into(), value.into())).collect()
}

fn env(job: &Job) -> BTreeMap<String, String> {
    variables(&job.run(&["env", "--format", "dotenv", "--ca", "corp.pem"]).status(0))
}

fn certificates(pem: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
    CertificateDer::pem_slice_iter(pem.as_ref()).map(|der| der.unwrap().to_vec()).collect()
}

/// The certificates of the file that a variable names.
fn named(job: &Job, value: &str) -> Vec<Vec<u8>> {
    certificates(fs::read(value.replace('~', &job.path("").display().to_string())).unwrap())
}

/// The bundle of this machine.
fn of_machine() -> Option<Vec<Vec<u8>>> {
    let read = |file: &&str| fs::read(file).ok().map(certificates).filter(|found| !found.is_empty());
    SYSTEM_BUNDLES.iter().find_map(read)
}

#[test]
fn every_variable_of_the_table_names_a_union_or_what_is_added() {
    let Some(machine) = of_machine() else { return };
    let job = job();
    let ran = job.run(&["env", "--format", "dotenv", "--ca", "corp.pem"]).status(0).stderr(TRUSTS);
    let variables = variables(&ran);
    let set = VARIABLES.iter().filter(|row| row.takes != Takes::InsteadIfSet);
    assert!(variables.keys().eq(set.map(|row| row.name)), "{variables:?}");
    let own = certificates(CORP);
    for row in VARIABLES.iter().filter(|row| row.takes != Takes::InsteadIfSet) {
        let value = &variables[row.name];
        match row.takes {
            Takes::Switch => assert_eq!(value, "1"),
            Takes::Added => assert_eq!(named(&job, value), own),
            _ => {
                let bundle = named(&job, value);
                assert_eq!(bundle.len(), machine.len() + 1, "{}", row.name);
                assert!(machine.iter().chain(&own).all(|certificate| bundle.contains(certificate)));
            }
        }
    }
}

#[test]
fn every_user_can_read_the_files_and_the_next_run_takes_the_same() {
    use std::os::unix::fs::MetadataExt as _;
    let job = job();
    let first = env(&job);
    let files = job.files();
    let inodes = || files.iter().map(|file| job.path(file).metadata().unwrap().ino()).collect::<Vec<_>>();
    let before = inodes();
    assert_eq!(env(&job), first);
    assert_eq!((inodes(), job.files()), (before, files.clone()));
    for file in files.iter().filter(|file| file.starts_with("tmp/")) {
        assert_eq!(job.mode(file), 0o644, "{file}");
        assert_eq!(job.path(file).parent().unwrap().metadata().unwrap().mode() & 0o7777, 0o755);
    }
}

#[test]
fn a_file_that_an_earlier_job_has_changed_is_made_again() {
    let job = job();
    let first = env(&job);
    let files = || -> Vec<_> {
        job.files()
            .iter()
            .filter(|file| file.starts_with("tmp/"))
            .map(|file| (job.read(file), job.mode(file)))
            .collect()
    };
    let made = files();
    for file in job.files().iter().filter(|file| file.starts_with("tmp/")) {
        job.write(file, job.read(file) + OTHER);
    }
    assert_ne!(files(), made);
    assert_eq!(env(&job), first);
    assert_eq!(files(), made);
    for file in job.files().iter().filter(|file| file.starts_with("tmp/")) {
        fs::set_permissions(job.path(file), fs::Permissions::from_mode(0o666)).unwrap();
    }
    assert_eq!(env(&job), first);
    assert_eq!(files(), made);
}

#[test]
fn a_second_run_over_its_own_variables_gives_the_same_values() {
    let job = job();
    let first = env(&job);
    let again = first.iter().fold(job, |job, (name, value)| {
        let value = value.replace('~', &job.path("").display().to_string());
        job.env(name, value)
    });
    let mut second = env(&again);
    // Set by the first run, so it is the job's own now.
    assert_eq!(second.insert("NODE_USE_SYSTEM_CA".into(), "1".into()), None);
    assert_eq!(second, first);
}

#[test]
fn without_a_ca_no_variable_is_set_and_no_file_written() {
    let job = job();
    for arguments in [&["env"][..], &["env", "--no-ca"], &["setup", "--export"]] {
        let ran = job.run(arguments).status(0).never_says("trusts").never_says("SSL_CERT_FILE");
        assert!(!ran.stdout.contains("tmp"), "{}", ran.stdout);
    }
    assert!(!job.files().iter().any(|file| file.starts_with("tmp/")));
}

#[test]
fn what_a_variable_of_the_job_names_is_merged() {
    let Some(machine) = of_machine() else { return };
    let (corp, other) = (certificates(CORP), certificates(OTHER));
    for name in [
        "REQUESTS_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "NPM_CONFIG_CAFILE",
        "npm_config_cafile",
        "NIX_SSL_CERT_FILE",
    ] {
        let job = job();
        let path = job.path("other.pem");
        let job = job.env(name, path);
        let variables = env(&job);
        let bundle = named(&job, &variables[name]);
        assert_eq!(bundle.len(), machine.len() + 2, "{name}");
        assert!(bundle.contains(&corp[0]) && bundle.contains(&other[0]), "{name}");
        assert_eq!(named(&job, &variables["NODE_EXTRA_CA_CERTS"]), corp, "{name}");
    }
    let job = job();
    let path = job.path("other.pem");
    let job = job.env("NODE_EXTRA_CA_CERTS", path);
    let variables = env(&job);
    assert_eq!(named(&job, &variables["NODE_EXTRA_CA_CERTS"]), [other, corp].concat());
}

/// The variables override the files.
#[test]
fn what_the_configuration_of_programs_names_is_merged_too() {
    let other = certificates(OTHER)[0].clone();
    for (file, content) in [
        (".gitconfig", "[http \"https://git.corp\"]\n\tsslCAInfo = ~/other.pem\n"),
        (".npmrc", "cafile=${HOME}/other.pem\n"),
        (".config/pip/pip.conf", "[global]\ncert = ~/other.pem\n"),
        (".cargo/config.toml", "[http]\ncainfo = \"~/other.pem\"\n"),
    ] {
        let job = job().file(file, content);
        let variables = env(&job);
        if let Some(bundle) = variables.get("GIT_SSL_CAINFO") {
            assert!(named(&job, bundle).contains(&other), "{file}");
        }
        assert_eq!(named(&job, &variables["NODE_EXTRA_CA_CERTS"]), certificates(CORP), "{file}");
    }
}

#[test]
fn a_value_that_cannot_be_merged_stays() {
    let with_key = format!("{OTHER}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    for (value, reason) in [
        (".", ".: is a folder, not a regular file"),
        ("text", "text: holds no certificate in PEM form"),
        ("key.pem", "key.pem: holds a private key"),
    ] {
        let job = job().file("text", "text").file("key.pem", &with_key).env("REQUESTS_CA_BUNDLE", value);
        let ran = job
            .run(&["env", "--format", "dotenv", "--ca", "corp.pem"])
            .status(0)
            .says(&format!("jobproxy: REQUESTS_CA_BUNDLE: {reason}, so the variable stays as it is\n"));
        let variables = variables(&ran);
        assert!(!variables.contains_key("REQUESTS_CA_BUNDLE") && variables.contains_key("SSL_CERT_FILE"));
    }
    // Nothing works with a file that is not there.
    assert!(env(&job().env("REQUESTS_CA_BUNDLE", "/nowhere")).contains_key("REQUESTS_CA_BUNDLE"));
}

#[test]
fn files_are_taken_from_flags_from_the_variable_and_from_where_gitlab_puts_them() {
    let names = |job: &Job, arguments: &[&str]| {
        let ran = job.run(&[&["env"], arguments].concat()).status(0);
        let line = ran.stderr.lines().find(|line| line.contains(" trusts ")).unwrap_or_default();
        ["Corp Root CA", "Other Root"].map(|name| line.contains(name))
    };
    assert_eq!(names(&job(), &["--ca", "corp.pem", "--ca=other.pem"]), [true, true]);
    let by_variable = job().env("JOBPROXY_CA", "corp.pem:other.pem:");
    assert_eq!(names(&by_variable, &[]), [true, true]);
    assert_eq!(names(&by_variable, &["--ca", "other.pem"]), [false, true]);
    assert_eq!(names(&by_variable, &["--no-ca"]), [false, false]);
    assert_eq!(names(&by_variable.env("JOBPROXY_NO_CA", "1"), &[]), [false, false]);
    // The runner hands out the chain that the server sent, with the server's own certificate.
    let chain = job().file("chain.pem", [LEAF, ISSUING, CORP].concat());
    let path = chain.path("chain.pem");
    assert_eq!(names(&chain.env("CI_SERVER_TLS_CA_FILE", path), &[]), [true, false]);
}

#[test]
fn a_chain_that_the_image_trusts_already_changes_nothing() {
    let Some(bundle) = SYSTEM_BUNDLES.iter().map(Path::new).find(|bundle| bundle.exists()) else { return };
    let job = job().env("CI_SERVER_TLS_CA_FILE", bundle);
    job.run(&["env"]).status(0).stderr("").never_says("SSL_CERT_FILE");
    // Without a proxy nobody asked for it.
    let job = Job::new().file("corp.pem", CORP);
    let path = job.path("corp.pem");
    let job = job.env("CI_SERVER_TLS_CA_FILE", path);
    job.run(&["env"]).status(0).stdout("").says(": nothing to do\n");
}

#[test]
fn a_ca_that_was_asked_for_needs_no_proxy() {
    let job = job().without("HTTP_PROXY").without("HTTPS_PROXY");
    let ran = job.run(&["setup", "--export", "--ca", "corp.pem"]).status(0).stderr(&format!(
        "jobproxy: no proxy is set (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, FTP_PROXY)\n{TRUSTS}"
    ));
    assert!(ran.stdout.contains("export SSL_CERT_FILE='~/tmp/jobproxy-ca-"), "{}", ran.stdout);
    assert!(!job.path(".gitconfig").exists());
}

#[test]
fn exec_and_after_script_get_the_variables_too() {
    let job = job().file("gitlab_env", "A=1\n");
    let ran = job
        .run(&["exec", "--ca", "corp.pem", "--", "/bin/sh", "-c", "/bin/cat \"$SSL_CERT_FILE\""])
        .status(0);
    assert!(certificates(&ran.stdout).contains(&certificates(CORP)[0]));
    let path = job.path("gitlab_env");
    let job = job.env("GITLAB_ENV", path);
    job.run(&["setup", "--gitlab-env", "--ca", "corp.pem"]).status(0).says(TRUSTS);
    let lines = job.read("gitlab_env");
    for name in ["GIT_SSL_CAINFO", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        assert!(lines.contains(&format!("\n{name}=")), "{lines}");
    }
    let again = job.run(&["setup", "--gitlab-env", "--ca", "corp.pem"]).status(0);
    assert_eq!(job.read("gitlab_env"), lines, "{}", again.stderr);
}

#[test]
fn setup_that_exports_nothing_says_how_programs_get_the_ca() {
    let job = job();
    job.run(&["setup", "--ca", "corp.pem"])
        .status(0)
        .never_says("trusts")
        .says("jobproxy: programs find a CA by variables, which eval \"$(jobproxy setup --export)\" sets\n");
    assert!(!job.files().iter().any(|file| file.starts_with("tmp/")));
}

#[test]
fn undo_removes_the_files() {
    let job = job().env("JOBPROXY_CA", "corp.pem");
    job.run(&["setup", "--export"]).status(0).says(TRUSTS);
    job.run(&["undo", "--dry-run"]).status(0).says("jobproxy: would remove ~/tmp/jobproxy-ca-");
    job.run(&["undo"]).status(0).says("jobproxy: removed ~/tmp/jobproxy-ca-");
    assert_eq!(job.files(), ["corp.pem", "leaf.pem", "other.pem"]);
    // Also where the proxy and the option are gone, and only the exports are left.
    let bundle = env(&job)["SSL_CERT_FILE"].replace('~', &job.path("").display().to_string());
    let job = job.without("HTTP_PROXY").without("HTTPS_PROXY").without("JOBPROXY_CA");
    job.run(&["undo"]).status(1).says("undo needs the proxy variables");
    let job = job.env("SSL_CERT_FILE", bundle);
    job.run(&["undo"]).status(0).says("jobproxy: removed ~/tmp/jobproxy-ca-");
}

#[test]
fn dry_run_writes_nothing() {
    let job = job();
    let before = job.files();
    job.run(&["setup", "--export", "--dry-run", "--ca", "corp.pem"])
        .status(0)
        .says("jobproxy: would trust 'Corp Root CA' (until 2031-02-03) in 12 programs' variables\n");
    assert_eq!(job.files(), before);
    assert_eq!(fs::read_dir(job.path("tmp")).unwrap().count(), 0);
}

#[test]
fn a_private_job_has_its_own_files_and_its_undo_or_the_next_job_removes_them() {
    // As in a shell executor, which the tests may not be in.
    let job = job().env("GITLAB_CI", "true").env("CI_JOB_ID", "1").env("JOBPROXY_PRIVATE", "1");
    fs::create_dir_all(job.path("builds/project")).unwrap();
    fs::create_dir_all(job.path("builds/project.tmp")).unwrap();
    let project = job.path("builds/project");
    let job = job.env("CI_PROJECT_DIR", project);
    let of = |job: &Job| job.run(&["setup", "--export", "--ca", "corp.pem"]).status(0).says(TRUSTS).stdout;
    assert!(of(&job).contains("~/builds/project.tmp/jobproxy-1/ca/bundle-"));
    assert_eq!(job.mode("builds/project.tmp/jobproxy-1"), 0o700);
    let job = job.env("CI_JOB_ID", "2");
    assert!(of(&job).contains("~/builds/project.tmp/jobproxy-2/ca/bundle-"));
    assert!(!job.path("builds/project.tmp/jobproxy-1").exists());
    // No option and no variable names the files: the number of the job does.
    job.run(&["undo"]).status(0).says("jobproxy: removed ~/builds/project.tmp/jobproxy-2/ca\n");
    assert!(!job.files().iter().any(|file| file.contains("jobproxy-2")), "{:?}", job.files());
}

#[test]
fn the_clone_of_a_shell_executor_and_the_job_have_the_same_files() {
    needs!("no container around the tests");
    let job = job().env("GITLAB_CI", "true").env("CI_JOB_ID", "1");
    fs::create_dir_all(job.path("builds/project.tmp")).unwrap();
    let project = job.path("builds/project");
    let job = job.env("CI_PROJECT_DIR", project);
    let bundle = env(&job)["SSL_CERT_FILE"].clone();
    assert!(bundle.starts_with("~/builds/project.tmp/jobproxy-1/ca/bundle-"), "{bundle}");
    job.run(&["setup", "--export", "--ca", "corp.pem"]).status(0).says(TRUSTS).stdout.find(&bundle).unwrap();
}

#[test]
fn java_gets_a_copy_of_its_own_store_where_somebody_asked() {
    needs!("keytool");
    let job = job().env("PATH", "/usr/bin:/bin").file("chain.pem", CORP);
    let path = job.path("chain.pem");
    let found = job.env("CI_SERVER_TLS_CA_FILE", path);
    let ran = found.run(&["env"]).status(0).says("jobproxy: java does not trust the CA, which nobody named");
    assert!(!ran.stdout.contains("JAVA_TOOL_OPTIONS"), "{}", ran.stdout);
    let job = found.env("JOBPROXY_CA", "corp.pem");
    let count = |store: &str| {
        let mut keytool = job.command(tool("keytool"));
        keytool.args(["-list", "-storepass", "changeit", "-keystore"]).arg(store);
        job.ran(&mut keytool).status(0).stdout.matches("trustedCertEntry").count()
    };
    let value = env(&job)["JAVA_TOOL_OPTIONS"].clone();
    let store = value.split("trustStore=").nth(1).unwrap().split(' ').next().unwrap();
    let store = store.replace('~', &job.path("").display().to_string());
    let home = fs::canonicalize(tool("keytool")).unwrap();
    let own = home.parent().unwrap().parent().unwrap().join("lib/security/cacerts");
    assert_eq!(count(&store), count(&own.display().to_string()) + 1);
    // A store that a job has changed is made again, and runs at the same time all get the store.
    let files = job.files();
    fs::write(&store, "").unwrap();
    let start =
        || job.command(program()).args(["env", "--format", "dotenv"]).stdout(Stdio::piped()).spawn().unwrap();
    for run in [start(), start(), start()] {
        let output = run.wait_with_output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("\nJAVA_TOOL_OPTIONS=-Djavax"));
    }
    assert_eq!(count(&store), count(&own.display().to_string()) + 1);
    assert_eq!(job.files(), files);
    // The store of an earlier run is not the base of another.
    let again =
        env(&job
            .env("JAVA_TOOL_OPTIONS", value.replace('~', &store[..store.find("/tmp/jobproxy-ca").unwrap()])));
    assert_eq!(again["JAVA_TOOL_OPTIONS"], value);
}

#[test]
fn the_document_has_the_table() {
    let document = include_str!("../../docs/certificates.md");
    for row in &VARIABLES {
        let file = match row.takes {
            Takes::Instead => "the bundle",
            Takes::InsteadIfSet => "the bundle, where the job has set the variable",
            Takes::Added => "the CA alone: it is added",
            Takes::Switch => "none: the value is 1",
        };
        let line = format!("| {} | {} | {file} | {} |\n", row.name, row.clients, row.source);
        assert!(document.contains(&line), "{line}");
    }
}

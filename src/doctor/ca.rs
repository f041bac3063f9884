//! The variables that name files with the certificates of authorities.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{Finding, Job, Kind};
use crate::environment::CA_FILES;

pub fn check(job: &Job) -> Vec<Finding> {
    let fault = |name: &str| {
        let value = job.environment.path(name)?;
        let (text, remedy) = fault_of(name, value)?;
        Some(Finding::new(Kind::CaFileMissing, name, text, remedy))
    };
    CA_FILES.iter().filter_map(|name| fault(name)).collect()
}

/// Returns what is wrong with the value of a variable, and how to fix the value.
fn fault_of(name: &str, value: &Path) -> Option<(String, &'static str)> {
    // A GitLab variable of type File holds the name of a file with the text (GitLab, "CI/CD variables").
    if value.as_os_str().as_encoded_bytes().starts_with(b"-----BEGIN") {
        let remedy = "make the GitLab variable one of type File";
        return Some(("holds a certificate instead of the name of a file".to_owned(), remedy));
    }
    let shown = value.display();
    let remedy = "create the file, or unset the variable";
    if name.ends_with("_DIR") || name.ends_with("CAPATH") {
        let exists = std::env::split_paths(value).any(|folder| folder.is_dir());
        return (!exists).then(|| (format!("names no directory: {shown}"), remedy));
    }
    let content = match fs::read(value) {
        Ok(content) => content,
        Err(error) => {
            let text = match error.kind() {
                ErrorKind::NotFound => format!("names a file that does not exist: {shown}"),
                kind => format!("names a file that cannot be read: {shown}: {kind}"),
            };
            return Some((text, remedy));
        }
    };
    // OpenSSL writes `BEGIN TRUSTED CERTIFICATE` too (openssl-x509(1)).
    let is_certificate =
        |line: &[u8]| line.starts_with(b"-----BEGIN ") && line.ends_with(b"CERTIFICATE-----");
    let has_certificate = content.split(|byte| *byte == b'\n').any(|line| is_certificate(line.trim_ascii()));
    (!has_certificate).then(|| {
        (
            format!("names a file without a certificate in PEM form: {shown}"),
            "put the certificates into the file",
        )
    })
}

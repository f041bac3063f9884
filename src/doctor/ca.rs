//! The certificates of authorities (CA): files that variables name, and authorities that no program knows.

use std::collections::HashSet;
use std::path::Path;

use super::{Finding, Job, Kind};
use crate::ca::der::Facts;
use crate::ca::pem;
use crate::ca::table::{Row, Takes, VARIABLES};
use crate::environment::CA_FILES;
use crate::machine::certificates::{MOST_BYTES, authorities, system_bundle};
use crate::options::CaSource;
use crate::replace_file::read_limited;

pub fn check(job: &Job) -> Vec<Finding> {
    let fault = |name: &str| {
        let value = job.environment.path(name)?;
        let (text, remedy) = fault_of(name, value)?;
        Some(Finding::new(Kind::CaFileMissing, name, text, remedy))
    };
    let mut found: Vec<Finding> = CA_FILES.iter().filter_map(|name| fault(name)).collect();
    let (authorities, errors) = authorities(&job.options.ca, job.environment, job.settings.has_proxy());
    found.extend(errors.iter().map(|error| {
        let text = error.to_string();
        let (source, text) = text.split_once(": ").unwrap_or(("--ca", text.as_str()));
        Finding::new(Kind::CaRefused, source, text, "until then setup leaves the file out")
    }));
    let bundle = system_bundle().map(|(_, content)| content);
    let image: HashSet<Vec<u8>> = bundle.iter().flat_map(|content| pem::certificates(content)).collect();
    let files = files(job);
    let of_files = files.iter().flat_map(|file| file.of_company(&image));
    let given = authorities
        .certificates
        .iter()
        .map(|certificate| Company { der: certificate.der.clone(), source: source(&job.options.ca) });
    found.extend(lacking(&files, given.chain(of_files).collect()));
    if !authorities.is_empty() {
        found.extend(not_set_up(job, &authorities.names(), bundle.is_some()));
    }
    found
}

/// What a person calls the place where the authorities come from.
fn source(ca: &CaSource) -> &str {
    match ca {
        CaSource::Files(option, _) => option,
        _ => "the CA of the runner",
    }
}

/// A variable and the certificates in its file.
struct File {
    name: &'static str,
    certificates: Vec<Vec<u8>>,
}

/// A certificate that only a company hands out, and where it was found.
struct Company<'a> {
    der: Vec<u8>,
    source: &'a str,
}

/// The most certificates that a file may have beside those of the image to count as those of a company. Bundles that
/// programs bring differ from the image's in more.
const MOST_OF_COMPANY: usize = 10;

impl File {
    fn of_company(&self, image: &HashSet<Vec<u8>>) -> Vec<Company<'_>> {
        let own: Vec<_> = self.certificates.iter().filter(|der| !image.contains(*der)).collect();
        let own = Some(own).filter(|own| own.len() <= MOST_OF_COMPANY).unwrap_or_default();
        own.into_iter().map(|der| Company { der: der.clone(), source: self.name }).collect()
    }
}

fn files(job: &Job) -> Vec<File> {
    let read = |row: &Row| {
        let path = job.environment.path(&row.name.to_ascii_uppercase())?;
        let certificates: Vec<_> = pem::certificates(&read_limited(path, MOST_BYTES).ok()?).collect();
        Some(File { name: row.name, certificates }).filter(|file| !file.certificates.is_empty())
    };
    // Both letter cases of npm's variable lead to the same file.
    VARIABLES.iter().filter(|row| row.name != "NPM_CONFIG_CAFILE").filter_map(read).collect()
}

/// Finds files without a certificate that others have.
fn lacking(files: &[File], company: Vec<Company>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for Company { der, source } in company {
        let Some(facts) = Facts::read(&der).filter(|_| seen.insert(der.clone())) else { continue };
        for file in files.iter().filter(|file| !file.certificates.contains(&der)) {
            let text =
                format!("names a file without the certificate of '{}', which {source} has", facts.name);
            let remedy = "jobproxy setup --export --ca FILE names one file with all certificates";
            found.push(Finding::new(Kind::CaFileLacks, file.name, text, remedy));
        }
    }
    found
}

/// Finds variables that `setup` would set.
fn not_set_up(job: &Job, names: &str, has_bundle: bool) -> Option<Finding> {
    let is_for_setup = |row: &&Row| match row.takes {
        Takes::Added => true,
        Takes::Instead => has_bundle,
        Takes::InsteadIfSet | Takes::Switch => false,
    };
    let is_unset = |row: &&Row| job.environment.path(&row.name.to_ascii_uppercase()).is_none();
    let unset: Vec<&str> = VARIABLES
        .iter()
        .filter(|row| row.name != "NPM_CONFIG_CAFILE")
        .filter(is_for_setup)
        .filter(is_unset)
        .map(|row| row.name)
        .collect();
    let text = format!("{names} is there, and these variables name no file with it: {}", unset.join(", "));
    let remedy = "eval \"$(jobproxy setup --export)\" sets them";
    (!unset.is_empty()).then(|| Finding::new(Kind::CaNotSetUp, source(&job.options.ca), text, remedy))
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
    } else if !value.exists() {
        return Some((format!("names a file that does not exist: {shown}"), remedy));
    }
    let content = match read_limited(value, MOST_BYTES) {
        Ok(content) => content,
        Err(error) => return Some((format!("names a file that cannot be read: {error}"), remedy)),
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

//! The certificates that the job's variables and the configuration of its programs name already.

use std::path::{Path, PathBuf};

use crate::ca::pem;
use crate::ca::table::Row;
use crate::config_files;
use crate::environment::Environment;
use crate::machine::certificates::MOST_BYTES;
use crate::output::git_file::GitFile;
use crate::replace_file::{MOST_OF_A_CONFIG, read_limited};

/// What the value of a variable of the job is.
pub enum Own {
    /// Not an existing file.
    Nothing,
    /// A file with certificates.
    File(Vec<u8>),
    /// Something that cannot be merged. The variable keeps its value; the text is the note for the report.
    Other(String),
}

impl Own {
    /// Reads the file that the variable of a row names.
    pub fn of(row: &Row, environment: &Environment) -> Self {
        let Some(path) = environment.path(&row.name.to_ascii_uppercase()) else { return Self::Nothing };
        if !path.exists() {
            return Self::Nothing;
        }
        let reason = match read_limited(path, MOST_BYTES) {
            Err(error) => error.to_string(),
            Ok(content) if pem::holds_private_key(&content) => {
                format!("{}: holds a private key", path.display())
            }
            Ok(content) if pem::certificates(&content).next().is_some() => return Self::File(content),
            Ok(_) => format!("{}: holds no certificate in PEM form", path.display()),
        };
        Self::Other(format!("{}: {reason}, so the variable stays as it is", row.name))
    }

    /// Returns the content of the file.
    pub fn content(&self) -> Option<&[u8]> {
        if let Self::File(content) = self { Some(content) } else { None }
    }
}

/// Files of programs that may name a file with certificates, below HOME or absolute, each with its key. The variables of
/// these programs override the key (git-config(1), `http.sslCAInfo`; pip, "Configuration"; npm, "config"; The Cargo Book,
/// "Configuration"; AWS CLI, "config-vars").
const CONFIGS: [(&str, &str); 7] = [
    (".npmrc", "cafile"),
    ("/etc/pip.conf", "cert"),
    (".pip/pip.conf", "cert"),
    (".config/pip/pip.conf", "cert"),
    (".cargo/config.toml", "cainfo"),
    (".cargo/config", "cainfo"),
    (".aws/config", "ca_bundle"),
];

/// Returns the contents of the files that the configuration of programs names, and of the chain of the GitLab server, which
/// GitLab Runner names in git's config for the clone (shells/abstract.go, `writeTLSCAInfo`).
pub fn of_configs(environment: &Environment) -> Vec<Vec<u8>> {
    let home = environment.home().unwrap_or_default();
    let mut files: Vec<PathBuf> =
        environment.path("CI_SERVER_TLS_CA_FILE").into_iter().map(Path::to_owned).collect();
    for (file, key) in CONFIGS {
        let text = config(&home.join(file));
        files.extend(values(&String::from_utf8_lossy(&text), key).map(|value| expanded(value, &home)));
    }
    let of_git = config_files::all_of_git(environment).unwrap_or_default();
    for file in of_git.into_iter().chain([PathBuf::from("/etc/gitconfig")]) {
        let parsed = GitFile::parse(&config(&file));
        let values = parsed.map(|parsed| parsed.values).unwrap_or_default();
        let named =
            values.iter().filter(|value| is_of_git(&value.key)).filter_map(|value| value.value.as_deref());
        files.extend(named.map(|value| expanded(value, &home)));
    }
    let content = |file: &PathBuf| read_limited(file, MOST_BYTES).ok();
    files.iter().filter_map(content).filter(|content| !pem::holds_private_key(content)).collect()
}

/// Returns the content of a configuration file; nothing where the file cannot be read.
fn config(path: &Path) -> Vec<u8> {
    read_limited(path, MOST_OF_A_CONFIG).unwrap_or_default()
}

/// `http.sslCAInfo` or `http.<url>.sslCAInfo`.
fn is_of_git(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("http.") && key.ends_with(".sslcainfo")
}

/// Returns the values of a key in lines `key = value`, the form of INI, TOML and npmrc.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.filter(move |pair| pair.0.trim() == key).map(|pair| pair.1.trim().trim_matches(['"', '\'']))
}

fn expanded(value: &str, home: &Path) -> PathBuf {
    let below_home = ["~/", "${HOME}/", "$HOME/"].iter().find_map(|start| value.strip_prefix(start));
    below_home.map_or_else(|| value.into(), |rest| home.join(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_every_syntax() {
        let text = "[global]\ncert = /a\n cert=\"/b\"\n#cert = /c\ncertain = /d\ncert\n";
        assert_eq!(values(text, "cert").collect::<Vec<_>>(), ["/a", "/b"]);
        for value in ["~/x", "${HOME}/x"] {
            assert_eq!(expanded(value, Path::new("/h")), Path::new("/h/x"));
        }
        assert!(is_of_git("http.https://a.b.sslCAInfo") && is_of_git("http.sslcainfo"));
    }
}

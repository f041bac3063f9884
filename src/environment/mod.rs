//! The variables of the job that jobproxy reads, collected once.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod names;

use crate::daemon;
use crate::no_proxy::Known;
use crate::no_proxy::rescue::addresses_in;
use names::{PATHS, RUNTIME_VARIABLES, TEXTS, TOOL_VARIABLES};

pub use names::{CA_FILES, GRPC, PAIRS, Texts};

/// Names of variables with their values. The lists are short, so that a linear search is fast.
pub type Named<T> = Vec<(String, T)>;

/// Returns the value of a variable; `None` when the variable is not in the list.
#[must_use]
pub fn lookup<'a, T>(named: &'a Named<T>, name: &str) -> Option<&'a T> {
    named.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// The part of a job's environment that concerns jobproxy.
#[derive(Clone, Default)]
pub struct Environment {
    /// The names of [`PAIRS`] and [`GRPC`], as they are set; a value may be blank.
    pub raw: Named<String>,
    /// The environment variables of the options (`JOBPROXY_...`).
    pub options: Named<String>,
    /// The variables that only one tool reads, by their names as set.
    pub tools: Named<String>,
    /// The other variables that are read as text.
    pub texts: Texts,
    /// The IP addresses in the values of all other variables, each once.
    pub known: Vec<Known>,
    /// The names in [`Environment::raw`] whose values are not UTF-8.
    pub not_utf8: Vec<String>,
    paths: Named<PathBuf>,
    container_marker: OnceCell<bool>,
    home_metadata: OnceCell<Option<Metadata>>,
}

impl Environment {
    /// Picks the variables that jobproxy knows out of all variables.
    ///
    /// `envy::from_env` panics on any variable that is not UTF-8, and refuses a struct when both letter cases are set.
    /// Therefore only variables with a field in [`Texts`] reach `envy`.
    ///
    /// No value stops a run. A proxy variable or a list that is not UTF-8 is named in [`Environment::not_utf8`]; its
    /// invalid bytes, like those of an option, become replacement characters. Any other text that is not UTF-8 counts
    /// as unset.
    #[must_use]
    pub fn collect(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        let mut texts = Vec::new();
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            let lossy = || value.to_string_lossy().into_owned();
            if PAIRS.iter().any(|pair| name == pair.0 || name == pair.1) || GRPC.contains(&name) {
                if value.to_str().is_none() {
                    environment.not_utf8.push(name.to_owned());
                }
                environment.raw.push((name.to_owned(), lossy()));
            } else if name.starts_with("JOBPROXY_") {
                environment.options.push((name.to_owned(), lossy()));
            } else if TOOL_VARIABLES.iter().any(|tool| name.eq_ignore_ascii_case(tool))
                || RUNTIME_VARIABLES.contains(&name)
            {
                // These variables are not searched for addresses: an earlier run of jobproxy may have set the
                // variables.
                environment.tools.push((name.to_owned(), lossy()));
            } else if is_path(name) {
                let name = name.to_ascii_uppercase();
                environment.paths.extend((!value.is_empty()).then(|| (name, value.into())));
            } else if let Some(value) = value.to_str() {
                let known = addresses_in(value).map(|address| Known { address, origin: name.to_owned() });
                environment.known.extend(known);
                texts.extend(TEXTS.contains(&name).then(|| (name.to_owned(), value.to_owned())));
            }
        }
        let order = |known: &Known| (known.address, !is_recognizable(&known.origin), known.origin.clone());
        environment.known.sort_by_cached_key(order);
        environment.known.dedup_by_key(|known| known.address);
        texts.retain(|(_, value)| !value.trim_ascii().is_empty());
        // Every field is an optional text, so nothing can be missing or of a wrong type.
        environment.texts = envy::from_iter(texts).unwrap_or_default();
        environment
    }

    /// Returns one of the ten proxy variables, by its exact name; `None` when the variable is unset or blank.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        lookup(&self.raw, name).map(String::as_str).filter(|value| !is_blank(value))
    }

    /// Returns a variable that only one tool reads, by its name in upper case.
    #[must_use]
    pub fn tool_variable(&self, name: &str) -> Option<&str> {
        self.tools.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether one of the ten proxy variables is set, even to an empty value.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        lookup(&self.raw, name).is_some()
    }

    /// Returns host and port of the daemon of DOCKER_HOST; `None` when the variable is unset, or names a daemon that
    /// is not reached over TCP.
    #[must_use]
    pub fn docker_daemon(&self) -> Option<String> {
        daemon::docker(self.texts.docker_host.as_deref()?, self.texts.docker_tls_verify.is_some())
    }

    /// Whether any proxy variable has a value that is not blank.
    #[must_use]
    pub fn has_proxy(&self) -> bool {
        let mut names = PAIRS.iter().filter(|pair| pair.0 != "no_proxy").flat_map(|pair| [pair.0, pair.1]);
        names.any(|name| self.filled(name).is_some())
    }

    /// Returns a copy in which `proxy` replaces all proxy variables and `no_proxy` replaces NO_PROXY, in both letter
    /// cases. `None` keeps the current values.
    #[must_use]
    pub fn with_overrides(&self, proxy: Option<&str>, no_proxy: Option<&str>) -> Self {
        let mut environment = self.clone();
        for (lower, upper) in PAIRS {
            let value = match lower {
                "no_proxy" => no_proxy,
                "http_proxy" | "https_proxy" => proxy,
                _ => None,
            };
            if value.is_some() || (lower != "no_proxy" && proxy.is_some()) {
                environment.raw.retain(|(name, _)| name != lower && name != upper);
            }
            let both = value.map(|value| [lower, upper].map(|name| (name.to_owned(), value.to_owned())));
            environment.raw.extend(both.into_iter().flatten());
        }
        environment
    }

    /// Returns a variable that names a file, a folder or a list of folders; `None` when the variable is unset or empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&Path> {
        lookup(&self.paths, name).map(PathBuf::as_path)
    }

    /// Returns the home directory: HOME, else the directory of this user in /etc/passwd.
    ///
    /// # Errors
    /// HOME is unset, and /etc/passwd has no home for this user.
    pub fn home(&self) -> Result<PathBuf> {
        self.path("HOME")
            .map(Path::to_owned)
            .or_else(passwd_home)
            .context("HOME: not set, and this user has no home in /etc/passwd")
    }

    /// Returns the metadata of the home directory, links followed; `None` where the directory does not exist. Looked up
    /// once.
    pub(crate) fn home_metadata(&self) -> Option<&Metadata> {
        let find = || std::fs::metadata(self.home().ok()?).ok();
        self.home_metadata.get_or_init(find).as_ref()
    }

    /// Whether the executor made an environment for this job alone.
    #[must_use]
    pub fn is_disposable(&self) -> bool {
        self.texts.ci_disposable_environment.as_deref() == Some("true")
    }

    /// Whether the job runs in a container, where loopback is the container itself.
    #[must_use]
    pub fn in_container(&self) -> bool {
        self.is_disposable() || self.has_container_marker()
    }

    /// Whether docker or podman marked the root directory as that of a container. Looked up once.
    #[must_use]
    pub fn has_container_marker(&self) -> bool {
        let exists = || ["/.dockerenv", "/run/.containerenv"].iter().any(|marker| Path::new(marker).exists());
        *self.container_marker.get_or_init(exists)
    }

    /// Whether `host` is an address of this machine or container: a socket can be bound to no other
    /// address.
    #[must_use]
    pub fn is_own_address(&self, host: &str) -> bool {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        address.is_ok_and(|address| std::net::UdpSocket::bind((address, 0)).is_ok())
    }
}

/// Whether people recognize an address by this name, among the variables that hold the same address.
fn is_recognizable(name: &str) -> bool {
    TEXTS.contains(&name) || name.ends_with("_SERVICE_HOST")
}

/// Whether a variable names a file, a folder or a list of folders. npm reads its variables in both letter cases.
fn is_path(name: &str) -> bool {
    let npm = ["npm_config_cafile", "npm_config_userconfig"];
    PATHS.contains(&name) || CA_FILES.contains(&name) || npm.contains(&name)
}

/// Whether a value is blank: empty, only blanks, or one pair of quotes that a shell or YAML left behind.
fn is_blank(value: &str) -> bool {
    matches!(value.trim_ascii(), "" | "''" | "\"\"")
}

/// Returns the home directory of this user in /etc/passwd. `std::env::home_dir` of some Rust releases returns an
/// empty HOME.
pub(crate) fn passwd_home() -> Option<PathBuf> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let home = passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.len() > 5 && fields[2] == user).then(|| fields[5].to_owned())
    })?;
    (!home.is_empty()).then(|| home.into())
}

#[cfg(test)]
mod tests;

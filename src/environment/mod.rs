//! What the job's environment says: our own names, in both letter cases, read once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod names;

use crate::daemon;
use crate::no_proxy::Known;
use crate::no_proxy::rescue::addresses_in;
use names::{PATHS, RUNTIME_VARIABLES, TEXTS, TOOL_VARIABLES};

pub use names::{CA_FILES, GRPC, PAIRS, Texts};

/// Values by the names of their variables: a few, so they are looked up one by one.
pub type Named<T> = Vec<(String, T)>;

/// The value of a name.
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
    /// Everything else that is text.
    pub texts: Texts,
    /// The addresses that all other variables name, each once.
    pub known: Vec<Known>,
    /// The names in [`Environment::raw`] whose values are not UTF-8.
    pub not_utf8: Vec<String>,
    paths: Named<PathBuf>,
}

impl Environment {
    /// Picks the variables that jobproxy knows out of all variables.
    ///
    /// `envy::from_env` panics on any variable of the job that is not UTF-8 and refuses a struct when both letter
    /// cases are there; so the names are picked first. No value stops a run: a proxy variable that is not UTF-8 is
    /// listed in [`Environment::not_utf8`], of a list or an option the readable part is taken, any other text counts
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
            } else if TOOL_VARIABLES.contains(&name.to_ascii_uppercase().as_str())
                || RUNTIME_VARIABLES.contains(&name)
            {
                // No address in them is known by itself: an earlier run of jobproxy may have set them.
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
        let order = |known: &Known| (known.address, !is_telling(&known.origin), known.origin.clone());
        environment.known.sort_by_cached_key(order);
        environment.known.dedup_by_key(|known| known.address);
        texts.retain(|(_, value)| !value.trim_ascii().is_empty());
        // Every field is an optional text, so nothing can be missing or of a wrong type.
        environment.texts = envy::from_iter(texts).unwrap_or_default();
        environment
    }

    /// One of the ten proxy variables, by its exact name; `None` when unset or blank.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        lookup(&self.raw, name).map(String::as_str).filter(|value| !is_blank(value))
    }

    /// A variable that only one tool reads, by its name in upper case.
    #[must_use]
    pub fn tool_variable(&self, name: &str) -> Option<&str> {
        self.tools.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether one of the ten proxy variables is set, be it to nothing.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        lookup(&self.raw, name).is_some()
    }

    /// Host and port of the daemon of DOCKER_HOST; `None` when no daemon is named, or one that is not reached over TCP.
    #[must_use]
    pub fn docker_daemon(&self) -> Option<String> {
        daemon::docker(self.texts.docker_host.as_deref()?, self.texts.docker_tls_verify.is_some())
    }

    /// Whether any proxy variable is set to something.
    #[must_use]
    pub fn has_proxy(&self) -> bool {
        let mut names = PAIRS.iter().filter(|pair| pair.0 != "no_proxy").flat_map(|pair| [pair.0, pair.1]);
        names.any(|name| self.filled(name).is_some())
    }

    /// The same environment with another proxy, another list, or both, in both letter cases.
    #[must_use]
    pub fn with_stand_ins(&self, proxy: Option<&str>, no_proxy: Option<&str>) -> Self {
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

    /// A variable that names a file, a folder or a list of folders; `None` when unset or empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&Path> {
        lookup(&self.paths, name).map(PathBuf::as_path)
    }

    /// The home folder: HOME, else what the passwd file says of this user.
    ///
    /// # Errors
    /// Neither says anything.
    pub fn home(&self) -> Result<PathBuf> {
        self.path("HOME")
            .map(Path::to_owned)
            .or_else(passwd_home)
            .context("HOME: not set, and this user has no home in /etc/passwd")
    }

    /// Whether the executor made an environment for this job alone.
    #[must_use]
    pub fn is_disposable(&self) -> bool {
        self.texts.ci_disposable_environment.as_deref() == Some("true")
    }

    /// Whether the job runs in a container, where loopback is the container itself.
    #[must_use]
    pub fn in_container(&self) -> bool {
        self.is_disposable()
            || ["/.dockerenv", "/run/.containerenv"].iter().any(|marker| Path::new(marker).exists())
    }

    /// Whether `host` is an address of this machine or container: only there a socket can be bound to the address.
    #[must_use]
    pub fn is_own_address(&self, host: &str) -> bool {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        address.is_ok_and(|address| std::net::UdpSocket::bind((address, 0)).is_ok())
    }
}

/// Whether people recognize an address by this name, among the variables that hold the same address.
fn is_telling(name: &str) -> bool {
    TEXTS.contains(&name) || name.ends_with("_SERVICE_HOST")
}

/// Whether a variable names a file, a folder or a list of folders. npm reads its variables in both letter cases.
fn is_path(name: &str) -> bool {
    let npm = ["npm_config_cafile", "npm_config_userconfig"];
    PATHS.contains(&name) || CA_FILES.contains(&name) || npm.contains(&name)
}

/// Whether a value says nothing: blanks, or a pair of quotes that a shell or YAML left behind.
fn is_blank(value: &str) -> bool {
    matches!(value.trim_ascii(), "" | "''" | "\"\"")
}

/// `std::env::home_dir` takes an empty HOME for an answer in some releases; the file is six lines away.
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

//! What the job's environment says: our own names, in both letter cases, read once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::machine::daemon;
use crate::no_proxy::Known;
use crate::no_proxy::rescue::addresses_in;
use crate::runtime;

/// The variables that come in both letter cases, lower case first.
pub const PAIRS: [(&str, &str); 5] = [
    ("all_proxy", "ALL_PROXY"),
    ("ftp_proxy", "FTP_PROXY"),
    ("http_proxy", "HTTP_PROXY"),
    ("https_proxy", "HTTPS_PROXY"),
    ("no_proxy", "NO_PROXY"),
];

/// What gRPC reads before the others.
pub const GRPC: [&str; 2] = ["grpc_proxy", "no_grpc_proxy"];

/// Names of files and folders: any bytes.
const PATHS: [&str; 14] = [
    "BUILDX_CONFIG",
    "CI_PROJECT_DIR",
    "CURL_HOME",
    "DOCKER_CONFIG",
    "GITLAB_ENV",
    "GIT_CONFIG_GLOBAL",
    "HOME",
    "NPM_CONFIG_USERCONFIG",
    "PATH",
    "PIP_CONFIG_FILE",
    "TMPDIR",
    "VIRTUAL_ENV",
    "WGETRC",
    "XDG_CONFIG_HOME",
];

/// The variables that name files or folders with the certificates of authorities, in upper case.
pub const CA_FILES: [&str; 14] = [
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "DENO_CERT",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "NIX_SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "NPM_CONFIG_CAFILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// The proxy variables that only one tool reads, in upper case; npm and Yarn read them in both letter cases.
const TOOL_VARIABLES: [&str; 6] = [
    "NPM_CONFIG_HTTPS_PROXY",
    "NPM_CONFIG_NOPROXY",
    "NPM_CONFIG_PROXY",
    "PIP_PROXY",
    "YARN_HTTPS_PROXY",
    "YARN_HTTP_PROXY",
];

/// Text that is not a proxy. Blank counts as unset.
#[derive(Clone, Default, Deserialize)]
pub struct Texts {
    /// The address of a BuildKit daemon.
    pub buildkit_host: Option<String>,
    /// `true` in every CI job.
    pub ci: Option<String>,
    /// The GitLab server's API.
    pub ci_api_v4_url: Option<String>,
    /// `true` where the job log shows every command and every variable (GitLab, "Enable debug logging").
    pub ci_debug_trace: Option<String>,
    /// `true` where the executor makes a new environment for each job: docker, kubernetes and the like, never
    /// shell or ssh (GitLab Runner, common/build.go).
    pub ci_disposable_environment: Option<String>,
    /// The job's number, another one for each retry.
    pub ci_job_id: Option<String>,
    /// Host of the GitLab server's registry, with its port if it is not the default one.
    pub ci_registry: Option<String>,
    /// Host of the GitLab server.
    pub ci_server_host: Option<String>,
    /// Port of the GitLab server.
    pub ci_server_port: Option<String>,
    /// Scheme of the GitLab server: `http` or `https`.
    pub ci_server_protocol: Option<String>,
    /// The GitLab server's address with scheme and port.
    pub ci_server_url: Option<String>,
    /// The docker context that overrides the one of docker's config.
    pub docker_context: Option<String>,
    /// The daemon that docker talks to.
    pub docker_host: Option<String>,
    /// Any value makes docker speak TLS.
    pub docker_tls_verify: Option<String>,
    /// `true` in every job of GitLab.
    pub gitlab_ci: Option<String>,
    /// What most images set to the name of the container.
    pub hostname: Option<String>,
    /// The API server of the cluster, set in every pod (kubernetes, pkg/kubelet/envvars).
    pub kubernetes_service_host: Option<String>,
    /// Set in CGI programs.
    pub request_method: Option<String>,
}

/// The names of the fields of [`Texts`], as variables.
const TEXTS: [&str; 18] = [
    "BUILDKIT_HOST",
    "CI",
    "CI_API_V4_URL",
    "CI_DEBUG_TRACE",
    "CI_DISPOSABLE_ENVIRONMENT",
    "CI_JOB_ID",
    "CI_REGISTRY",
    "CI_SERVER_HOST",
    "CI_SERVER_PORT",
    "CI_SERVER_PROTOCOL",
    "CI_SERVER_URL",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "DOCKER_TLS_VERIFY",
    "GITLAB_CI",
    "HOSTNAME",
    "KUBERNETES_SERVICE_HOST",
    "REQUEST_METHOD",
];

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
                || runtime::VARIABLES.contains(&name)
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
fn passwd_home() -> Option<PathBuf> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let home = passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.len() > 5 && fields[2] == user).then(|| fields[5].to_owned())
    })?;
    (!home.is_empty()).then(|| home.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn collect(variables: &[(&str, &[u8])]) -> Environment {
        Environment::collect(variables.iter().map(|(n, v)| (n.into(), OsString::from_vec(v.to_vec()))))
    }

    #[test]
    fn a_foreign_variable_that_is_not_utf8_does_not_matter() {
        let environment = collect(&[
            ("OTHER", b"\xff"),
            ("DOCKER_HOST", b"\xff"),
            ("HTTP_PROXY", b"http://p"),
            ("http_proxy", b""),
        ]);
        assert_eq!(environment.filled("HTTP_PROXY"), Some("http://p"));
        assert!(environment.is_set("http_proxy") && environment.filled("http_proxy").is_none());
        assert!(environment.not_utf8.is_empty() && environment.texts.docker_host.is_none());
    }

    #[test]
    fn a_proxy_variable_that_is_not_utf8_is_named() {
        for name in ["HTTPS_PROXY", "no_proxy"] {
            assert_eq!(collect(&[(name, b"a,\xff")]).not_utf8, [name]);
        }
    }

    #[test]
    fn a_path_may_hold_any_bytes() {
        let environment = collect(&[("HOME", b"/\xff"), ("DOCKER_CONFIG", b"")]);
        assert!(environment.path("HOME").is_some());
        assert!(environment.path("DOCKER_CONFIG").is_none());
    }

    #[test]
    fn every_text_that_is_picked_has_its_field() {
        let all: Vec<_> = TEXTS.iter().map(|name| (*name, b"x".as_slice())).collect();
        let texts = collect(&all).texts;
        assert!(texts.docker_host.is_some() && texts.request_method.is_some() && texts.ci.is_some());
        assert!(collect(&[("DOCKER_HOST", b" ")]).texts.docker_host.is_none());
    }
}

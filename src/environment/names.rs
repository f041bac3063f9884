//! The names of the variables that jobproxy knows.

use serde::Deserialize;

/// The variables that come in both letter cases, lower case first.
pub const PAIRS: [(&str, &str); 5] = [
    ("all_proxy", "ALL_PROXY"),
    ("ftp_proxy", "FTP_PROXY"),
    ("http_proxy", "HTTP_PROXY"),
    ("https_proxy", "HTTPS_PROXY"),
    ("no_proxy", "NO_PROXY"),
];

/// The variables that gRPC reads before the common proxy variables.
pub const GRPC: [&str; 2] = ["grpc_proxy", "no_grpc_proxy"];

/// The variables that name files or folders; their values may hold any bytes.
pub(super) const PATHS: [&str; 17] = [
    "BUILDX_CONFIG",
    "CI_PROJECT_DIR",
    "CI_SERVER_TLS_CA_FILE",
    "CURL_HOME",
    "DOCKER_CONFIG",
    "GITLAB_ENV",
    "GIT_CONFIG_GLOBAL",
    "GRADLE_USER_HOME",
    "HOME",
    "JAVA_HOME",
    "NPM_CONFIG_USERCONFIG",
    "PATH",
    "PIP_CONFIG_FILE",
    "TMPDIR",
    "VIRTUAL_ENV",
    "WGETRC",
    "XDG_CONFIG_HOME",
];

/// The variables that name files or folders with the certificates of authorities, in upper case.
pub const CA_FILES: [&str; 16] = [
    "AWS_CA_BUNDLE",
    "BUNDLE_SSL_CA_CERT",
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "DENO_CERT",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "NIX_SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "NPM_CONFIG_CAFILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// The variables that only one tool reads, in upper case; npm and Yarn read theirs in both letter cases.
pub(super) const TOOL_VARIABLES: [&str; 7] = [
    "NODE_USE_SYSTEM_CA",
    "NPM_CONFIG_HTTPS_PROXY",
    "NPM_CONFIG_NOPROXY",
    "NPM_CONFIG_PROXY",
    "PIP_PROXY",
    "YARN_HTTPS_PROXY",
    "YARN_HTTP_PROXY",
];

/// The variables that `setup --for` may set.
pub(super) const RUNTIME_VARIABLES: [&str; 6] = [
    "ELECTRON_GET_USE_PROXY",
    "JAVA_TOOL_OPTIONS",
    "NODE_USE_ENV_PROXY",
    "RUBYOPT",
    "YARN_HTTPS_PROXY",
    "YARN_HTTP_PROXY",
];

/// The variables that are text other than a proxy or a list. A blank value counts as unset.
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
    /// The number of the job; each retry has a new number.
    pub ci_job_id: Option<String>,
    /// Host of the GitLab server's registry, with the port unless that is the default port.
    pub ci_registry: Option<String>,
    /// The version of GitLab Runner (common/build.go).
    pub ci_runner_version: Option<String>,
    /// Host of the GitLab server.
    pub ci_server_host: Option<String>,
    /// Port of the GitLab server.
    pub ci_server_port: Option<String>,
    /// Scheme of the GitLab server: `http` or `https`.
    pub ci_server_protocol: Option<String>,
    /// The GitLab server's address with scheme and port.
    pub ci_server_url: Option<String>,
    /// The docker context that overrides the context of docker's config.
    pub docker_context: Option<String>,
    /// The daemon that docker talks to.
    pub docker_host: Option<String>,
    /// Any value makes docker speak TLS.
    pub docker_tls_verify: Option<String>,
    /// `true` in every job of GitLab.
    pub gitlab_ci: Option<String>,
    /// The name of the container, in most images.
    pub hostname: Option<String>,
    /// The API server of the cluster, set in every pod (kubernetes, pkg/kubelet/envvars).
    pub kubernetes_service_host: Option<String>,
    /// The method of a request; a web server sets the variable for CGI programs.
    pub request_method: Option<String>,
}

/// The names of the fields of [`Texts`], as variables.
pub(super) const TEXTS: [&str; 19] = [
    "BUILDKIT_HOST",
    "CI",
    "CI_API_V4_URL",
    "CI_DEBUG_TRACE",
    "CI_DISPOSABLE_ENVIRONMENT",
    "CI_JOB_ID",
    "CI_REGISTRY",
    "CI_RUNNER_VERSION",
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

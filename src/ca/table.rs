//! The variables by which programs find the certificates that they trust. docs/certificates.md has the same table, and a
//! test compares the two.

/// How a program uses the value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// The file replaces the certificates that the program trusts without the variable.
    Instead,
    /// The program trusts the certificates of the file too.
    Added,
    /// As [`Takes::Instead`], but the variable is set only where the job has set it: few programs read it.
    InsteadIfSet,
    /// The value is `1`, not a file.
    Switch,
}

/// A row of [`VARIABLES`].
pub struct Row {
    /// The variable.
    pub name: &'static str,
    /// How the programs use the value.
    pub takes: Takes,
    /// The programs.
    pub clients: &'static str,
    /// The source of the row.
    pub source: &'static str,
}

const fn row(name: &'static str, takes: Takes, clients: &'static str, source: &'static str) -> Row {
    Row { name, takes, clients, source }
}

/// Every variable, sorted by name.
#[rustfmt::skip]
pub const VARIABLES: [Row; 15] = [
    row("AWS_CA_BUNDLE", Takes::Instead, "AWS CLI, boto3", "AWS CLI, topics/config-vars, `ca_bundle`"),
    row("BUNDLE_SSL_CA_CERT", Takes::Instead, "bundler", "bundler, bundle-config(1), `ssl_ca_cert`"),
    row("CARGO_HTTP_CAINFO", Takes::Instead, "cargo", "The Cargo Book, `http.cainfo`"),
    row("CURL_CA_BUNDLE", Takes::Instead, "curl; requests, where REQUESTS_CA_BUNDLE is not set", "curl(1), `--cacert`"),
    row("DENO_CERT", Takes::Added, "deno", "Deno, \"Environment variables\""),
    row("GIT_SSL_CAINFO", Takes::Instead, "git", "measured; git-config(1), `http.sslCAInfo`"),
    row("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", Takes::Instead, "gRPC for C++, Python, Ruby, PHP", "gRPC, doc/environment_variables.md"),
    row("NIX_SSL_CERT_FILE", Takes::InsteadIfSet, "nix, programs of nixpkgs", "Nix manual, \"Environment variables\""),
    row("NODE_EXTRA_CA_CERTS", Takes::Added, "Node: https, fetch", "measured; Node.js, doc/api/cli.md"),
    row("NODE_USE_SYSTEM_CA", Takes::Switch, "Node 22.19, 24.6 and newer: the file of SSL_CERT_FILE too", "Node.js, doc/api/cli.md"),
    row("NPM_CONFIG_CAFILE", Takes::Instead, "npm", "npm reads its variables in both letter cases"),
    row("PIP_CERT", Takes::Instead, "pip", "pip, \"Configuration\", `--cert`"),
    row("REQUESTS_CA_BUNDLE", Takes::Instead, "Python requests, pip", "measured; requests, \"SSL Cert Verification\""),
    row("SSL_CERT_FILE", Takes::Instead, "curl, Python urllib and httpx, Go, Ruby, others with OpenSSL", "measured; openssl-env(7), Go crypto/x509/root_unix.go"),
    row("npm_config_cafile", Takes::Instead, "npm", "measured; npm config, `cafile`"),
];

/// The paths of system bundles; the first bundle that exists is used (Go, crypto/x509/root_linux.go, `certFiles`): Debian,
/// Fedora, openSUSE, OpenELEC, RHEL, Alpine.
pub const SYSTEM_BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where GitLab's documentation mounts the certificate of an authority into a job's container (GitLab Runner, "Self-signed
/// certificates or custom Certification Authorities").
pub const MOUNTED: &str = "/etc/gitlab-runner/certs/ca.crt";

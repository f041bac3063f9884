//! The settings for the host: the proxies, and the hosts that are reached without a proxy.

use std::ffi::OsString;

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::cli::Options;
use super::finding::Finding;
use crate::environment::Environment;
use crate::no_proxy::entry::CidrPolicy;
use crate::no_proxy::{Origin, normalize};
use crate::proxy_url::ProxyUrl;

/// A variable and its value.
pub type Variable = (&'static str, String);

/// The proxies, and the list of hosts that are reached without a proxy.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    proxies: Vec<(&'static str, ProxyUrl)>,
    no_proxy: String,
    pub findings: Vec<Finding>,
}

impl Wanted {
    /// Reads `--proxy` and `--no-proxy`, or the environment where an option is missing. `cntlm`: the address on which
    /// cntlm will listen, which is then the proxy.
    ///
    /// # Errors
    /// No proxy is given, a value is not the URL of a proxy, or `--proxy` holds a password.
    pub fn new(options: &Options, environment: &Environment, cntlm: Option<&str>) -> Result<Self> {
        let mut wanted = Self::default();
        let filled = |name: &str| {
            let lower = name.to_ascii_lowercase();
            [lower.as_str(), name]
                .into_iter()
                .find_map(|name| Some((name.to_owned(), environment.filled(name)?)))
        };
        if let Some(listen) = cntlm {
            ensure!(options.proxy.is_none(), "--proxy does not go with --cntlm, which is the proxy");
            wanted.both("--listen", &format!("http://{listen}"))?;
        } else if let Some(value) = &options.proxy {
            wanted.both("--proxy", value)?;
            ensure!(
                !wanted.has_password(),
                "--proxy: holds a user or a password, and every user of this host can read arguments; \
                 set HTTP_PROXY and HTTPS_PROXY instead"
            );
        } else {
            for name in ["HTTP_PROXY", "HTTPS_PROXY"] {
                if let Some((found, value)) = filled(name) {
                    wanted.add(name, &found, value)?;
                }
            }
        }
        if wanted.proxies.is_empty() {
            bail!("no proxy is given; use --proxy http://HOST:PORT, or set HTTP_PROXY and HTTPS_PROXY");
        }
        let list = options.no_proxy.clone().or_else(|| Some(filled("NO_PROXY")?.1.to_owned()));
        wanted.no_proxy = list.unwrap_or_default();
        Ok(wanted)
    }

    /// Returns the settings in the drop-ins of an earlier `apply`, for a `check` that is given no proxy.
    pub fn of_variables(variables: &[(String, String)]) -> Result<Self> {
        let value = |name: &str| variables.iter().find(|(other, _)| other == name).map(|(_, value)| value);
        let mut wanted = Self::default();
        for name in ["HTTP_PROXY", "HTTPS_PROXY"] {
            if let Some(value) = value(name) {
                wanted.add(name, name, value)?;
            }
        }
        ensure!(
            !wanted.proxies.is_empty(),
            "no proxy is given and none was applied; use --proxy http://HOST:PORT"
        );
        wanted.no_proxy = value("NO_PROXY").cloned().unwrap_or_default();
        Ok(wanted)
    }

    fn both(&mut self, source: &str, value: &str) -> Result<()> {
        self.add("HTTP_PROXY", source, value)?;
        let (_, proxy) = self.proxies[0].clone();
        self.proxies.push(("HTTPS_PROXY", proxy));
        Ok(())
    }

    fn add(&mut self, name: &'static str, source: &str, value: &str) -> Result<()> {
        let (proxy, remarks) = ProxyUrl::parse(value).with_context(|| source.to_owned())?;
        for remark in remarks {
            let finding =
                Finding::note("proxy-value", format!("{source}: {remark}"), format!("write {proxy}"));
            self.findings.push(finding);
        }
        if proxy.is_loopback() {
            let text =
                format!("{source}: {proxy} is this host's loopback device, which containers do not reach");
            self.findings.push(Finding::failure(
                "loopback-proxy",
                text,
                "give an address that containers reach, for example docker0's",
            ));
        }
        self.proxies.push((name, proxy));
        Ok(())
    }

    pub fn proxies(&self) -> &[(&'static str, ProxyUrl)] {
        &self.proxies
    }

    pub fn has_password(&self) -> bool {
        self.proxies.iter().any(|(_, proxy)| proxy.has_credentials())
    }

    /// Returns the variables for a Go program (dockerd, gitlab-runner), in upper case. Ranges stay, since Go reads
    /// ranges.
    pub fn variables(&self) -> Vec<Variable> {
        self.variables_with("")
    }

    /// Returns these variables with the entries `more` added to NO_PROXY.
    pub fn variables_with(&self, more: &'static str) -> Vec<Variable> {
        let mut variables: Vec<Variable> =
            self.proxies.iter().map(|(name, proxy)| (*name, proxy.expose())).collect();
        let list = normalize(&self.no_proxy, &[(Origin::Kubernetes, more)], CidrPolicy::Keep, &[]).value();
        variables.extend((!list.is_empty()).then_some(("NO_PROXY", list)));
        variables
    }
}

/// Picks the variables that jobproxy knows from the environment of this program. A value that is not UTF-8 is an
/// error.
pub fn environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Environment> {
    let environment = Environment::collect(variables);
    match environment.not_utf8.first() {
        Some(name) => Err(anyhow!("{name}: not UTF-8; set {name} to plain text or unset {name}")),
        None => Ok(environment),
    }
}

//! The one value that flows: the proxies and the NO_PROXY list as they leave jobproxy.

use anyhow::{Error, anyhow};

use crate::environment::{Environment, PAIRS};
use crate::machine::Machine;
use crate::no_proxy::entry::CidrPolicy;
use crate::no_proxy::{NoProxy, of_job};
use crate::proxy_url::ProxyUrl;
use crate::runtime;

/// The configured proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// ALL_PROXY: what curl and some others take where the scheme has none of its own.
    pub all: Option<ProxyUrl>,
    /// FTP_PROXY.
    pub ftp: Option<ProxyUrl>,
    /// HTTP_PROXY, for `http://`.
    pub http: Option<ProxyUrl>,
    /// HTTPS_PROXY, for `https://`.
    pub https: Option<ProxyUrl>,
}

impl Proxies {
    /// The upper-case names of those that are set, with their proxies.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &ProxyUrl)> {
        [
            ("HTTP_PROXY", &self.http),
            ("HTTPS_PROXY", &self.https),
            ("ALL_PROXY", &self.all),
            ("FTP_PROXY", &self.ftp),
        ]
        .into_iter()
        .filter_map(|(name, proxy)| Some((name, proxy.as_ref()?)))
    }
}

/// Everything the targets and the exports are made from.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The proxies.
    pub proxies: Proxies,
    /// The normalized list.
    pub no_proxy: NoProxy,
    /// Upper-case names of variables that were set but blank: they must be unset, not exported.
    pub blank: Vec<&'static str>,
    /// Variables beside the proxy variables: what the programs of `--for` need.
    pub extra: Vec<(&'static str, String)>,
    /// What a person should know of the values; no note holds any userinfo.
    pub notes: Vec<String>,
}

impl Settings {
    /// Reads the environment. A value that cannot be used is left out and gives an error that names the variable;
    /// the other values are used all the same.
    #[must_use]
    pub fn resolve(
        environment: &Environment,
        machine: &Machine,
        add: &str,
        cidr: CidrPolicy,
    ) -> (Self, Vec<Error>) {
        let mut settings = Self::default();
        let mut errors = Vec::new();
        let mut remarks: Vec<(String, Vec<&str>)> = Vec::new();
        for name in &environment.not_utf8 {
            errors.push(anyhow!("{name}: not UTF-8; set {name} to plain text or unset {name}"));
        }
        for (lower, upper) in PAIRS {
            let filled =
                [lower, upper].into_iter().filter_map(|name| Some((name, environment.filled(name)?)));
            if filled.clone().next().is_none() {
                if environment.is_set(lower) || environment.is_set(upper) {
                    settings.blank.push(upper);
                }
            } else if upper != "NO_PROXY" {
                let readable = filled.filter(|(name, _)| !environment.not_utf8.iter().any(|bad| bad == name));
                let read = Read::pair(&readable.collect::<Vec<_>>(), &mut errors);
                *settings.proxies.slot(upper) = read.proxy;
                settings.notes.extend(read.difference);
                for (name, remark) in read.remarks {
                    match remarks.iter_mut().find(|(other, _)| *other == remark) {
                        Some((_, names)) => names.push(name),
                        None => remarks.push((remark, vec![name])),
                    }
                }
            }
        }
        settings
            .notes
            .extend(remarks.into_iter().map(|(text, names)| format!("{}: {text}", names.join(", "))));
        if !settings.has_proxy() {
            return (settings, errors);
        }
        settings.no_proxy = of_job(environment, machine, add, cidr);
        settings.advise(environment);
        (settings, errors)
    }

    /// Whether any proxy is configured.
    #[must_use]
    pub fn has_proxy(&self) -> bool {
        self.proxies.named().next().is_some()
    }

    /// The proxy variables that are set to nothing. Where no other proxy is configured, a job has switched the proxy
    /// of its runner off with them.
    pub fn switched_off(&self) -> impl Iterator<Item = &'static str> {
        self.blank.iter().copied().filter(|name| *name != "NO_PROXY")
    }

    /// Adds what the programs of these names need beside the proxy variables ([`runtime::RUNTIMES`]).
    pub fn add_for_runtimes(&mut self, names: &[&str], environment: &Environment) {
        let exports = runtime::exports(names, self, environment);
        self.extra.extend(exports.values);
        self.notes.extend(exports.notes);
        self.no_proxy.notes.extend(exports.no_proxy_notes);
    }

    fn advise(&mut self, environment: &Environment) {
        let missing = match (&self.proxies.http, &self.proxies.https) {
            (Some(_), None) => Some(("HTTPS_PROXY", "https")),
            (None, Some(_)) => Some(("HTTP_PROXY", "http")),
            _ => None,
        };
        if let Some((name, scheme)) = missing {
            self.notes
                .push(format!("{name} is not set: most programs will go direct to {scheme}:// addresses"));
        }
        if environment.texts.request_method.is_some() {
            self.notes.push(
                "REQUEST_METHOD is set: Go programs such as docker will refuse to use HTTP_PROXY; unset it"
                    .to_owned(),
            );
        }
        self.advise_on_tls();
        self.advise_on_own_addresses(environment);
    }

    /// Warns of a proxy that is reached both with and without TLS at one port.
    fn advise_on_tls(&mut self) {
        let same =
            |one: &ProxyUrl, other: &ProxyUrl| (one.host(), one.port()) == (other.host(), other.port());
        let of_scheme = |scheme| self.proxies.named().filter(move |(_, proxy)| proxy.scheme() == scheme);
        let both = of_scheme("https")
            .find_map(|tls| of_scheme("http").find(|plain| same(tls.1, plain.1)).map(|plain| (tls, plain)));
        let Some(((tls, proxy), (plain, _))) = both else { return };
        self.notes.push(format!(
            "{tls}: https:// means TLS to the proxy itself, but {plain} reaches the same port without TLS; \
             probably meant: http://{}:{}. jobproxy doctor --connect shows which of the two the proxy speaks",
            proxy.host(),
            proxy.port()
        ));
    }

    /// Warns of a proxy that a container would look for in itself. Docker's config hands the address to containers.
    fn advise_on_own_addresses(&mut self, environment: &Environment) {
        let in_container = environment.in_container();
        let find = |is: &dyn Fn(&ProxyUrl) -> bool| {
            self.proxies
                .named()
                .find(|(_, proxy)| is(proxy))
                .map(|(name, proxy)| (name, proxy.host().to_owned()))
        };
        if let Some((name, host)) = find(&ProxyUrl::is_loopback) {
            self.notes.push(if in_container {
                format!(
                    "{name} points to loopback ({host}), which in a container is the container itself; \
                     give the proxy's address on the network"
                )
            } else {
                format!(
                    "{name} points to loopback ({host}); containers that docker starts look for the proxy in \
                     themselves: give them an address of this machine that they reach, for example docker0's"
                )
            });
        } else if let Some((name, host)) =
            find(&|proxy| in_container && environment.is_own_address(proxy.host()))
        {
            self.notes.push(format!(
                "{name}: {host} is an address of this container itself (docker0 of docker-in-docker takes \
                 172.17.0.1); give dockerd another one with --bip"
            ));
        }
    }
}

/// What the two letter cases of one proxy variable say.
#[derive(Default)]
struct Read<'a> {
    proxy: Option<ProxyUrl>,
    /// The note that the two letter cases differ.
    difference: Option<String>,
    /// Remarks on the value that is used, each with the variable's name.
    remarks: Vec<(&'a str, String)>,
}

impl<'a> Read<'a> {
    /// Reads the variables that are set, lower case first. The lower case wins, as in curl, git, wget, Python, Ruby
    /// and apt. A value that cannot be used gives an error, and the other letter case is taken.
    fn pair(filled: &[(&'a str, &str)], errors: &mut Vec<Error>) -> Self {
        let mut read = Self::default();
        let mut winner = None;
        for (at, &(name, value)) in filled.iter().enumerate() {
            if filled[..at].iter().any(|(_, other)| *other == value) {
                continue;
            }
            match (ProxyUrl::parse(value), winner) {
                (Err(error), _) => errors.push(error.context(name.to_owned())),
                (Ok((proxy, remarks)), None) => {
                    winner = Some(name);
                    read.remarks.extend(remarks.into_iter().map(|remark| (name, remark.to_string())));
                    if proxy.has_credentials() && !proxy.is_written_as(value) {
                        read.remarks.push((name, UNMASKED.to_owned()));
                    }
                    read.proxy = Some(proxy);
                }
                (Ok((proxy, _)), Some(winner)) if read.proxy.as_ref() != Some(&proxy) => {
                    read.difference = Some(format!("{winner} and {name} differ; {winner} is used"));
                }
                _ => {}
            }
        }
        read
    }
}

/// GitLab Runner replaces the stored bytes of a masked variable in the job log (common/buildlogger), and nothing else.
const UNMASKED: &str = "GitLab masks only the stored form of a variable, and the exported form differs; \
                        store the form that 'jobproxy env' prints";

impl Proxies {
    /// The proxy of one upper-case name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ProxyUrl> {
        self.named().find(|(other, _)| *other == name).map(|(_, proxy)| proxy)
    }

    fn slot(&mut self, name: &str) -> &mut Option<ProxyUrl> {
        match name {
            "ALL_PROXY" => &mut self.all,
            "FTP_PROXY" => &mut self.ftp,
            "HTTP_PROXY" => &mut self.http,
            _ => &mut self.https,
        }
    }
}

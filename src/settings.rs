//! The one value that flows: the proxies and the NO_PROXY list as they leave jobproxy.

use anyhow::Error;

use crate::environment::{Environment, PAIRS, Texts};
use crate::no_proxy::entry::CidrPolicy;
use crate::no_proxy::{NoProxy, normalize};
use crate::proxy_url::ProxyUrl;
use crate::target::java;

/// The proxies that are set. At least one is, wherever a [`Settings`] exists.
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
    /// Variables that were asked for beside the proxies'.
    pub extra: Vec<(&'static str, String)>,
    /// What a person should know of the values; no note holds any userinfo.
    pub notes: Vec<String>,
}

impl Settings {
    /// Reads the environment; `None` when no proxy is set.
    ///
    /// # Errors
    /// One line for each value that cannot be used, naming its variable.
    pub fn resolve(
        environment: &Environment,
        add: &str,
        cidr: CidrPolicy,
    ) -> Result<Option<Self>, Vec<Error>> {
        let mut settings = Self::default();
        let mut errors = Vec::new();
        let mut list = String::new();
        for (lower, upper) in PAIRS {
            match [lower, upper].map(|name| environment.filled(name).map(|value| (name, value))) {
                [None, None] if environment.is_set(lower) || environment.is_set(upper) => {
                    settings.blank.push(upper);
                }
                [None, None] => {}
                both if upper == "NO_PROXY" => {
                    let lists: Vec<&str> = both.into_iter().flatten().map(|(_, list)| list).collect();
                    list = lists.join(",");
                }
                // The lower case wins, as in curl, git, wget, Python, Ruby and apt.
                [low, up] => {
                    let (winner, loser) = if low.is_some() { (low, up) } else { (up, None) };
                    match winner.map(|winner| settings.one_proxy(winner, loser)) {
                        Some(Err(error)) => errors.push(error),
                        proxy => *settings.proxies.slot(upper) = proxy.and_then(Result::ok),
                    }
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        if settings.proxies.named().next().is_none() {
            return Ok(None);
        }
        let daemon =
            environment.texts.docker_host.as_deref().and_then(|host| tcp_daemon(host, &environment.texts));
        let additions = [
            ("docker in docker", "docker:2375,docker:2376"),
            ("DOCKER_HOST", daemon.as_deref().unwrap_or_default()),
            ("--add", add),
        ];
        settings.no_proxy = normalize(&list, &additions, cidr);
        settings.advise(environment);
        Ok(Some(settings))
    }

    fn one_proxy(
        &mut self,
        (name, value): (&str, &str),
        loser: Option<(&str, &str)>,
    ) -> Result<ProxyUrl, Error> {
        let (proxy, repairs) = ProxyUrl::parse(value).map_err(|error| error.context(name.to_owned()))?;
        self.notes.extend(repairs.into_iter().map(|repair| format!("{name}: {repair}")));
        if let Some((other, value)) = loser
            && !ProxyUrl::parse(value).is_ok_and(|(loser, _)| loser == proxy)
        {
            self.notes.push(format!("{name} and {other} differ; {name} is used"));
        }
        Ok(proxy)
    }

    /// What Java and Node need beside the variables.
    pub fn add_for_runtimes(&mut self, java: bool, node: bool, java_tool_options: Option<&str>) {
        if java && java_tool_options.is_some_and(|old| old.contains(|c: char| c.is_control())) {
            self.notes.push("JAVA_TOOL_OPTIONS: holds a control character, left as it is".to_owned());
        } else if java {
            let options = java::options(self, java_tool_options);
            self.extra
                .extend(Some(("JAVA_TOOL_OPTIONS", options)).filter(|(_, options)| !options.is_empty()));
            if self.proxies.named().any(|(_, proxy)| proxy.has_credentials()) {
                let text = "JAVA_TOOL_OPTIONS: Java takes no user and password this way; the proxy will ask for them";
                self.notes.push(text.to_owned());
            }
        }
        self.extra.extend(node.then(|| ("NODE_USE_ENV_PROXY", "1".to_owned())));
    }

    /// One of the variables of [`Settings::extra`].
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<String> {
        self.extra.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone())
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
        let loopback = self.proxies.named().find(|(_, proxy)| proxy.is_loopback()).map(|(name, _)| name);
        if let Some(name) = loopback.filter(|_| environment.in_container()) {
            self.notes.push(format!(
                "{name} points to loopback, which in a container is the container itself; \
                 give the proxy's address on the network"
            ));
        }
    }
}

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

/// Host and port of a daemon reached over TCP. Without a port docker takes 2375, with TLS 2376
/// (docker/cli, opts/hosts.go).
#[must_use]
pub fn tcp_daemon(docker_host: &str, texts: &Texts) -> Option<String> {
    let address = docker_host.trim_ascii().strip_prefix("tcp://")?.trim_end_matches('/');
    let has_port =
        address.rsplit_once(':').is_some_and(|(host, _)| !host.contains(':') || host.ends_with(']'));
    let port = if texts.docker_tls_verify.is_some() { 2376 } else { 2375 };
    Some(if has_port { address.to_owned() } else { format!("{address}:{port}") })
}

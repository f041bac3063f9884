//! The proxies of a job, by the variables that name them.

use crate::proxy_url::ProxyUrl;

/// The configured proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// ALL_PROXY, which curl and some other clients use where the variable of the scheme is unset.
    pub all: Option<ProxyUrl>,
    /// FTP_PROXY.
    pub ftp: Option<ProxyUrl>,
    /// HTTP_PROXY, for `http://`.
    pub http: Option<ProxyUrl>,
    /// HTTPS_PROXY, for `https://`.
    pub https: Option<ProxyUrl>,
}

impl Proxies {
    /// Returns the configured proxies, each with the upper-case name of the proxy's variable.
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

    /// Returns the proxy of the variable with this upper-case name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ProxyUrl> {
        self.named().find(|(other, _)| *other == name).map(|(_, proxy)| proxy)
    }

    /// Returns the field for the variable with this upper-case name, one of the four names of [`Proxies::named`].
    pub(super) fn slot(&mut self, name: &str) -> &mut Option<ProxyUrl> {
        match name {
            "ALL_PROXY" => &mut self.all,
            "FTP_PROXY" => &mut self.ftp,
            "HTTP_PROXY" => &mut self.http,
            _ => &mut self.https,
        }
    }

    /// Finds an https:// proxy and an http:// proxy with the same host and port. Returns the variable of the https://
    /// proxy, the https:// proxy, and the variable of the http:// proxy.
    #[must_use]
    pub fn tls_and_plain_at_one_port(&self) -> Option<(&'static str, &ProxyUrl, &'static str)> {
        let of_scheme = |scheme| self.named().filter(move |(_, proxy)| proxy.scheme() == scheme);
        of_scheme("https").find_map(|(tls, proxy)| {
            let is_same = |other: &ProxyUrl| (other.host(), other.port()) == (proxy.host(), proxy.port());
            let (plain, _) = of_scheme("http").find(|(_, other)| is_same(other))?;
            Some((tls, proxy, plain))
        })
    }
}

//! A proxy setting in a tool's own configuration, which overrides the environment.

use super::Destination;

/// One setting of a configuration file, or of a variable that only one tool reads.
#[derive(Debug)]
pub struct Setting {
    /// The clients that read the setting.
    pub clients: &'static [&'static str],
    /// File and key of the setting, such as `~/.curlrc: proxy`, for the reason of a decision.
    pub origin: String,
    /// The effect of the setting.
    pub effect: Effect,
}

/// The effect of a [`Setting`].
#[derive(Debug)]
pub enum Effect {
    /// Requests within the scope use this proxy; `None` switches the proxy off.
    Proxy(Scope, Option<String>),
    /// A program that the client starts chooses the proxy of the requests within the scope.
    Program(Scope),
    /// This list replaces `NO_PROXY`.
    List(String),
    /// This list is added to `NO_PROXY`.
    MoreList(String),
    /// `NO_PROXY` has no effect beside a proxy of the configuration.
    NoList,
}

/// The requests that a [`Setting`] is for.
#[derive(Debug, Default)]
pub struct Scope {
    /// Whether the URL must ask for TLS (`https://`) or must not; `None` for both.
    pub https: Option<bool>,
    /// The host that the URL must have; `None` for every host.
    pub host: Option<String>,
    /// A URL that the request's URL must begin with; `None` for every URL. A label of the host may be `*`, which
    /// stands for any label.
    pub url: Option<Box<Destination>>,
}

impl Scope {
    /// Returns how closely the scope describes the destination: of several settings, the one with the greatest value
    /// counts, and of equal settings the last. Returns `None` when the destination is outside.
    ///
    /// The order is that of `cmp_matches` in git's urlmatch.c: the length of the host, then that of the path.
    #[must_use]
    pub fn specificity(&self, destination: &Destination) -> Option<(usize, usize)> {
        if self.https.is_some_and(|https| https != destination.is_https()) {
            return None;
        }
        if let Some(host) = &self.host {
            return (host == destination.host()).then_some((host.len(), 0));
        }
        let Some(url) = &self.url else { return Some((0, 0)) };
        let fits = url.is_https() == destination.is_https() && url.port() == destination.port();
        let path = url.path().trim_end_matches('/');
        let below = destination.path().strip_prefix(path);
        let fits = fits && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        (fits && labels_match(url.host(), destination.host())).then(|| (url.host().len(), path.len()))
    }
}

/// `match_host` in git's urlmatch.c: `*` stands for one label.
fn labels_match(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.split('.'), host.split('.'));
    pattern.clone().count() == host.clone().count()
        && pattern.zip(host).all(|(sought, label)| sought == "*" || sought == label)
}

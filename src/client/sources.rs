//! Which environment variables a client takes its proxy and its list from.

use super::proxy_value::{Flaw, Syntax};
use super::{Decision, Variables};

/// Names of variables, in the order in which a client looks at them.
pub type Names = &'static [&'static str];

/// The environment variables that a client reads.
#[derive(Debug)]
pub struct Sources {
    /// The variables that may hold the proxy for `http://`, in groups. A later group is read when no variable of
    /// an earlier group gave a usable proxy.
    pub http: &'static [Names],
    /// The variables that may hold the proxy for `https://`, in groups as for `http`.
    pub https: &'static [Names],
    /// The variables that may hold the list. The first variable that is set counts.
    pub no_proxy: Names,
    /// The effect of an empty proxy variable.
    pub empty: Empty,
    /// The effect of an empty list.
    pub empty_list: Empty,
    /// The effect of REQUEST_METHOD.
    pub cgi: Cgi,
}

/// The effect of an empty variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// The variable counts as unset.
    Skipped,
    /// The variable hides the names after it in its group.
    Hides,
    /// The variable switches the proxy off.
    Disables,
}

/// The effect of REQUEST_METHOD. A program with this variable may be a CGI program, for which the web server turns a
/// request header `Proxy` into the variable HTTP_PROXY (<https://httpoxy.org>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cgi {
    /// No effect.
    Ignored,
    /// HTTP_PROXY is not read.
    HidesUpper,
    /// No proxy is used for `http://`.
    DisablesHttp,
    /// No proxy is used.
    Disables,
    /// Every `http://` request fails if a proxy for `http://` is set, also a request that the list exempts.
    Fails,
}

/// The sources of a client that reads no variable.
pub const NOTHING: Sources = Sources {
    http: &[],
    https: &[],
    no_proxy: &[],
    empty: Empty::Skipped,
    empty_list: Empty::Skipped,
    cgi: Cgi::Ignored,
};

/// `http_proxy` before `HTTP_PROXY`.
pub const LOWER_HTTP: Names = &["http_proxy", "HTTP_PROXY"];
/// `https_proxy` before `HTTPS_PROXY`.
pub const LOWER_HTTPS: Names = &["https_proxy", "HTTPS_PROXY"];
/// `all_proxy` before `ALL_PROXY`.
pub const LOWER_ALL: Names = &["all_proxy", "ALL_PROXY"];
/// `HTTP_PROXY` before `http_proxy`.
pub const UPPER_HTTP: Names = &["HTTP_PROXY", "http_proxy"];
/// `HTTPS_PROXY` before `https_proxy`.
pub const UPPER_HTTPS: Names = &["HTTPS_PROXY", "https_proxy"];

/// The lower-case names first; an empty variable counts as unset.
pub const LOWER_FIRST: Sources =
    Sources { http: &[LOWER_HTTP], https: &[LOWER_HTTPS], no_proxy: &["no_proxy", "NO_PROXY"], ..NOTHING };

/// Like [`LOWER_FIRST`], with `all_proxy` and `ALL_PROXY` as fallback.
pub const LOWER_FIRST_OR_ALL: Sources =
    Sources { http: &[LOWER_HTTP, LOWER_ALL], https: &[LOWER_HTTPS, LOWER_ALL], ..LOWER_FIRST };

/// The upper-case names first; an empty variable counts as unset.
pub const UPPER_FIRST: Sources =
    Sources { http: &[UPPER_HTTP], https: &[UPPER_HTTPS], no_proxy: &["NO_PROXY", "no_proxy"], ..NOTHING };

/// The proxy of a client for one scheme, before the list is consulted.
#[derive(Debug)]
pub struct ProxyChoice<'a> {
    /// Name and value of the variable that the proxy comes from.
    pub variable: Option<(&'a str, &'a str)>,
    /// The client's decision for a request that no entry of the list exempts.
    pub decision: Decision,
    /// Whether the value makes every request fail, even one for the other scheme or one that the list exempts.
    pub fails_at_start: bool,
    /// Why the decision is not `Proxied`. Empty for `Proxied`, and when no variable is set that the client reads.
    pub reason: &'static str,
}

const CGI_REFUSED: &str = "REQUEST_METHOD is set, so the client refuses HTTP_PROXY";

impl<'a> ProxyChoice<'a> {
    /// Returns whether a request fails even if the list exempts the host: Go checks REQUEST_METHOD before the list.
    pub fn fails_before_the_list(&self) -> bool {
        self.reason == CGI_REFUSED
    }

    fn none(reason: &'static str) -> Self {
        Self { variable: None, decision: Decision::Direct, fails_at_start: false, reason }
    }

    /// Returns the choice of a client whose proxy cannot be predicted.
    pub fn unknown(reason: &'static str) -> Self {
        Self { decision: Decision::Unknown, ..Self::none(reason) }
    }

    /// Returns the choice that one value of a variable or setting leads to.
    pub fn of(name: &'a str, value: &'a str, https: bool, syntax: &Syntax) -> Self {
        let flaws = Flaw::all_in(value, https);
        let (decision, flaw) = syntax.judge(&flaws);
        Self {
            variable: Some((name, value)),
            decision,
            fails_at_start: syntax.fails_at_start(value),
            reason: flaw.map_or("", Flaw::description),
        }
    }
}

impl Sources {
    /// Returns the variables that the proxy for a scheme may come from.
    pub fn names(&self, https: bool) -> Vec<&'static str> {
        if https { self.https } else { self.http }.concat()
    }

    /// Returns name and value of the list that the client reads; `None` when no list is set.
    pub fn list<'a>(&self, variables: &'a Variables) -> Option<(&'static str, &'a str)> {
        for name in self.no_proxy {
            match variables.get(name) {
                Some("") if self.empty_list == Empty::Skipped => (),
                Some(value) => return Some((name, value)),
                None => (),
            }
        }
        None
    }

    /// Returns the proxy that the client chooses for a scheme.
    pub fn proxy<'a>(&self, https: bool, syntax: &Syntax, variables: &'a Variables) -> ProxyChoice<'a> {
        let cgi = variables.get("REQUEST_METHOD").map_or(Cgi::Ignored, |_| self.cgi);
        if cgi == Cgi::Disables || cgi == Cgi::DisablesHttp && !https {
            return ProxyChoice::none(
                "REQUEST_METHOD is set, so the client takes no proxy from the environment",
            );
        }
        let mut fallback = ProxyChoice::none("");
        for group in if https { self.https } else { self.http } {
            for name in *group {
                let Some(value) = variables.get(name) else { continue };
                if *name == "HTTP_PROXY" && cgi == Cgi::HidesUpper {
                    fallback =
                        ProxyChoice::none("REQUEST_METHOD is set, so the client does not read HTTP_PROXY");
                    continue;
                }
                if value.is_empty() {
                    match self.empty {
                        Empty::Skipped => continue,
                        Empty::Hides => break,
                        Empty::Disables => {
                            return ProxyChoice::none("an empty proxy variable switches the proxy off");
                        }
                    }
                }
                let mut choice = ProxyChoice::of(name, value, https, syntax);
                if cgi == Cgi::Fails && !https {
                    (choice.decision, choice.reason) = (Decision::Fails, CGI_REFUSED);
                }
                if choice.decision != Decision::Direct {
                    return choice;
                }
                fallback = choice;
                break;
            }
        }
        fallback
    }
}

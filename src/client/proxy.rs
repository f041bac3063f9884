//! Which variable a client takes its proxy from, and what it makes of a value that is not plain.

use super::network::decimal;
use super::{Decision, Variables};

/// The names that a client reads, in groups: a later group is looked at when an earlier one gave nothing.
#[derive(Debug)]
pub(super) struct Reads {
    pub(super) http: Groups,
    pub(super) https: Groups,
    pub(super) no_proxy: &'static [&'static str],
    /// What an empty proxy variable does.
    pub(super) empty: Empty,
    /// What an empty list does.
    pub(super) empty_list: Empty,
    /// What `REQUEST_METHOD` in the environment does: programs take it for CGI, where a request header
    /// can set `HTTP_PROXY`.
    pub(super) cgi: Cgi,
}

type Groups = &'static [&'static [&'static str]];

/// What an empty variable means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// As if it were not set.
    Skipped,
    /// It hides the names after it in its group.
    Hides,
    /// It means that there is no proxy.
    Disables,
}

/// What `REQUEST_METHOD` changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cgi {
    Nothing,
    /// `HTTP_PROXY` is not read.
    HidesUpper,
    /// No proxy is used for http.
    DisablesHttp,
    /// No proxy is used at all.
    Disables,
    /// A request that would go through the http proxy fails.
    Fails,
}

/// The proxy of a client for one scheme, before any list is looked at.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    pub(super) variable: Option<(&'static str, &'a str)>,
    pub(super) decision: Decision,
    /// It fails every request, also those for the other scheme and those that the list keeps from it.
    pub(super) at_once: bool,
    /// Empty when no variable is set that it would read.
    pub(super) reason: &'static str,
}

impl Choice<'_> {
    /// Go refuses before it looks at the list.
    pub(super) fn refuses_first(&self) -> bool {
        self.reason == CGI_REFUSED
    }
}

const CGI_REFUSED: &str = "REQUEST_METHOD is set, so it refuses HTTP_PROXY";

impl Reads {
    /// The names that the proxy for a scheme may come from.
    pub(super) fn names(&self, https: bool) -> Vec<&'static str> {
        if https { self.https } else { self.http }.concat()
    }

    /// The list that the client reads.
    pub(super) fn list<'a>(&self, variables: &'a Variables) -> Option<(&'static str, &'a str)> {
        for name in self.no_proxy {
            match variables.get(name) {
                Some("") if self.empty_list == Empty::Skipped => (),
                Some(value) => return Some((name, value)),
                None => (),
            }
        }
        None
    }

    /// The proxy that the client takes for a scheme.
    pub(super) fn proxy<'a>(&self, https: bool, syntax: &str, variables: &'a Variables) -> Choice<'a> {
        let none = |reason| Choice { variable: None, decision: Decision::Direct, at_once: false, reason };
        let cgi = variables.get("REQUEST_METHOD").map_or(Cgi::Nothing, |_| self.cgi);
        if cgi == Cgi::Disables || cgi == Cgi::DisablesHttp && !https {
            return none("REQUEST_METHOD is set, so it takes no proxy from the environment");
        }
        let mut fallback = none("");
        for group in if https { self.https } else { self.http } {
            for name in *group {
                let Some(value) = variables.get(name) else { continue };
                if *name == "HTTP_PROXY" && cgi == Cgi::HidesUpper {
                    fallback = none("REQUEST_METHOD is set, so it does not read HTTP_PROXY");
                    continue;
                }
                if value.is_empty() {
                    match self.empty {
                        Empty::Skipped => continue,
                        Empty::Hides => break,
                        Empty::Disables => return none("an empty proxy variable switches the proxy off"),
                    }
                }
                let (decision, reason) = match (cgi, https) {
                    (Cgi::Fails, false) => (Decision::Fails, CGI_REFUSED),
                    _ => verdict(value, https, syntax),
                };
                let at_once = fails_at_once(value, syntax);
                let choice = Choice { variable: Some((name, value)), decision, at_once, reason };
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

/// What may be unusual about a proxy's value, in the order of the letters in a client's syntax:
/// P it goes to the proxy all the same, D it goes direct, E it fails, X it fails before it looks at the URL
/// (all measured).
const FLAWS: [&str; 22] = [
    "the proxy has no scheme",
    "the proxy has no scheme",
    "the proxy has no scheme",
    "the proxy is an https:// one",
    "the proxy is an https:// one",
    "the proxy's scheme is in capitals",
    "a blank stands before the proxy",
    "a blank stands after the proxy",
    "the proxy has a path",
    "the proxy is an IPv6 address",
    "the proxy is not an http:// or https:// URL",
    "the proxy's password has an unescaped @",
    "the proxy's password has an unescaped #",
    "the proxy's password has an unescaped ?",
    "the proxy's password has an unescaped /",
    "the proxy's password has an unescaped [",
    "the proxy's password has an unescaped blank",
    "the proxy's user has an unescaped backslash",
    "the proxy's password has an unescaped %",
    "the proxy has a user without a password",
    "the proxy's password has a letter outside ASCII",
    "the proxy's user or password has an escaped @",
];

fn verdict(value: &str, https: bool, syntax: &str) -> (Decision, &'static str) {
    let present = flaws(value, https);
    let letters = syntax.bytes().zip(FLAWS).zip(present);
    for decision in [Decision::Fails, Decision::Direct] {
        let sought: &[u8] = if decision == Decision::Fails { b"EX" } else { b"D" };
        let found = letters.clone().find(|((verdict, _), present)| *present && sought.contains(verdict));
        if let Some(((_, reason), _)) = found {
            return (decision, reason);
        }
    }
    (Decision::Proxied, "")
}

/// The same for either scheme: these clients read all their variables when they start.
fn fails_at_once(value: &str, syntax: &str) -> bool {
    syntax.bytes().zip(flaws(value, false)).any(|(verdict, present)| present && verdict == b'X')
}

fn flaws(value: &str, https: bool) -> [bool; 22] {
    let mut present = [false; 22];
    let trimmed = value.trim();
    present[6] = value.starts_with(char::is_whitespace);
    present[7] = value.ends_with(char::is_whitespace);
    let (scheme, rest) = trimmed.split_once("://").unwrap_or(("", trimmed));
    let (user, host) = rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
    let (authority, path) = host.split_once(['/', '?', '#']).unwrap_or((host, ""));
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if !(known || scheme.is_empty() && !lacks_slashes(rest)) || !is_authority(authority) {
        present[10] = true;
        return present;
    }
    if scheme.is_empty() {
        // `localhost:3128` looks like a scheme to many parsers, a number or a name alone does not.
        let number = authority.starts_with(|letter: char| letter.is_ascii_digit() || letter == '[');
        let like_scheme = !number && authority.contains(':');
        present[if https { 2 } else { usize::from(like_scheme) }] = true;
    }
    present[if https { 4 } else { 3 }] = scheme.eq_ignore_ascii_case("https");
    present[5] = scheme.bytes().any(|letter| letter.is_ascii_uppercase());
    present[8] = !path.is_empty();
    present[9] = authority.starts_with('[');
    if let Some(user) = user {
        for (place, mark) in [(11, '@'), (12, '#'), (13, '?'), (14, '/'), (15, '['), (16, ' '), (17, '\\')] {
            present[place] = user.contains(mark);
        }
        let mut escapes = user.split('%').skip(1).map(|rest| rest.get(..2).unwrap_or_default());
        let byte = |escape: &str| u8::from_str_radix(escape, 16).ok();
        present[18] = escapes.clone().any(|escape| byte(escape).is_none());
        present[19] = !user.contains(':');
        present[20] = !user.is_ascii() || escapes.clone().any(|escape| byte(escape) >= Some(0x80));
        present[21] = escapes.any(|escape| escape == "40");
    }
    present
}

/// `http:proxy` and `http:/proxy`.
fn lacks_slashes(value: &str) -> bool {
    value.split_once(':').is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    })
}

/// A host, and a port that can be one if there is any.
fn is_authority(text: &str) -> bool {
    let port = match text.rsplit_once(':') {
        Some((_, port)) if !port.contains(']') => port,
        _ => "",
    };
    let fits = port.is_empty() || decimal(port).is_some_and(|port| (1..=65535).contains(&port));
    fits && !text.is_empty() && !text.contains(char::is_whitespace)
}

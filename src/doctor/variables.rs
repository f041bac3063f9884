//! The proxy variables: which are set, in which letter case, with which values.

use super::harm::{CLEAN, NAMED, PROXIES, misled, proxies, takes_upper, variables};
use super::{Finding, Job, Kind, proxy_value};
use crate::client::{Client, Variables};
use crate::environment::PAIRS;
use crate::proxy_url::ProxyUrl;

const SET_BOTH: &str = "eval \"$(jobproxy setup --export)\" sets both letter cases alike";
const ALL: Pair = PAIRS[0];
const FTP: Pair = PAIRS[1];
const HTTP: Pair = PAIRS[2];
const HTTPS: Pair = PAIRS[3];
const LIST: Pair = PAIRS[4];

/// A variable in lower and in upper case.
type Pair = (&'static str, &'static str);

pub fn check(job: &Job) -> Vec<Finding> {
    let mut found: Vec<Finding> = job.environment.not_utf8.iter().map(|name| not_utf8(name)).collect();
    found.extend(PAIRS.into_iter().flat_map(|pair| letter_cases(job, pair)));
    for (lower, upper) in [ALL, FTP, HTTP, HTTPS] {
        for name in [lower, upper] {
            let value = job.environment.filled(name).filter(|_| !is_not_utf8(job, name));
            found.extend(value.into_iter().flat_map(|value| proxy_value::check(job, name, value)));
        }
    }
    found.extend(
        [other_scheme(job), request_method(job), tls_mixed(job), debug_trace(job), unset(job)]
            .into_iter()
            .flatten(),
    );
    found
}

fn not_utf8(name: &str) -> Finding {
    Finding::new(Kind::NotUtf8, name, "is not UTF-8", "write the value in ASCII, or unset the variable")
}

fn is_not_utf8(job: &Job, name: &str) -> bool {
    job.environment.not_utf8.iter().any(|other| other == name)
}

/// Compares the two letter cases of one variable.
fn letter_cases(job: &Job, pair: Pair) -> Vec<Finding> {
    let (lower, upper) = pair;
    let environment = job.environment;
    let [low, up] = [lower, upper].map(|name| environment.filled(name));
    let kind = |proxy, list| if pair == LIST { list } else { proxy };
    let filled = Some(if pair == LIST { NAMED } else { CLEAN });
    let right = set(pair, filled, filled);
    let mut found = Vec::new();
    for (empty, other, values) in [(lower, up, (Some(""), filled)), (upper, low, (filled, Some("")))] {
        if other.is_some() && environment.is_set(empty) && environment.filled(empty).is_none() {
            let clients = misled(&set(pair, values.0, values.1), &right);
            let kind = kind(Kind::ProxyEmptyHides, Kind::NoProxyEmptyHides);
            let text = "is empty, and for these hides the filled variable of the other letter case";
            found.push(Finding::new(kind, empty, text, format!("unset {empty}")).clients(clients));
        }
    }
    match (low, up) {
        (Some(low), Some(up)) if differ(pair, low, up) => {
            let kind = kind(Kind::ProxyCaseDiffers, Kind::NoProxyCaseDiffers);
            let text = "differs from the lower-case variable, and these take the upper-case value";
            let clients = if pair == LIST {
                misled(&set(pair, filled, Some("other.invalid")), &right)
            } else {
                takes_upper(lower, upper)
            };
            found.push(Finding::new(kind, upper, text, SET_BOTH).clients(clients));
        }
        (None, Some(_)) if !environment.is_set(lower) => {
            let clients = misled(&set(pair, None, filled), &right);
            let kind = kind(Kind::ProxyUpperCaseOnly, Kind::NoProxyUpperCaseOnly);
            let text = "is set in upper case only, and these read only the lower case";
            found.push(Finding::new(kind, upper, text, SET_BOTH).clients(clients));
        }
        (Some(_), None) if !environment.is_set(upper) => {
            let clients = misled(&set(pair, filled, None), &right);
            let text = "is set in lower case only, and these read only the upper case";
            let kind = kind(Kind::ProxyLowerCaseOnly, Kind::NoProxyLowerCaseOnly);
            found.push(Finding::new(kind, lower, text, SET_BOTH).clients(clients));
        }
        _ => {}
    }
    // The models know no client of FTP_PROXY, and for most variables no client that reads the upper case only.
    found.retain(|finding| !finding.clients.is_empty() || finding.kind == Kind::ProxyCaseDiffers);
    found
}

/// Returns an environment in which one variable has these values, and everything else is right.
fn set(pair: Pair, lower: Option<&str>, upper: Option<&str>) -> Variables {
    let own = [(pair.0, lower), (pair.1, upper)].into_iter().filter_map(|(name, value)| Some((name, value?)));
    let others = PROXIES.iter().map(|name| (*name, CLEAN)).filter(|_| pair == LIST);
    variables(own.chain(others))
}

/// Whether two values say different things: an address may be written in several ways.
fn differ(pair: Pair, low: &str, up: &str) -> bool {
    let address = |value| ProxyUrl::parse(value).ok().map(|(proxy, _)| proxy);
    let is_same_address = pair != LIST && address(low).is_some_and(|low| address(up) == Some(low));
    low != up && !is_same_address
}

fn is_set(job: &Job, pair: Pair) -> bool {
    [pair.0, pair.1].iter().any(|name| job.environment.filled(name).is_some())
}

fn other_scheme(job: &Job) -> Option<Finding> {
    let (one, other, scheme) = match (is_set(job, HTTP), is_set(job, HTTPS)) {
        _ if is_set(job, ALL) => return None,
        (true, false) => (HTTP.1, HTTPS.1, "https"),
        (false, true) => (HTTPS.1, HTTP.1, "http"),
        _ => return None,
    };
    let text = format!("is set without {other}: most programs go direct to {scheme}:// addresses");
    Some(Finding::new(Kind::ProxyOtherSchemeMissing, one, text, format!("set {other} too")))
}

fn request_method(job: &Job) -> Option<Finding> {
    if job.environment.texts.request_method.is_none() || !is_set(job, HTTP) {
        return None;
    }
    let cgi = PROXIES.map(|name| (name, CLEAN)).into_iter().chain([("REQUEST_METHOD", "GET")]);
    let clients: Vec<&'static Client> = misled(&variables(cgi), &proxies(CLEAN));
    let text = "is set: these take the job for a CGI program and do not use HTTP_PROXY";
    let finding = Finding::new(Kind::RequestMethod, "REQUEST_METHOD", text, "unset REQUEST_METHOD");
    Some(finding.clients(clients))
}

/// Returns a finding where a proxy is reached both with and without TLS at one port.
fn tls_mixed(job: &Job) -> Option<Finding> {
    let (tls, proxy, plain) = job.settings.proxies.tls_and_plain_at_one_port()?;
    let text =
        format!("https:// means TLS to the proxy itself, but {plain} reaches the same port without TLS");
    let remedy = format!(
        "write http://{}:{} if the proxy speaks plain HTTP; doctor --connect shows which of the two",
        proxy.host(),
        proxy.port()
    );
    Some(Finding::new(Kind::ProxyTlsMixed, tls, text, remedy))
}

/// Returns a finding where the job log shows a password: GitLab masks masked variables, but no variable of the runner's
/// `environment`.
fn debug_trace(job: &Job) -> Option<Finding> {
    let value = job.environment.texts.ci_debug_trace.as_deref().unwrap_or_default();
    let is_on = ["true", "1"].iter().any(|on| value.eq_ignore_ascii_case(on));
    let names = job.settings.proxies.named().filter(|(_, proxy)| proxy.has_credentials());
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    (is_on && !names.is_empty()).then(|| {
        let text = format!(
            "is on: the job log shows the password of {}, unless GitLab masks the variable",
            names.join(", ")
        );
        let remedy = "unset CI_DEBUG_TRACE, or change the password after the job";
        Finding::new(Kind::DebugTracePassword, "CI_DEBUG_TRACE", text, remedy)
    })
}

/// Returns a finding where no proxy is set, which is a fault only behind a proxy.
fn unset(job: &Job) -> Option<Finding> {
    if [ALL, FTP, HTTP, HTTPS].into_iter().any(|pair| is_set(job, pair)) {
        return None;
    }
    let off: Vec<String> = job.settings.switched_off().map(str::to_owned).collect();
    if off.is_empty() {
        let text = "no proxy is set (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, FTP_PROXY)";
        let remedy = "behind a proxy, set the variables in the runner's `environment`";
        return Some(Finding { subjects: Vec::new(), ..Finding::new(Kind::ProxyUnset, "", text, remedy) });
    }
    let text = "is set to nothing, which switches the proxy off";
    let remedy = "remove the empty variable if the job needs the proxy";
    Some(Finding { subjects: off, ..Finding::new(Kind::ProxySwitchedOff, "", text, remedy) })
}

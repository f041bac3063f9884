//! Asks the models which clients suffer from a fault.

use crate::client::{Client, Decision, Destination, Variables, all};

/// The address of a proxy that every client accepts.
pub const CLEAN: &str = "http://proxy.invalid:3128";
/// The variables of [`CLEAN`].
pub const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];
/// A list that names the host of every URL here.
pub const NAMED: &str = "host.invalid";
const URLS: [&str; 2] = ["http://host.invalid/", "https://host.invalid/"];

/// Returns the variables, each with its value.
pub fn variables<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Variables {
    Variables::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())))
}

/// Returns [`PROXIES`] with one value.
pub fn proxies(value: &str) -> Variables {
    variables(PROXIES.map(|name| (name, value)))
}

/// Returns the clients that decide otherwise with `faulty` than with `right`, about an http or an https URL.
pub fn misled(faulty: &Variables, right: &Variables) -> Vec<&'static Client> {
    let targets: Vec<Destination> = URLS.iter().filter_map(|url| Destination::parse(url)).collect();
    let is_misled = |client: &&'static Client| {
        let (faulty, right) = (client.prepare(faulty), client.prepare(right));
        targets.iter().any(|target| faulty.decide(target).decision != right.decide(target).decision)
    };
    all().iter().filter(|client| client.reads_a_proxy()).filter(is_misled).collect()
}

/// Returns the clients that do not use a proxy of this value.
pub fn without(value: &str) -> Vec<&'static Client> {
    misled(&proxies(value), &proxies(CLEAN))
}

/// Returns the clients that take their proxy from the upper-case variable where both letter cases are set.
pub fn takes_upper(lower: &str, upper: &str) -> Vec<&'static Client> {
    let both = variables([(lower, CLEAN), (upper, CLEAN)]);
    let targets: Vec<Destination> = URLS.iter().filter_map(|url| Destination::parse(url)).collect();
    let takes = |client: &&'static Client| {
        let reader = client.prepare(&both);
        let mut answers = targets.iter().map(|target| reader.decide(target));
        answers.any(|answer| {
            answer.decision == Decision::Proxied && answer.proxy.is_some_and(|(name, _)| name == upper)
        })
    };
    all().iter().filter(takes).collect()
}

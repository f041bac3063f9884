//! The variables to export.

use crate::environment::PAIRS;
use crate::proxy_url::ProxyUrl;
use crate::settings::Settings;

/// A variable's name and value; `None` where it must be unset.
pub type Variable = (&'static str, Option<String>);

/// The variables to set and to unset, sorted by name.
pub type Variables = Vec<Variable>;

/// Adds a variable at its place, instead of an earlier value.
pub fn set(variables: &mut Variables, variable: Variable) {
    match variables.binary_search_by(|other| other.0.cmp(variable.0)) {
        Ok(at) => variables[at] = variable,
        Err(at) => variables.insert(at, variable),
    }
}

/// Returns both letter cases of every variable, sorted by name.
///
/// One value leaves jobproxy in both cases: Go, apk, reqwest and npm read the upper one first, curl, git, wget,
/// Python, Ruby and apt the lower one. No value is empty: an empty `no_proxy` hides a filled
/// `NO_PROXY` in six clients, an empty `https_proxy` switches the proxy off (measured).
#[must_use]
pub fn variables(settings: &Settings) -> Variables {
    let no_proxy = settings.no_proxy.value();
    let value = |upper: &str| match upper {
        "NO_PROXY" => Some(no_proxy.clone()).filter(|list| !list.is_empty()),
        _ => settings.proxies.get(upper).map(ProxyUrl::expose),
    };
    let of_pair = |(lower, upper): (&'static str, &'static str)| match value(upper) {
        None if !settings.blank.contains(&upper) => Vec::new(),
        value => vec![(lower, value.clone()), (upper, value)],
    };
    let extra = settings.extra.iter().map(|(name, value)| (*name, Some(value.clone())));
    let mut variables: Variables = PAIRS.into_iter().flat_map(of_pair).chain(extra).collect();
    variables.sort();
    variables
}

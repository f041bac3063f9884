//! apt's configuration, as `apt-config dump` prints it.

use std::process::Command;

use crate::child;
use crate::client::{Effect, Scope, Setting};
use crate::environment::Environment;

/// The clients that read the configuration.
pub const CLIENTS: &[&str] = &["apt"];

/// Asks `apt-config`, which is part of apt. Without apt-config there is no apt.
pub fn read(environment: &Environment) -> Vec<Setting> {
    let Ok(program) = which::which_in("apt-config", environment.path("PATH"), "/") else { return Vec::new() };
    child::ask(Command::new(program).arg("dump")).map(|dump| parse(&dump)).unwrap_or_default()
}

/// `MaybeAddAuth` and its neighbours in apt's methods/http.cc: `Acquire::http::Proxy::HOST` before
/// `Acquire::http::Proxy` before `http_proxy`; https has keys of its own and falls back to those of http. `DIRECT`
/// switches the proxy off. `no_proxy` applies to every proxy.
fn parse(dump: &str) -> Vec<Setting> {
    let lines = || dump.lines().filter_map(|line| line.strip_suffix("\";")?.split_once(" \""));
    let setting = |key: &str, https: bool, host: &str, value: &str| Setting {
        clients: CLIENTS,
        origin: format!("apt.conf: {key}"),
        effect: Effect::Proxy(
            Scope {
                https: Some(https),
                host: (!host.is_empty()).then(|| host.to_ascii_lowercase()),
                url: None,
            },
            (value != "DIRECT").then(|| value.to_owned()),
        ),
    };
    let mut settings = Vec::new();
    for (scheme, schemes) in [("http", &[false, true][..]), ("https", &[true])] {
        let prefix = format!("acquire::{scheme}::proxy");
        for (key, value) in lines().filter(|(_, value)| !value.is_empty()) {
            let lower = key.to_ascii_lowercase();
            let host = match lower.strip_prefix(&prefix) {
                Some("") => "",
                Some(rest) if rest.starts_with("::") => &key[key.len() - rest.len() + 2..],
                _ => continue,
            };
            settings.extend(schemes.iter().map(|https| setting(key, *https, host, value)));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Destination;

    #[test]
    fn keys_of_a_host_and_of_https_are_more_specific() {
        let dump = "Acquire \"\";\nAcquire::http::Proxy \"http://p:1\";\nAcquire::http::Proxy::Deb.Test \"DIRECT\";\n\
                    Acquire::https::Proxy \"http://q:1\";\nAcquire::http::Proxy-Auto-Detect \"x\";\n";
        let settings = parse(dump);
        let chosen = |url: &str| {
            let destination = Destination::parse(url).unwrap();
            let fits = settings.iter().filter_map(|setting| match &setting.effect {
                Effect::Proxy(scope, value) => Some((scope.specificity(&destination)?, value)),
                _ => None,
            });
            fits.max_by_key(|(specificity, _)| *specificity).unwrap().1.clone()
        };
        assert_eq!(chosen("http://a.test/").as_deref(), Some("http://p:1"));
        assert_eq!(chosen("https://a.test/").as_deref(), Some("http://q:1"));
        assert_eq!(chosen("http://deb.test/"), None);
    }
}

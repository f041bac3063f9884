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

/// The order of `HttpServerState::Open` in apt's methods/http.cc: `Acquire::http::Proxy::HOST`, then the program of
/// `Acquire::http::Proxy-Auto-Detect` (`AutoDetectProxy` in apt-pkg/contrib/proxy.cc), then `Acquire::http::Proxy`,
/// then `http_proxy`. https has keys of its own and, except for the program, falls back to those of http. `no_proxy`
/// applies to every proxy.
fn parse(dump: &str) -> Vec<Setting> {
    let lines = || dump.lines().filter_map(|line| line.strip_suffix("\";")?.split_once(" \""));
    let mut settings = Vec::new();
    for (scheme, schemes) in [("http", &[false, true][..]), ("https", &[true])] {
        let prefix = format!("acquire::{scheme}::proxy");
        for (key, value) in lines().filter(|(_, value)| !value.is_empty()) {
            let lower = key.to_ascii_lowercase();
            let Some(rest) = lower.strip_prefix(&prefix) else { continue };
            let (host, is_program) = match (rest, rest.strip_prefix("::")) {
                ("" | "-auto-detect" | "autodetect", _) => (None, !rest.is_empty()),
                (_, Some(host)) => (Some(host.to_owned()), false),
                _ => continue,
            };
            for https in &schemes[..if is_program { 1 } else { schemes.len() }] {
                let scope = Scope { https: Some(*https), host: host.clone(), url: None };
                // A value without a colon, such as DIRECT or false, names no host (`URI::CopyFrom`).
                let proxy = value.contains(':').then(|| value.to_owned());
                let effect = if is_program { Effect::Program(scope) } else { Effect::Proxy(scope, proxy) };
                settings.push(Setting { clients: CLIENTS, origin: format!("apt.conf: {key}"), effect });
            }
        }
    }
    // Of two settings for every host, the last counts.
    settings.sort_by_key(|setting| matches!(setting.effect, Effect::Program(_)));
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Destination;

    fn chosen(dump: &str, url: &str) -> String {
        let destination = Destination::parse(url).unwrap();
        let settings = parse(dump);
        let fits = settings.iter().filter_map(|setting| match &setting.effect {
            Effect::Proxy(scope, value) => {
                Some((scope.specificity(&destination)?, value.as_deref().unwrap_or("off")))
            }
            Effect::Program(scope) => Some((scope.specificity(&destination)?, "program")),
            _ => None,
        });
        fits.max_by_key(|(specificity, _)| *specificity).map_or("environment", |(_, found)| found).to_owned()
    }

    #[test]
    fn keys_of_a_host_and_of_https_are_more_specific() {
        let dump = "Acquire \"\";\nAcquire::http::Proxy \"http://p:1\";\nAcquire::http::Proxy::Deb.Test \"DIRECT\";\n\
                    Acquire::https::Proxy \"http://q:1\";\nAcquire::http::Proxying \"x\";\n";
        assert_eq!(chosen(dump, "http://a.test/"), "http://p:1");
        assert_eq!(chosen(dump, "https://a.test/"), "http://q:1");
        assert_eq!(chosen(dump, "http://deb.test/"), "off");
        assert_eq!(chosen("Acquire::http::Proxy \"false\";\n", "https://a.test/"), "off");
        assert_eq!(chosen("Acquire::http::Proxy \"\";\n", "http://a.test/"), "environment");
    }

    #[test]
    fn a_program_decides_before_the_proxy_for_every_host_and_after_the_proxy_of_a_host() {
        for key in ["Proxy-Auto-Detect", "ProxyAutoDetect"] {
            let dump = format!(
                "Acquire::http::{key} \"/bin/x\";\nAcquire::http::Proxy \"http://p:1\";\n\
                 Acquire::http::Proxy::deb.test \"DIRECT\";\n"
            );
            assert_eq!(chosen(&dump, "http://a.test/"), "program");
            assert_eq!(chosen(&dump, "https://a.test/"), "http://p:1");
            assert_eq!(chosen(&dump, "http://deb.test/"), "off");
        }
    }
}

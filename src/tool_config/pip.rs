//! pip's `pip.conf` and PIP_PROXY.

use std::path::{Path, PathBuf};

use super::{config_home, ini, shown, text_of};
use crate::client::{Effect, Scope, Setting};
use crate::environment::Environment;

/// The clients that read the files.
pub const CLIENTS: &[&str] = &["pip"];

/// Reads the files in the order of `get_configuration_files` in pip/_internal/configuration.py, then PIP_PROXY.
pub fn read(environment: &Environment, with_files: bool) -> Vec<Setting> {
    let home = environment.path("HOME");
    let paths = [
        Some(PathBuf::from("/etc/pip.conf")),
        home.map(|home| home.join(".pip/pip.conf")),
        config_home(environment).map(|folder| folder.join("pip/pip.conf")),
        environment.path("VIRTUAL_ENV").map(|folder| folder.join("pip.conf")),
        environment.path("PIP_CONFIG_FILE").map(Path::to_owned),
    ];
    let files = paths.into_iter().flatten().filter(|_| with_files);
    let texts = files.filter_map(|path| Some((text_of(&path)?, path)));
    let mut settings: Vec<_> =
        texts.flat_map(|(text, path)| parse(&text, &shown(&path, environment))).collect();
    if let Some(proxy) = environment.tool_variable("PIP_PROXY") {
        settings.extend(of_proxy(proxy, "PIP_PROXY".to_owned()));
    }
    settings
}

/// `proxy` of any section. pip ignores an empty value (`_update_defaults` in pip/_internal/cli/parser.py).
fn parse(text: &str, name: &str) -> Vec<Setting> {
    ini::entries(text)
        .filter(|(_, key, value)| *key == "proxy" && !value.is_empty())
        .flat_map(|(_, _, value)| of_proxy(value, format!("{name}: proxy")))
        .collect()
}

/// `_build_session` in pip/_internal/cli/index_command.py sets the proxy of the session, which requests uses whatever
/// `NO_PROXY` says.
fn of_proxy(proxy: &str, origin: String) -> [Setting; 2] {
    let proxy = Effect::Proxy(Scope::default(), Some(proxy.to_owned()));
    [
        Setting { clients: CLIENTS, origin: origin.clone(), effect: proxy },
        Setting { clients: CLIENTS, origin, effect: Effect::NoList },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_of_any_section_counts_unless_it_is_empty() {
        let settings = parse("[global]\nproxy =\n; proxy = x\n[install]\nproxy: http://p:1\n", "f");
        assert_eq!(settings.len(), 2);
        assert!(matches!(&settings[0].effect, Effect::Proxy(_, Some(proxy)) if proxy == "http://p:1"));
    }
}

//! npm's `.npmrc` and `npm_config_*`, which pnpm reads too.

use std::path::{Path, PathBuf};

use super::{ini, shown, text_of};
use crate::client::{Effect, Scope, Setting};
use crate::environment::{Environment, lookup};

/// The clients that read the files.
pub const CLIENTS: &[&str] = &["npm", "pnpm"];

/// Reads the system's file, the user's, the project's and then the variables, in ascending precedence
/// (`loadGlobalConfig` and the others in @npmcli/config, lib/index.js).
pub fn read(environment: &Environment, with_files: bool) -> Vec<Setting> {
    let home = environment.path("HOME");
    let user = environment.path("NPM_CONFIG_USERCONFIG").map(Path::to_owned);
    let user = user.or_else(|| Some(home?.join(".npmrc")));
    let paths = [
        Some(PathBuf::from("/usr/local/etc/npmrc")),
        Some(PathBuf::from("/usr/etc/npmrc")),
        user,
        // In the home directory the two files are one.
        Some(PathBuf::from(".npmrc")).filter(|_| std::env::current_dir().ok().as_deref() != home),
    ];
    let files = paths.into_iter().flatten().filter(|_| with_files);
    let known = |name: &str| {
        let raw = lookup(&environment.raw, name).cloned();
        raw.or_else(|| std::env::var(name).ok())
    };
    let layer = |path: PathBuf| Some(Layer::of_file(&text_of(&path)?, &shown(&path, environment), known));
    let mut layers: Vec<Layer> = files.filter_map(layer).collect();
    let variable = |name: &str| {
        let value = environment.tool_variable(name).filter(|value| !value.is_empty())?;
        Some((value.to_owned(), name.to_owned()))
    };
    layers.push(Layer {
        proxy: variable("NPM_CONFIG_PROXY"),
        https_proxy: variable("NPM_CONFIG_HTTPS_PROXY"),
        noproxy: variable("NPM_CONFIG_NOPROXY"),
    });
    settings(layers)
}

/// The values of one file, each with its origin.
#[derive(Default)]
struct Layer {
    proxy: Option<(String, String)>,
    https_proxy: Option<(String, String)>,
    noproxy: Option<(String, String)>,
}

impl Layer {
    fn of_file(text: &str, name: &str, variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut layer = Self::default();
        for (section, key, value) in ini::entries(text) {
            let value = Some((expanded(value, &variable), format!("{name}: {key}")))
                .filter(|(value, _)| !matches!(value.as_str(), "" | "null" | "false"));
            match key {
                _ if !section.is_empty() => {}
                "proxy" => layer.proxy = value,
                "https-proxy" => layer.https_proxy = value,
                "noproxy" => layer.noproxy = value,
                _ => {}
            }
        }
        layer
    }
}

/// Replaces `${NAME}` and `${NAME?}` by variables. An unset variable stays as it is written, or with `?` becomes empty
/// (`lib/env-replace.js` in @npmcli/config).
fn expanded(value: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = value.split("${");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inner, rest) = part.split_once('}').unwrap_or((part, ""));
        let (name, is_optional) = inner.strip_suffix('?').map_or((inner, false), |name| (name, true));
        match variable(name).filter(|_| part.contains('}')) {
            Some(value) => text.extend([value.as_str(), rest]),
            None if is_optional => text.push_str(rest),
            None => text.extend(["${", part]),
        }
    }
    text
}

/// npm takes `https-proxy`, else `proxy`, for both schemes (`regFetch` in npm-registry-fetch, lib/index.js). An unset
/// or empty key leaves the choice to the environment.
fn settings(layers: Vec<Layer>) -> Vec<Setting> {
    let mut merged = Layer::default();
    for layer in layers {
        merged.proxy = layer.proxy.or(merged.proxy);
        merged.https_proxy = layer.https_proxy.or(merged.https_proxy);
        merged.noproxy = layer.noproxy.or(merged.noproxy);
    }
    let setting = |(value, origin), effect: fn(String) -> Effect| Setting {
        clients: CLIENTS,
        origin,
        effect: effect(value),
    };
    let proxy = merged.https_proxy.or(merged.proxy);
    let proxy = proxy.map(|value| setting(value, |proxy| Effect::Proxy(Scope::default(), Some(proxy))));
    proxy.into_iter().chain(merged.noproxy.map(|value| setting(value, Effect::List))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_layer_wins_and_https_proxy_serves_both_schemes() {
        let of_file = |text, name| Layer::of_file(text, name, |_| None);
        let user = of_file("proxy=http://a:1\nhttps-proxy=http://b:1\nnoproxy=x\n", "~/.npmrc");
        let project = of_file("proxy = \"http://c:1\"\nhttps-proxy = null\n[other]\nnoproxy=y\n", ".npmrc");
        let found = settings(vec![user, project]);
        assert_eq!(found[0].origin, "~/.npmrc: https-proxy");
        assert!(matches!(&found[1].effect, Effect::List(list) if list == "x"));
        let only = settings(vec![of_file("proxy=http://c:1\n", ".npmrc")]);
        assert!(matches!(&only[0].effect, Effect::Proxy(_, Some(proxy)) if proxy == "http://c:1"));
    }

    #[test]
    fn a_value_may_name_variables() {
        let variable = |name: &str| (name == "A").then(|| "http://p:1".to_owned());
        for (value, expected) in [
            ("${A}", "http://p:1"),
            ("x${A}y${B?}z", "xhttp://p:1yz"),
            ("${B}${A?}", "${B}http://p:1"),
            ("${A", "${A"),
            ("$A", "$A"),
        ] {
            assert_eq!(expanded(value, variable), expected);
        }
    }
}

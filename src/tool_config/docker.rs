//! `proxies` in docker's config.json: what docker hands to containers and builds.

use serde::Deserialize;

use super::{shown, text_of};
use crate::config_files;
use crate::environment::Environment;
use crate::output::docker_config;
use crate::proxy_url::{ascii, redact_proxy};

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    proxies: std::collections::BTreeMap<String, Option<Entry>>,
}

/// docker ignores keys that it does not know (docker/cli, `configfile.ProxyConfig`).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(rename = "httpProxy")]
    http: Option<String>,
    #[serde(rename = "httpsProxy")]
    https: Option<String>,
    #[serde(rename = "noProxy")]
    exceptions: Option<String>,
}

/// Describes in one line which proxies docker hands to containers and builds; `None` when the file names none. The
/// entry of the daemon hides `default` (docker/cli, `configfile.ParseProxyConfig`).
#[must_use]
pub fn containers(environment: &Environment) -> Option<String> {
    let path = config_files::docker(environment).ok()?;
    let text = text_of(&path)?;
    let daemons = docker_config::daemons(environment);
    let name = shown(&path, environment);
    let Ok(config) = serde_json::from_str::<Config>(&text) else {
        return Some(format!("{name}: docker cannot read this file, and hands no proxy to containers"));
    };
    let mut keys = daemons.iter().map(String::as_str).chain(["default"]);
    let entry = keys.find_map(|key| config.proxies.get(key)?.as_ref())?;
    let proxies = [("HTTP_PROXY", &entry.http), ("HTTPS_PROXY", &entry.https)];
    let proxies = proxies.into_iter().filter_map(|(name, value)| {
        let value = value.as_deref().filter(|value| !value.is_empty())?;
        Some(format!("{name}={}", redact_proxy(value)))
    });
    let list = entry.exceptions.as_deref().filter(|list| !list.is_empty() && !list.contains('@'));
    let values: Vec<_> = proxies.chain(list.map(|list| format!("NO_PROXY={}", ascii(list)))).collect();
    (!values.is_empty()).then(|| {
        format!("{name}: containers and builds of docker get {}; docker's own calls do not", values.join(" "))
    })
}

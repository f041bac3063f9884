//! Values for the gitlab-runner Helm chart: the template of this project, with the given proxy.

use anyhow::{Context as _, Result, ensure};

use super::cli::Options;
use super::wanted::{Variable, Wanted};

const TEMPLATE: &str = include_str!("../../ci-templates/kubernetes/values.yaml");

/// Entries of NO_PROXY in a pod: the containers of a pod share one network, and names of the cluster are reached
/// without the proxy.
const CLUSTER: &str = "localhost,127.0.0.1,.svc,.cluster.local";
/// Entries of NO_PROXY for the daemon of a docker:dind service.
const DIND: &str = ",docker:2375,docker:2376";

/// Returns the text of a values file. The text holds the password of the proxy, if the proxy has a password.
///
/// # Errors
/// `--image` is missing, or is not the name of an image.
pub fn values(options: &Options, wanted: &Wanted) -> Result<String> {
    let image =
        options.image.as_deref().context("helm-values needs --image IMAGE: an image that holds /jobproxy")?;
    let plain = image.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./:@_-".contains(&byte));
    ensure!(plain && !image.is_empty(), "--image: is no name of an image");
    let variables = wanted.variables_with(CLUSTER);
    let mut text = String::new();
    let mut variable = None;
    for line in TEMPLATE.lines() {
        let body = line.trim_start();
        let indent = &line[..line.len() - body.len()];
        if let Some(name) = body.strip_prefix("- name: ").and_then(|name| find(&variables, name)) {
            // All variables are written in the place of the first variable of the template.
            if variable.is_none() {
                text.extend(variables.iter().map(|(name, value)| {
                    format!("{indent}- name: {name}\n{indent}  value: {}\n", quote(value))
                }));
            }
            variable = Some(name);
        } else if body.starts_with("value: ") && variable.is_some() {
            // The value was written together with the name.
        } else if let Some((name, _)) = body.strip_prefix('"').and_then(|entry| entry.split_once('=')) {
            match find(&variables, name) {
                Some((name, value)) => text.push_str(&format!("{indent}{},\n", entry(name, value))),
                None if name.ends_with("_PROXY") => {}
                None => text.push_str(&format!("{line}\n")),
            }
        } else if body.starts_with("image: ") {
            text.push_str(&format!("{indent}image: {image}\n"));
        } else {
            text.push_str(&format!("{}\n", line.replace("/opt/jobproxy", &options.binary_dir)));
        }
    }
    Ok(text)
}

fn find<'a>(variables: &'a [Variable], name: &str) -> Option<&'a Variable> {
    variables.iter().find(|(other, _)| *other == name)
}

/// Returns an entry of `environment`. A `$` is doubled, since gitlab-runner expands variables in the entry. A job
/// reaches the daemon of a docker:dind service without the proxy.
fn entry(name: &str, value: &str) -> String {
    let dind = if name == "NO_PROXY" && value != "*" { DIND } else { "" };
    quote(&format!("{name}={}{dind}", value.replace('$', "$$")))
}

/// Returns text in double quotes, which YAML and TOML read alike. Nothing is escaped for Helm: its templates start
/// with two braces, which neither the URL of a proxy nor a list of hosts can hold.
fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

//! The builders of docker buildx.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Finding, Job, Kind};
use crate::config_files;
use crate::replace_file::{MOST_OF_A_CONFIG, read_limited};

/// A builder, as buildx stores it in a file (docker/buildx, store.NodeGroup).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Builder {
    name: String,
    driver: String,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    #[serde(default)]
    driver_opts: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A builder in a container of its own pulls images by the environment of that container, which only `--driver-opt`
/// sets (docker/buildx, driver/docker-container). The other drivers use dockerd, or a daemon that was set up apart
/// from docker.
pub fn check(job: &Job) -> Vec<Finding> {
    if job.usable_settings().is_none() {
        return Vec::new();
    }
    let files = folder(job).and_then(|folder| fs::read_dir(folder.join("instances")).ok());
    let contents = files
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|file| read_limited(&file.path(), MOST_OF_A_CONFIG).ok());
    let builders = contents.filter_map(|content| serde_json::from_slice::<Builder>(&content).ok());
    let mut names: Vec<String> =
        builders.filter(lacks_proxies).map(|builder| format!("docker buildx {}", builder.name)).collect();
    names.sort_unstable();
    let text = "pulls images without the proxies: a docker-container builder reads neither config.json nor the job's variables";
    let remedy = "create the builder with eval \"docker buildx create $(jobproxy env --format driver-opts)\"";
    names.iter().map(|name| Finding::new(Kind::BuildxBuilder, name, text, remedy)).collect()
}

/// `$BUILDX_CONFIG`, else the folder beside docker's config (docker/buildx, util/confutil).
fn folder(job: &Job) -> Option<PathBuf> {
    let own = job.environment.path("BUILDX_CONFIG").map(PathBuf::from);
    own.or_else(|| Some(config_files::docker(job.environment).ok()?.parent()?.join("buildx")))
}

fn lacks_proxies(builder: &Builder) -> bool {
    let is_proxy = |name: &String| name.starts_with("env.") && name.to_ascii_lowercase().ends_with("_proxy");
    let has_proxy = |node: &Node| node.driver_opts.iter().flat_map(|options| options.keys()).any(is_proxy);
    builder.driver == "docker-container" && !builder.nodes.iter().all(has_proxy)
}

//! Programs on PATH that do not use the proxy variables as they are.

use std::path::Path;
use std::process::Command;

use super::{Finding, Job, Kind};
use crate::child;
use crate::runtime::needed;
use crate::settings::Settings;

pub fn check(job: &Job) -> Vec<Finding> {
    let Some(settings) = job.usable_settings() else { return Vec::new() };
    let node = job.program("node").and_then(|node| node_version(&node));
    let old_node = node.filter(|version| !reads_variables(*version));
    let mut found = not_set_up(job, settings, old_node.is_some());
    if let Some((major, minor)) = old_node {
        let text = format!("version {major}.{minor}: its own fetch and http read no proxy variable");
        let remedy = "use Node 22.21, 24.5 or newer and NODE_USE_ENV_PROXY=1, or undici's EnvHttpProxyAgent";
        found.push(Finding::new(Kind::NodeOld, "node", text, remedy));
    }
    let is_busybox = |wget: &Path| wget.canonicalize().is_ok_and(|real| real.ends_with("busybox"));
    if job.program("wget").is_some_and(|wget| is_busybox(&wget)) && job.has_no_proxy() {
        let text = "is BusyBox wget, which ignores NO_PROXY and sends every request to the proxy";
        let remedy = "install wget or curl, or unset http_proxy for the command";
        found.push(Finding::new(Kind::WgetBusybox, "wget", text, remedy));
    }
    if job.has_program("sudo") {
        // sudoers(5), env_reset and env_keep.
        let text = "drops the proxy variables, unless env_keep in sudoers names them";
        let names = "http_proxy,https_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY";
        let remedy = format!("sudo --preserve-env={names} COMMAND");
        found.push(Finding::new(Kind::SudoDropsVariables, "sudo", text, remedy));
    }
    found
}

/// Returns findings for programs that `setup` sets up only with `--for`.
fn not_set_up(job: &Job, settings: &Settings, has_old_node: bool) -> Vec<Finding> {
    let rows = needed(settings, job.environment, &|program| job.has_program(program));
    let is_asked_for = |name| job.options.runtimes.contains(&name);
    let rows =
        rows.into_iter().filter(|row| !is_asked_for(row.name) && (row.name != "node" || !has_old_node));
    rows.map(|row| {
        let text = "does not use the proxy variables as they are";
        let remedy = format!("jobproxy setup --export --for {} sets {}", row.name, row.sets);
        Finding::new(Kind::ProgramNotSetUp, row.name, text, remedy)
    })
    .collect()
}

/// Whether this Node reads the proxy variables where NODE_USE_ENV_PROXY is set (Node.js, doc/api/cli.md).
fn reads_variables((major, minor): (u32, u32)) -> bool {
    major > 24 || (major, minor) >= (24, 5) || major == 22 && minor >= 21
}

fn node_version(node: &Path) -> Option<(u32, u32)> {
    let version = child::ask(Command::new(node).arg("--version"))?;
    let mut numbers = version.strip_prefix('v')?.split('.');
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?))
}

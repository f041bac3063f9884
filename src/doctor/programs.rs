//! Programs on PATH that read no proxy variable, or not all of them.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Finding, Job, Kind};

pub fn check(job: &Job) -> Vec<Finding> {
    if job.usable_settings().is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let java = job.environment.tool_variable("JAVA_TOOL_OPTIONS").unwrap_or_default();
    if job.has_program("java") && !java.contains("proxyHost=") {
        let remedy = "jobproxy setup --export --for java exports JAVA_TOOL_OPTIONS";
        found.push(Finding::new(Kind::JavaProxy, "java", "reads no proxy variable", remedy));
    }
    if let Some(major) = job.program("node").and_then(|node| node_version(&node)) {
        if major < 24 {
            let text = format!("version {major}: its own fetch and http read no proxy variable");
            let remedy = "use undici's EnvHttpProxyAgent, or Node 24 and NODE_USE_ENV_PROXY=1";
            found.push(Finding::new(Kind::NodeOld, "node", text, remedy));
        } else if job.environment.tool_variable("NODE_USE_ENV_PROXY").is_none() {
            let text = "reads the proxy variables only where NODE_USE_ENV_PROXY is set";
            let remedy = "jobproxy setup --export --for node exports NODE_USE_ENV_PROXY=1";
            found.push(Finding::new(Kind::NodeSwitch, "node", text, remedy));
        }
    }
    let is_busybox = |wget: &Path| wget.canonicalize().is_ok_and(|real| real.ends_with("busybox"));
    if job.program("wget").is_some_and(|wget| is_busybox(&wget)) && job.has_no_proxy() {
        let text = "is BusyBox wget, which ignores NO_PROXY and sends every request to the proxy";
        let remedy = "install wget or curl, or unset http_proxy for that one command";
        found.push(Finding::new(Kind::WgetBusybox, "wget", text, remedy));
    }
    found
}

fn node_version(node: &Path) -> Option<u32> {
    let output =
        Command::new(node).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    std::str::from_utf8(&output.stdout).ok()?.strip_prefix('v')?.split('.').next()?.parse().ok()
}

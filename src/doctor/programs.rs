//! Programs on PATH that read no proxy variable, or not all of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Finding, Job};
use crate::target::java::options;

pub fn check(job: &Job) -> Vec<Finding> {
    let Some(settings) = job.settings.as_ref() else { return Vec::new() };
    let on_path = |name: &str| which::which_in(name, job.environment.path("PATH"), "/").ok();
    let mut found = Vec::new();
    let java = job.environment.texts.java_tool_options.as_deref().unwrap_or_default();
    if on_path("java").is_some() && !java.contains("proxyHost=") {
        found.push(Finding::note(
            "java",
            "reads no proxy variable",
            &format!("setup --export --java sets JAVA_TOOL_OPTIONS='{}'", options(settings, None).0),
        ));
    }
    if let Some(major) = on_path("node").and_then(|node| node_version(&node)) {
        if major < 24 {
            let text = format!("version {major}: its own fetch and http read no proxy variable");
            found.push(Finding::note(
                "node",
                &text,
                "use undici's EnvHttpProxyAgent, or Node 24 and NODE_USE_ENV_PROXY=1",
            ));
        } else if job.environment.texts.node_use_env_proxy.is_none() {
            let text = "reads the proxy variables only when it is told to";
            found.push(Finding::note("node", text, "setup --export --node sets NODE_USE_ENV_PROXY=1"));
        }
    }
    let is_busybox = |wget: PathBuf| wget.canonicalize().is_ok_and(|real| real.ends_with("busybox"));
    if on_path("wget").is_some_and(is_busybox) && !job.no_proxy().is_empty() {
        found.push(Finding::note(
            "wget",
            "is BusyBox's, which knows no NO_PROXY: all its requests go to the proxy",
            "install wget or curl, or unset http_proxy for that one command",
        ));
    }
    found
}

fn node_version(node: &Path) -> Option<u32> {
    let output =
        Command::new(node).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    std::str::from_utf8(&output.stdout).ok()?.strip_prefix('v')?.split('.').next()?.parse().ok()
}

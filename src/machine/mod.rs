//! Facts about the job from files of its machine or container. A file is read only where the environment gives a
//! reason.

use std::fs;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, read};

use crate::config_files;
use crate::environment::Environment;
use crate::replace_file::{MOST_OF_A_CONFIG, read_limited};

pub mod certificates;
mod docker_context;
mod hosts;
mod resolv_conf;

pub use hosts::{Service, entries};

/// The facts; the default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The other containers of the job.
    pub services: Vec<Service>,
    /// The suffixes of a cluster's own names, with their leading dots.
    pub cluster_suffixes: Vec<String>,
    /// The daemon of the current docker context, as docker writes it: `tcp://HOST:PORT` and the like.
    pub docker_context: Option<String>,
}

impl Machine {
    /// Reads the files; none where no proxy is set. A file that cannot be read counts as empty.
    #[must_use]
    pub fn read(environment: &Environment, wants_services: bool) -> Self {
        if !environment.has_proxy() {
            return Self::default();
        }
        let mut machine = Self::default();
        let texts = &environment.texts;
        let in_cluster = texts.kubernetes_service_host.is_some();
        if in_cluster {
            machine.cluster_suffixes = resolv_conf::cluster_suffixes(&text("/etc/resolv.conf"));
        }
        if wants_services && environment.in_container() {
            let uname = rustix::system::uname();
            let own = [texts.hostname.as_deref(), uname.nodename().to_str().ok()];
            let own: Vec<&str> = own.into_iter().flatten().collect();
            // The kubernetes executor sets both variables; other containers of a cluster have only the first.
            let in_pod = in_cluster && environment.is_disposable();
            machine.services = hosts::services(&text("/etc/hosts"), &own, in_pod);
        }
        // DOCKER_HOST overrides every context (docker/cli, cli/command/cli.go, `resolveContextName`).
        if texts.docker_host.is_none() {
            machine.docker_context = docker_context(environment);
        }
        machine
    }
}

/// Reads a small file of the system, with fewer system calls than `fs::read`.
fn text(path: &str) -> String {
    let (mut content, mut part) = (Vec::new(), [0; 8192]);
    if let Ok(file) = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        loop {
            match read(&file, &mut part) {
                Err(Errno::INTR) => {}
                Err(_) => break,
                Ok(length) => {
                    content.extend_from_slice(&part[..length]);
                    // A read of a regular file returns less than was asked for only at the end (POSIX, read()).
                    if length < part.len() {
                        break;
                    }
                }
            }
        }
    }
    String::from_utf8_lossy(&content).into_owned()
}

/// Returns the daemon of the current context. Docker names the folder of a context after the SHA-256 of the context's
/// name; jobproxy reads every context instead, since there are few.
fn docker_context(environment: &Environment) -> Option<String> {
    let config = config_files::docker(environment).ok()?;
    let contexts = fs::read_dir(config.parent()?.join("contexts/meta")).ok()?;
    let name = match &environment.texts.docker_context {
        Some(name) => name.clone(),
        None => docker_context::current(&config_of(&config)?)?,
    };
    let host = |context: &Path| docker_context::host(&config_of(&context.join("meta.json"))?, &name);
    contexts.flatten().find_map(|context| host(&context.path()))
}

fn config_of(path: &Path) -> Option<Vec<u8>> {
    read_limited(path, MOST_OF_A_CONFIG).ok()
}

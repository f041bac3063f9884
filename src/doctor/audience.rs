//! Which of the clients in a finding matter to this job.

use std::collections::BTreeSet;
use std::path::Path;

use crate::client::{Client, USUAL, all};

/// Libraries and commands whose program has another name.
const PROGRAMS: [(&str, &[&str]); 11] = [
    ("apt-get", &["apt"]),
    ("aws", &["aws-cli"]),
    ("bun", &["bun-fetch", "bun-install"]),
    ("busybox", &["busybox-wget"]),
    ("docker", &["buildx-imagetools"]),
    ("java", &["java-env", "java-httpclient", "java-properties"]),
    ("mvn", &["maven"]),
    (
        "node",
        &[
            "axios",
            "global-agent",
            "got",
            "node-fetch",
            "node-fetch-env",
            "node-http-agent",
            "node-http-env",
            "playwright",
            "proxy-agent",
            "proxy-from-env",
            "request",
            "sonarqube-scanner-npm",
            "undici",
        ],
    ),
    ("perl", &["HTTP-Tiny", "LWP"]),
    ("php", &["php-curl", "php-stream"]),
    (
        "python3",
        &[
            "aiohttp",
            "boto3",
            "httplib2",
            "httpx",
            "httpx2",
            "huggingface_hub",
            "pycurl",
            "python-gitlab",
            "requests",
            "selenium",
            "urllib",
        ],
    ),
];

/// Sorts clients for one job: programs on PATH come first.
#[derive(Debug, Default)]
pub struct Audience {
    on_path: BTreeSet<&'static str>,
}

impl Audience {
    /// Looks for the programs of all clients.
    #[must_use]
    pub fn on(path: Option<&Path>) -> Self {
        let names: BTreeSet<&'static str> = all().iter().map(|client| client.name).collect();
        let is_there = |name: &&'static str| which::which_in(program_of(name), path, "/").is_ok();
        Self { on_path: names.into_iter().filter(is_there).collect() }
    }

    /// Returns a name for each program: the bare name where all of its versions are meant, else `name@version`, with
    /// the newest version that is meant. Programs on PATH come first, then those that a job most likely runs.
    #[must_use]
    pub fn names(&self, clients: &[&'static Client]) -> Vec<String> {
        // The client git-http.proxy is git with the key http.proxy, which is no environment variable.
        let names = clients.iter().map(|client| client.name).filter(|name| *name != "git-http.proxy");
        let mut names: Vec<&'static str> = names.collect();
        names.dedup();
        let usual = |name: &str| USUAL.iter().position(|usual| *usual == name).unwrap_or(USUAL.len());
        names.sort_by_key(|name| (!self.on_path.contains(name), usual(name)));
        let label = |name: &'static str| {
            let meant = clients.iter().filter(|client| client.name == name);
            let versions = all().iter().filter(|client| client.name == name && client.reads_a_proxy());
            match meant.clone().next_back() {
                Some(newest) if meant.count() < versions.count() => format!("{name}@{}", newest.version),
                _ => name.to_owned(),
            }
        };
        names.into_iter().map(label).collect()
    }
}

fn program_of(name: &'static str) -> &'static str {
    PROGRAMS.iter().find(|(_, clients)| clients.contains(&name)).map_or(name, |(program, _)| *program)
}

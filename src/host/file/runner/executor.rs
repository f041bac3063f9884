//! Decides by the executor what a runner gets.

use toml_edit::{Item, Table};

use super::script::Hook;

/// What a runner gets in addition to the variables, which every runner gets.
#[derive(Clone, Copy)]
pub struct Executor {
    /// What jobproxy does in a job; `None`: jobproxy does not run there.
    pub hook: Option<Hook>,
    /// Whether the folder of the binary is mounted into containers.
    pub volume: bool,
    /// Whether a job reaches services by names such as `docker`.
    pub has_services: bool,
    /// What the runner does not get and why, and what to do.
    pub note: Option<(&'static str, &'static str)>,
}

/// Jobs of these executors share a HOME between projects, or run on a machine that is used again
/// (CI_DISPOSABLE_ENVIRONMENT is unset: GitLab Runner, common/build.go), so the hook writes no file.
const SHARED: Executor =
    Executor { hook: Some(Hook::Variables), volume: false, has_services: false, note: None };
const CONTAINERS: Executor =
    Executor { hook: Some(Hook::Setup), volume: true, has_services: true, note: None };

#[rustfmt::skip]
const TABLE: &[(&str, Executor)] = &[
    ("docker", CONTAINERS),
    ("docker+machine", Executor { note: Some(AUTOSCALED), ..CONTAINERS }),
    ("docker-autoscaler", Executor { note: Some(AUTOSCALED), ..CONTAINERS }),
    ("instance", Executor { note: Some(AUTOSCALED), ..SHARED }),
    ("shell", Executor { note: Some(("jobs share one HOME, so they get variables only; docker's and git's config stay as they are",
        "run {folder}/jobproxy setup in a job that needs them")), ..SHARED }),
    ("ssh", Executor { note: Some(("jobs run on another machine and get variables only",
        "copy jobproxy to {folder} on that machine")), ..SHARED }),
];
const AUTOSCALED: (&str, &str) = (
    "jobs run on machines that are made for them",
    "put jobproxy at {folder} into the image of those machines",
);
const REMOTE: (&str, &str) =
    ("its docker runs on another machine", "copy jobproxy to {folder} on that machine");
const KUBERNETES: (&str, &str) = (
    "pods have no volume at {folder}, so they get the variables of environment only",
    "see jobproxy-host helm-values for a volume that an init container fills; then run apply again",
);
const UNKNOWN: (&str, &str) = (
    "jobproxy does not run there; jobs get the variables of environment only",
    "nothing to do, if that is enough",
);

const OTHER_SHELL: (&str, &str) = (
    "its shell does not read the line that calls jobproxy, so jobs get the variables of environment only",
    "for PowerShell see jobproxy env --format pwsh",
);

impl Executor {
    pub fn of(runner: &Table, folder: &str) -> Self {
        let executor = Self::of_name(runner, folder);
        let shell = runner.get("shell").and_then(Item::as_str).unwrap_or_default();
        if executor.hook.is_some() && !["", "bash", "sh"].contains(&shell) {
            return Self { hook: None, volume: false, note: Some(OTHER_SHELL), ..executor };
        }
        executor
    }

    fn of_name(runner: &Table, folder: &str) -> Self {
        let name = runner.get("executor").and_then(Item::as_str).unwrap_or_default();
        let only_variables = Self { hook: None, volume: false, has_services: false, note: None };
        if name == "kubernetes" {
            // The runner gives the names of services to the pod too (kubernetes executor: hostAliases).
            let mounted = kubernetes_mounts(runner).iter().any(|path| path.trim_end_matches('/') == folder);
            let (hook, note) = if mounted { (Some(Hook::Setup), None) } else { (None, Some(KUBERNETES)) };
            return Self { hook, note, has_services: true, ..only_variables };
        }
        let known = TABLE.iter().find(|(other, _)| *other == name);
        let executor =
            known.map_or(Self { note: Some(UNKNOWN), ..only_variables }, |(_, executor)| *executor);
        let host = runner.get("docker").and_then(|docker| docker.as_table_like()?.get("host")?.as_str());
        let remote = host.is_some_and(|host| !host.is_empty() && !host.starts_with("unix://"));
        if executor.volume && remote { Self { note: Some(REMOTE), ..executor } } else { executor }
    }
}

/// Returns the paths where the volumes of a kubernetes runner are mounted.
fn kubernetes_mounts(runner: &Table) -> Vec<String> {
    let volumes =
        runner.get("kubernetes").and_then(|item| item.as_table_like()?.get("volumes")?.as_table_like());
    let mut paths = Vec::new();
    for (_, kind) in volumes.into_iter().flat_map(toml_edit::TableLike::iter) {
        for volume in kind.as_array_of_tables().into_iter().flatten() {
            paths.extend(volume.get("mount_path").and_then(Item::as_str).map(str::to_owned));
        }
    }
    paths
}

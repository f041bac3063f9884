//! What was done with each entry of a list, for the report.

use std::fmt;

use super::entry::Reason;

/// What was done with one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The entry as written, in ASCII and redacted; `***` when the list contains an `@` and the entry was removed or
    /// rewritten.
    pub entry: String,
    /// What was done with the entry.
    pub action: Action,
    /// The entries that replace a removed range, each with its origin: the variable or service that names the address,
    /// or `loopback`. Empty for every other action.
    pub rescued: Vec<(String, String)>,
}

/// What can be done with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The entry stays as written.
    Kept,
    /// The entry was replaced by this text. The text is for the report: an expanded range is `16 addresses`.
    Rewritten(String, Reason),
    /// The entry was removed.
    Removed(Reason),
    /// The entry was not in the given list and was appended.
    Added(Origin),
}

/// Where an added entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The usual name and ports of a docker-in-docker daemon.
    DockerInDocker,
    /// The daemon of DOCKER_HOST.
    DockerHost,
    /// The daemon of the current docker context.
    DockerContext,
    /// The daemon of BUILDKIT_HOST.
    BuildkitHost,
    /// The API server of the cluster, and the names of the cluster's services.
    Kubernetes,
    /// The cluster's search domains.
    ResolvConf,
    /// The other containers of the job.
    Services,
    /// `--add` or JOBPROXY_ADD.
    Add,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DockerInDocker => "docker in docker",
            Self::DockerHost => "DOCKER_HOST",
            Self::DockerContext => "the current docker context",
            Self::BuildkitHost => "BUILDKIT_HOST",
            Self::Kubernetes => "KUBERNETES_SERVICE_HOST",
            Self::ResolvConf => "search domains of /etc/resolv.conf",
            Self::Services => "services in /etc/hosts; JOBPROXY_NO_SERVICES=1 leaves them out",
            Self::Add => "--add",
        })
    }
}

impl Origin {
    /// Whether the report names the entries of this origin even without `--verbose`. True for entries that jobproxy
    /// found in files or in the cluster, which may surprise the author of NO_PROXY.
    #[must_use]
    pub fn is_reported(self) -> bool {
        matches!(self, Self::DockerContext | Self::Kubernetes | Self::ResolvConf | Self::Services)
    }
}

/// Entries to append to a list, and where the entries come from.
pub type Addition<'a> = (Origin, &'a str);

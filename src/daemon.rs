//! The address of a daemon that is reached over TCP.

/// Host and port of the daemon of DOCKER_HOST or of a docker context; `None` for a daemon that is not reached over TCP.
///
/// Docker reads a value without a scheme as `tcp://`. A missing host is localhost, a missing port is 2375, with TLS
/// 2376 (docker/cli, opts/hosts.go).
#[must_use]
pub fn docker(value: &str, tls: bool) -> Option<String> {
    tcp(value, if tls { "2376" } else { "2375" }, true)
}

/// Host and port of the daemon of BUILDKIT_HOST, which always has a scheme (moby/buildkit, client/client.go).
#[must_use]
pub fn buildkit(value: &str) -> Option<String> {
    tcp(value, "", false)
}

fn tcp(value: &str, default_port: &str, bare: bool) -> Option<String> {
    let value = value.trim_ascii();
    let address = match value.split_once("://") {
        Some(("tcp", address)) => address,
        None if bare => value,
        _ => return None,
    };
    // The text before an `@` may be a password that holds an unescaped '/'.
    let address = address.rsplit('@').next().unwrap_or_default();
    let address = address.split(['/', '?', '#']).next().unwrap_or_default();
    if address.is_empty() {
        return None;
    }
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
        _ => (address, ""),
    };
    let host = if host.is_empty() { "localhost" } else { host };
    match if port.is_empty() { default_port } else { port } {
        "" => Some(host.to_owned()),
        port => port.parse::<u16>().ok().map(|port| format!("{host}:{port}")),
    }
}

/// The host of an address that [`docker`] or [`buildkit`] returned, without brackets.
#[must_use]
pub fn host(address: &str) -> &str {
    let host = address.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
    host.map_or(address, |(host, _)| host).trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_has_a_host_and_a_port_in_every_form_that_docker_takes() {
        for (value, tls, expected) in [
            ("tcp://dind:2375", false, "dind:2375"),
            ("tcp://dind", false, "dind:2375"),
            ("tcp://dind", true, "dind:2376"),
            ("tcp://dind:", true, "dind:2376"),
            (" tcp://dind:2376/ ", true, "dind:2376"),
            ("tcp://dind:2376/path", true, "dind:2376"),
            ("192.0.2.7:2375", false, "192.0.2.7:2375"),
            ("dind", false, "dind:2375"),
            ("tcp://:2375", false, "localhost:2375"),
            (":2375", false, "localhost:2375"),
            ("tcp://[fd00::2]:2375", false, "[fd00::2]:2375"),
            ("tcp://[fd00::2]", false, "[fd00::2]:2375"),
            ("unix:///var/run/docker.sock", false, ""),
            ("/var/run/docker.sock", false, ""),
            ("ssh://host:22", false, ""),
            ("npipe:////./pipe/docker_engine", false, ""),
            ("fd://", false, ""),
            ("http://dind:2375", false, ""),
            ("tcp://u:p@dind:2375", false, "dind:2375"),
            ("tcp://u:p/w@dind:2375", false, "dind:2375"),
            ("tcp://u:p?w#@x@dind", false, "dind:2375"),
            ("u:p/w@dind:2375", false, "dind:2375"),
            ("tcp://u:password", false, ""),
            ("dind:docker", false, ""),
            ("tcp://dind:99999", false, ""),
            ("tcp://", false, ""),
            ("", false, ""),
        ] {
            assert_eq!(docker(value, tls).unwrap_or_default(), expected, "{value}");
        }
    }

    #[test]
    fn buildkit_needs_a_scheme_and_a_port_of_its_own() {
        for (value, expected) in [
            ("tcp://buildkit:1234", "buildkit:1234"),
            ("tcp://192.0.2.9:1234", "192.0.2.9:1234"),
            ("tcp://buildkit", "buildkit"),
            ("buildkit:1234", ""),
            ("unix:///run/buildkit/buildkitd.sock", ""),
            ("docker-container://buildkitd", ""),
            ("kube-pod://buildkitd", ""),
        ] {
            assert_eq!(buildkit(value).unwrap_or_default(), expected, "{value}");
        }
        assert_eq!([host("dind:2375"), host("[fd00::2]:2375"), host("dind")], ["dind", "fd00::2", "dind"]);
    }
}

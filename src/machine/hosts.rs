//! The other containers of a job, as /etc/hosts names them.
//!
//! GitLab Runner gives a job's container a line for each alias of each service (executors/docker/services.go,
//! `createServices`), which looks like a line of `extra_hosts`. In a pod all services share the address 127.0.0.1
//! (executors/kubernetes, `HostAliases`), and the kubelet marks the file.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::no_proxy::entry::Entry;

/// A name of another container of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The name as canonical NO_PROXY entry.
    pub name: String,
    /// The address of the container.
    pub address: IpAddr,
}

/// The first line of the file that the kubelet writes (kubernetes, pkg/kubelet/kubelet_pods.go).
const POD_MARK: &str = "# Kubernetes-managed hosts file";

/// Names of loopback and of groups of machines rather than of containers.
const STANDARD: [&str; 3] = ["localhost", "ip6-", "broadcasthost"];

/// The names of the other containers. `own` are the names of this container; in a pod also the names of loopback count.
///
/// Left out: container ids, this container itself, and names with a dot at an address that has no name without
/// a dot: these are hosts of `extra_hosts`, which may well be reached through the proxy.
#[must_use]
pub fn services(text: &str, own: &[&str], in_pod: bool) -> Vec<Service> {
    let in_pod = in_pod || text.starts_with(POD_MARK);
    let is_own = |name: &str| own.iter().any(|own| own.eq_ignore_ascii_case(name));
    let is_reached = |address: &IpAddr| if address.is_loopback() { in_pod } else { !is_nowhere(*address) };
    let lines = || text.lines().flat_map(line).filter(|(address, _)| is_reached(address));
    // Loopback is shared by all containers of a pod, any other address belongs to one container.
    let (mut aliased, mut own_addresses) = (BTreeSet::new(), BTreeSet::new());
    for (address, name) in lines() {
        if address.is_loopback() || !name.contains('.') || name.contains("__") {
            aliased.insert(address);
        }
        if !address.is_loopback() && is_own(name) {
            own_addresses.insert(address);
        }
    }
    let found = lines().filter(|(address, name)| {
        let is_container = aliased.contains(address) && !own_addresses.contains(address);
        is_container && !is_own(name) && !is_container_id(name) && !is_standard(name)
    });
    let mut seen = BTreeSet::new();
    found
        .filter_map(|(address, name)| Some(Service { name: plain_name(name)?, address }))
        .filter(|service| seen.insert((service.name.clone(), service.address)))
        .collect()
}

/// The address of a line with each of its names.
fn line(line: &str) -> impl Iterator<Item = (IpAddr, &str)> {
    let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
    let address = words.next().and_then(|word| word.parse().ok());
    words.filter_map(move |name| Some((address?, name)))
}

/// Whether no machine can have the address. Such lines block names.
fn is_nowhere(address: IpAddr) -> bool {
    address.is_unspecified() || address.is_multicast() || address.to_string() == "255.255.255.255"
}

fn is_container_id(name: &str) -> bool {
    matches!(name.len(), 12 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_standard(name: &str) -> bool {
    STANDARD.iter().any(|standard| name.starts_with(standard))
}

/// Returns the NO_PROXY entry for a name; `None` for anything else, so that no suffix, range, port, number or `*` comes
/// from the file.
fn plain_name(name: &str) -> Option<String> {
    let starts_as_name = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_name =
        starts_as_name && name.contains(|c: char| c.is_ascii_alphabetic()) && !name.contains([':', '/']);
    match Entry::parse(name) {
        Entry::Kept(entry, _) if is_name && entry.eq_ignore_ascii_case(name) => Some(entry),
        _ => None,
    }
}

/// Top-level domains of more than two letters that are also names of services.
const WORLDWIDE: [&str; 7] = ["biz", "com", "edu", "gov", "info", "net", "org"];
/// Names of services with two letters that are no top-level domain.
const NO_COUNTRIES: [&str; 6] = ["db", "fe", "kv", "ui", "vm", "wp"];

/// Whether programs that read `es` as `*.es` too would reach all hosts of a public domain without the proxy.
fn is_public_domain(name: &str) -> bool {
    let is_country = name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_lowercase());
    WORLDWIDE.contains(&name) || is_country && !NO_COUNTRIES.contains(&name)
}

/// The entries for services, and the names that are left out because they are a public domain too.
///
/// `daemon` is the host of the docker daemon: its names get the daemon's ports only, since dockerd reads NO_PROXY too
/// and must still push to a registry of that name through the proxy.
#[must_use]
pub fn entries<'a>(services: &'a [Service], daemon: &str) -> (String, Vec<&'a str>) {
    let is_daemon = |name: &str| name == "docker" || name.eq_ignore_ascii_case(daemon);
    let of_daemon =
        services.iter().filter(|service| is_daemon(&service.name) && !service.address.is_loopback());
    let daemons: BTreeSet<IpAddr> = of_daemon.map(|service| service.address).collect();
    let (mut entries, mut left_out) = (Vec::new(), Vec::new());
    for service in services {
        let name = service.name.as_str();
        if is_daemon(name) || daemons.contains(&service.address) {
            entries.push(format!("{name}:2375,{name}:2376"));
        } else if is_public_domain(name) {
            left_out.push(name);
        } else {
            entries.push(name.to_owned());
        }
    }
    (entries.join(","), left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD_LINES: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n\
                                  ff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    fn found(text: &str, in_pod: bool) -> String {
        let text = format!("{STANDARD_LINES}{text}");
        let services = services(&text, &["runner-abc-project-1-concurrent-0", "Own"], in_pod);
        services.into_iter().map(|service| service.name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_other_containers_are_found_in_every_network_mode() {
        for (mode, text, expected) in [
            (
                "links",
                "172.17.0.2\tweb 63da8accb0ba runner-abc-web\n172.17.0.4\trunner-abc-project-1-concurrent-0\n",
                "web runner-abc-web",
            ),
            (
                "extra hosts",
                "172.17.0.3\tregistry.corp__group__web\n172.17.0.3\tregistry.corp-group-web\n172.17.0.3\tweb\n",
                "registry.corp__group__web registry.corp-group-web web",
            ),
            (
                "FF_NETWORK_PER_BUILD",
                "172.30.0.2 63da8accb0ba\n172.30.0.2 e2e__dind\n172.30.0.2 e2e-dind\n172.30.0.2 docker\n\
                 172.30.0.3 5e10c6ba4c02\n172.30.0.3 build\n172.30.0.3 runner-abc-project-1-concurrent-0\n",
                "e2e__dind e2e-dind docker",
            ),
            (
                "podman",
                "10.88.0.1 host.containers.internal host.docker.internal\n10.88.0.5 5e10c6ba4c02 own\n10.88.0.6 db\n",
                "db",
            ),
            ("one name at two addresses", "172.17.0.2 web\nfd00::2 web\n", "web web"),
        ] {
            assert_eq!(found(text, false), expected, "{mode}");
        }
        let pod = "10.244.0.5\trunner-abc-project-1-concurrent-0\n\n# Entries added by HostAliases.\n127.0.0.1\tpostgres\tdocker\n";
        assert_eq!(found(pod, true), "postgres docker");
        assert_eq!(found(pod, false), "");
        let marked = services(&format!("# Kubernetes-managed hosts file.\n{pod}"), &[], false);
        assert_eq!(marked.len(), 3);
    }

    #[test]
    fn names_that_are_no_containers_are_left_out() {
        for text in [
            "10.1.2.3 gitlab.corp registry.corp",
            "0.0.0.0 ads",
            "255.255.255.255 broadcasthost",
            "ff02::3 ip6-allhosts",
            "172.17.0.2 63da8accb0ba",
            "172.17.0.2 63da8accb0ba63da8accb0ba63da8accb0ba63da8accb0ba63da8accb0ba63da",
            "172.17.0.4 OWN build",
            "127.0.1.1 machine",
            "#172.17.0.2 web",
            "web 172.17.0.2",
            "172.17.0.2",
            "",
        ] {
            assert_eq!(found(text, false), "", "{text}");
        }
    }

    #[test]
    fn a_hostile_line_adds_nothing_but_names() {
        for name in [
            "*",
            "*.corp",
            ".corp",
            "10.0.0.0/8",
            "0.0.0.0/0",
            "10.1.2.3",
            "::1",
            "[::1]",
            "a,b",
            "a;b",
            "a|b",
            "a:80",
            "a\\b",
            "'a'",
            "$HOME",
            "a'$(id)'",
            "http://a",
            "u:p@a",
            "-",
            "5",
            "10",
            "2020",
            "\u{e4}",
            "..",
            "a..b",
            "<local>",
        ] {
            assert_eq!(found(&format!("172.17.0.2 web {name}"), false), "web", "{name}");
        }
    }

    #[test]
    fn the_daemon_gets_its_ports_only() {
        let list = |text: &str, in_pod, daemon: &str| entries(&services(text, &[], in_pod), daemon).0;
        let docker = "172.30.0.2 e2e__dind\n172.30.0.2 docker\n172.30.0.3 web\n";
        assert_eq!(list(docker, false, ""), "e2e__dind:2375,e2e__dind:2376,docker:2375,docker:2376,web");
        assert_eq!(list("172.30.0.2 dind\n172.30.0.3 web\n", false, "dind"), "dind:2375,dind:2376,web");
        assert_eq!(list("172.30.0.2 dind\n", false, ""), "dind");
        assert_eq!(list("127.0.0.1 docker web\n", true, "localhost"), "docker:2375,docker:2376,web");
    }

    #[test]
    fn a_name_that_is_a_public_domain_is_left_out() {
        let services =
            services("172.30.0.2 es\n172.30.0.3 db\n172.30.0.4 s3\n172.30.0.5 PG com\n", &[], false);
        assert_eq!(entries(&services, ""), ("db,s3".to_owned(), vec!["es", "pg", "com"]));
    }

    #[test]
    fn a_file_of_a_hundred_thousand_lines_is_read_in_one_go() {
        let names = (0..100_000).map(|n| format!("10.{}.{}.{} h{n}\n", n / 65536, n / 256 % 256, n % 256));
        let text: String = names.collect();
        let services = services(&text, &["h5"], false);
        assert_eq!(services.len(), 99_999);
        assert_eq!(entries(&services, "h7").0.split(',').count(), 100_000);
    }
}

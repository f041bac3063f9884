//! The other containers of a job, as /etc/hosts names them.
//!
//! GitLab Runner gives a job's container a line for each alias of each service (executors/docker/services.go,
//! `createServices`), which looks like a line of `extra_hosts`. In a pod all services share the address 127.0.0.1
//! (executors/kubernetes, `HostAliases`), and the kubelet marks the file.

use std::net::IpAddr;

use crate::no_proxy::entry::Entry;

/// A name of another container of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The name as canonical NO_PROXY entry.
    pub name: String,
    /// Where the container is reached.
    pub address: IpAddr,
}

/// The first line of the file that the kubelet writes (kubernetes, pkg/kubelet/kubelet_pods.go).
const POD_MARK: &str = "# Kubernetes-managed hosts file";

/// Names of loopback and of groups of machines rather than of containers.
const STANDARD: [&str; 3] = ["localhost", "ip6-", "broadcasthost"];

/// The names of the other containers. `own` are the names of this container; in a pod also the names of loopback count.
///
/// Not among them: container ids, this container itself, and names with a dot at an address that has no name without
/// a dot: these are hosts of `extra_hosts`, which may well be reached through the proxy.
#[must_use]
pub fn services(text: &str, own: &[&str], in_pod: bool) -> Vec<Service> {
    let in_pod = in_pod || text.starts_with(POD_MARK);
    let lines: Vec<(IpAddr, &str)> = text.lines().flat_map(line).collect();
    let named = |address: IpAddr, is: &dyn Fn(&str) -> bool| {
        lines.iter().any(|(other, name)| *other == address && is(name))
    };
    let is_own = |name: &str| own.iter().any(|own| own.eq_ignore_ascii_case(name));
    let is_container = |address: IpAddr| {
        if address.is_loopback() {
            return in_pod;
        }
        let has_alias = named(address, &|name| !name.contains('.') || name.contains("__"));
        has_alias && !is_nowhere(address) && !named(address, &is_own)
    };
    let found = lines.iter().filter(|(address, name)| {
        is_container(*address) && !is_own(name) && !is_container_id(name) && !is_standard(name)
    });
    let service = |(address, name): &(IpAddr, &str)| {
        let name = plain_name(name)?;
        Some(Service { name, address: *address })
    };
    let mut services: Vec<Service> = Vec::new();
    for service in found.filter_map(service) {
        if !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

/// The address of a line with each of its names.
fn line(line: &str) -> impl Iterator<Item = (IpAddr, &str)> {
    let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
    let address = words.next().and_then(|word| word.parse().ok());
    words.filter_map(move |name| Some((address?, name)))
}

/// Whether an address is that of no machine: a way to block names.
fn is_nowhere(address: IpAddr) -> bool {
    address.is_unspecified() || address.is_multicast() || address.to_string() == "255.255.255.255"
}

fn is_container_id(name: &str) -> bool {
    matches!(name.len(), 12 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_standard(name: &str) -> bool {
    STANDARD.iter().any(|standard| name.starts_with(standard))
}

/// The name as entry, when it is nothing but a name: no suffix, range, port or `*` comes from the file.
fn plain_name(name: &str) -> Option<String> {
    match Entry::parse(name) {
        Entry::Kept(entry, _) if entry.eq_ignore_ascii_case(name) => (entry
            .starts_with(|c: char| c.is_ascii_alphanumeric())
            && !entry.contains([':', '/'])
            && entry.parse::<IpAddr>().is_err())
        .then_some(entry),
        _ => None,
    }
}

/// Two letters that are no country's domain, among names that services have.
const NO_COUNTRIES: [&str; 6] = ["db", "fe", "kv", "ui", "vm", "wp"];

/// Whether programs that read `es` as `*.es` too would reach a whole country without the proxy.
fn is_country(name: &str) -> bool {
    name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_lowercase()) && !NO_COUNTRIES.contains(&name)
}

/// The entries for services, and the names that are left out because they are a country's domain too.
///
/// `daemon` is the host of the docker daemon: its names get its ports only, since dockerd takes NO_PROXY too and must
/// still push to a registry of that name through the proxy.
#[must_use]
pub fn entries<'a>(services: &'a [Service], daemon: &str) -> (String, Vec<&'a str>) {
    let is_daemon = |name: &str| name == "docker" || name.eq_ignore_ascii_case(daemon);
    let at_daemon = |service: &Service| {
        let shared = |other: &&Service| other.address == service.address && !service.address.is_loopback();
        is_daemon(&service.name) || services.iter().filter(shared).any(|other| is_daemon(&other.name))
    };
    let (mut entries, mut left_out) = (Vec::new(), Vec::new());
    for service in services {
        let name = service.name.as_str();
        if at_daemon(service) {
            entries.push(format!("{name}:2375,{name}:2376"));
        } else if is_country(name) {
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
    fn a_name_that_is_a_country_s_domain_is_left_out() {
        let services = services("172.30.0.2 es\n172.30.0.3 db\n172.30.0.4 s3\n172.30.0.5 PG\n", &[], false);
        assert_eq!(entries(&services, ""), ("db,s3".to_owned(), vec!["es", "pg"]));
    }
}

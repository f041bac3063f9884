//! The cluster's own search domains, as the kubelet writes them into /etc/resolv.conf.

use crate::no_proxy::entry::Entry;

/// The suffixes of the cluster's names. The kubelet writes `NAMESPACE.svc.DOMAIN svc.DOMAIN DOMAIN`, and then the
/// search domains of the node, which are the company's (kubernetes, pkg/kubelet/network/dns/dns.go,
/// `generateSearchesForDNSClusterFirst`). So a domain is the cluster's when `svc.` before it is a search domain too.
#[must_use]
pub fn cluster_suffixes(text: &str) -> Vec<String> {
    // The last `search` line counts (resolv.conf(5)).
    let line = text.lines().filter_map(|line| line.trim_start().strip_prefix("search")).next_back();
    let domains: Vec<&str> = line
        .filter(|rest| rest.starts_with([' ', '\t']))
        .into_iter()
        .flat_map(str::split_ascii_whitespace)
        .map(|domain| domain.trim_end_matches('.'))
        .collect();
    let is_cluster = |domain: &str| domains.iter().any(|other| other.strip_prefix("svc.") == Some(domain));
    let of_cluster = domains
        .iter()
        .filter(|domain| is_cluster(domain) || domain.strip_prefix("svc.").is_some_and(is_cluster));
    // Only suffixes are taken from the file, whatever the file holds.
    let suffix = |domain: &&str| match Entry::parse(&format!(".{domain}")) {
        Entry::Kept(entry, _) => Some(entry),
        _ => None,
    };
    of_cluster.filter_map(suffix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_s_domains_are_found_and_the_company_s_are_not() {
        for (text, expected) in [
            (
                "search ci.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.96.0.10\noptions ndots:5\n",
                ".svc.cluster.local .cluster.local",
            ),
            (
                "nameserver 1.1.1.1\nsearch\tci.svc.k8s.example. svc.k8s.example. k8s.example.",
                ".svc.k8s.example .k8s.example",
            ),
            ("search ci.svc.cluster.local svc.cluster.local", ".svc.cluster.local"),
            ("search svc.cluster.local cluster.local\nsearch corp.example", ""),
            ("search corp.example example", ""),
            ("domain cluster.local\n#search svc.cluster.local", ""),
            ("searching svc.cluster.local", ""),
            ("search svc.a,b a,b svc.* * svc.10.0.0.0/8 10.0.0.0/8 svc. svc.K8S K8S", ".svc.k8s .k8s"),
            ("", ""),
        ] {
            assert_eq!(cluster_suffixes(text).join(" "), expected, "{text}");
        }
    }
}

//! Lists as people publish them, each in the environment of a job: what every client does with the written list and
//! with the normalized list.
//!
//! The lists are written for this test in the manner of vendors' documents and of bug reports. The meaning of a list
//! is what a person reads: `*.corp` is every name below corp, a range is its addresses, an entry with a port is for
//! that port.

use std::collections::BTreeMap;

use jobproxy::client::{self, Client, Decision, Destination, Variables};

use crate::support::Job;

/// A list with the environment of a job.
struct List {
    name: &'static str,
    no_proxy: &'static str,
    /// Variables beside the proxies, `NAME=value`.
    job: &'static [&'static str],
    /// The URLs that the list means to reach directly.
    direct: &'static [&'static str],
    /// The URLs that the list means to reach through the proxy.
    proxied: &'static [&'static str],
}

const PROXY: &str = "http://proxy.corp.example:3128";
const POD: [&str; 3] = [
    "KUBERNETES_SERVICE_HOST=10.96.0.1",
    "KUBERNETES_SERVICE_PORT=443",
    "KUBERNETES_PORT_443_TCP_ADDR=10.96.0.1",
];
const PUBLIC: &[&str] = &["http://www.public.example/", "https://notcorp.example/", "https://203.0.113.7/"];

#[rustfmt::skip]
const LISTS: &[List] = &[
    List {
        name: "corporate, private ranges",
        no_proxy: "localhost,127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,.corp.example",
        job: &["CI_SERVER_URL=https://10.20.30.40", "CI_API_V4_URL=https://10.20.30.40/api/v4", "CI_REGISTRY=10.20.30.40:5050",
               "DOCKER_HOST=tcp://172.17.0.3:2375"],
        direct: &["https://10.20.30.40/api/v4/", "https://10.20.30.40:5050/v2/", "http://git.corp.example/", "http://localhost:8080/",
                  "http://127.0.0.1:8080/", "tcp://172.17.0.3:2375", "http://192.168.5.9/"],
        proxied: PUBLIC,
    },
    List {
        name: "kubeadm behind a proxy",
        no_proxy: "127.0.0.1,localhost,10.96.0.0/12,192.168.0.0/16,.svc,.cluster.local",
        job: &POD,
        direct: &["https://10.96.0.1/api", "https://kubernetes.default.svc/api", "http://api.prod.svc.cluster.local:8080/"],
        proxied: PUBLIC,
    },
    List {
        name: "minikube",
        no_proxy: "localhost,127.0.0.1,10.96.0.0/12,192.168.59.0/24,192.168.49.0/24,192.168.39.0/24",
        job: &["DOCKER_HOST=tcp://192.168.49.2:2376", "DOCKER_TLS_VERIFY=1", "MINIKUBE_IP=192.168.49.2"],
        direct: &["tcp://192.168.49.2:2376", "https://192.168.49.2:8443/version", "http://localhost/"],
        proxied: PUBLIC,
    },
    List {
        name: "an OpenShift cluster's own list",
        no_proxy: ".cluster.local,.svc,10.0.0.0/16,10.128.0.0/14,127.0.0.1,172.30.0.0/16,api-int.ocp.corp.example,localhost",
        job: &["KUBERNETES_SERVICE_HOST=172.30.0.1", "IMAGE_REGISTRY_SERVICE_HOST=172.30.44.5"],
        direct: &["https://172.30.0.1/", "https://172.30.44.5:5000/v2/", "https://api-int.ocp.corp.example:6443/",
                  "https://image-registry.openshift-image-registry.svc:5000/v2/"],
        proxied: PUBLIC,
    },
    List {
        name: "OpenShift nodes by wildcard",
        no_proxy: "*.apps.ocp.corp.example,*.ocp.corp.example,172.30.0.1,.svc,.cluster.local",
        job: &["KUBERNETES_SERVICE_HOST=172.30.0.1"],
        direct: &["https://console.apps.ocp.corp.example/", "https://api.ocp.corp.example:6443/", "https://172.30.0.1/"],
        proxied: PUBLIC,
    },
    List {
        name: "Rancher",
        no_proxy: "127.0.0.0/8,10.0.0.0/8,cattle-system.svc,172.16.0.0/12,192.168.0.0/16,.svc,.cluster.local,rancher.corp.example",
        job: &["KUBERNETES_SERVICE_HOST=10.43.0.1", "CATTLE_SERVER=https://rancher.corp.example"],
        direct: &["https://10.43.0.1/", "http://127.0.0.1:9345/", "http://localhost:9345/", "https://rancher.corp.example/"],
        proxied: PUBLIC,
    },
    List {
        name: "AWS",
        no_proxy: "localhost,127.0.0.1,169.254.169.254,169.254.170.2,.s3.eu-west-1.amazonaws.com,.ec2.internal,10.0.0.0/16",
        job: &["ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/x", "NEXUS_URL=http://10.0.7.9:8081"],
        direct: &["http://169.254.169.254/latest/", "http://169.254.170.2/v4/x", "https://b.s3.eu-west-1.amazonaws.com/", "http://10.0.7.9:8081/"],
        proxied: PUBLIC,
    },
    List {
        name: "Google Cloud",
        no_proxy: "localhost,127.0.0.1,metadata.google.internal,169.254.169.254,*.googleapis.com,10.0.0.0/8",
        job: &["SONAR_HOST_URL=http://10.132.0.9:9000"],
        direct: &["http://metadata.google.internal/", "https://storage.googleapis.com/", "http://10.132.0.9:9000/"],
        proxied: PUBLIC,
    },
    List {
        name: "Azure Kubernetes",
        no_proxy: "localhost,127.0.0.1,.cluster.local,.svc,168.63.129.16,169.254.169.254,10.0.0.0/16,konnectivity,x.hcp.westeurope.azmk8s.io",
        job: &["KUBERNETES_SERVICE_HOST=10.0.0.1"],
        direct: &["https://10.0.0.1/", "http://169.254.169.254/metadata", "https://x.hcp.westeurope.azmk8s.io/", "http://konnectivity/"],
        proxied: PUBLIC,
    },
    List {
        name: "Windows",
        no_proxy: "<local>;*.corp.example;10.*;192.168.*;172.16.*",
        job: &["CI_SERVER_URL=http://10.1.2.3:8080", "MSSQL_URL=tcp://192.168.7.7:1433"],
        direct: &["http://10.1.2.3:8080/", "http://192.168.7.7:8080/", "https://git.corp.example/"],
        proxied: PUBLIC,
    },
    List {
        name: "macOS",
        no_proxy: "*.local, 169.254/16, *.corp.example, 10.20.*",
        job: &["CI_SERVER_HOST=10.20.30.40"],
        direct: &["http://printer.local/", "http://10.20.30.40/", "http://10.20.30.41/", "https://git.corp.example/"],
        proxied: &["http://www.public.example/", "https://notcorp.example/", "https://corp.example/"],
    },
    List {
        name: "GitLab Runner with docker in docker",
        no_proxy: "localhost,127.0.0.1,docker,minio,gitlab.corp.example,registry.corp.example:5000",
        job: &["DOCKER_HOST=tcp://docker:2375", "CI_SERVER_URL=https://gitlab.corp.example"],
        direct: &["http://docker:2375/", "http://minio/", "https://gitlab.corp.example/", "https://registry.corp.example:5000/v2/"],
        proxied: &["http://www.public.example/", "https://registry.corp.example/", "http://registry.corp.example:8080/"],
    },
    List {
        name: "Docker's documentation",
        no_proxy: "*.test.example,.corp.example,127.0.0.0/8",
        job: &["BUILDKIT_HOST=tcp://127.0.0.1:1234"],
        direct: &["http://a.test.example/", "http://git.corp.example/", "http://127.0.0.1:1234/", "http://localhost/"],
        proxied: PUBLIC,
    },
    List {
        name: "Jenkins",
        no_proxy: "localhost|127.0.0.1|*.corp.example|10.9.*",
        job: &["JENKINS_URL=http://10.9.1.1:8080/"],
        direct: &["http://localhost/", "https://git.corp.example/", "http://10.9.1.1:8080/"],
        proxied: PUBLIC,
    },
    List {
        name: "a YAML block",
        no_proxy: "localhost,\n127.0.0.1,\n.corp.example,\n10.0.0.0/8\n",
        job: &["CI_SERVER_URL=https://10.1.2.3"],
        direct: &["http://localhost/", "https://git.corp.example/", "https://10.1.2.3/"],
        proxied: PUBLIC,
    },
    List {
        name: "quotes of a .env file",
        no_proxy: "\"localhost,127.0.0.1,.corp.example,10.0.0.0/8\"",
        job: &["CI_SERVER_URL=https://10.1.2.3"],
        direct: &["http://localhost/", "https://git.corp.example/", "http://127.0.0.1/", "https://10.1.2.3/"],
        proxied: PUBLIC,
    },
    List {
        name: "capitals and dots at the end",
        no_proxy: "LocalHost, 127.0.0.1, .CORP.EXAMPLE, Git.Corp.Example., 192.168.0.0/16",
        job: &["CI_SERVER_URL=https://192.168.1.10"],
        direct: &["http://localhost/", "https://git.corp.example/", "https://nexus.corp.example/", "https://192.168.1.10/"],
        proxied: PUBLIC,
    },
    List {
        name: "URLs",
        no_proxy: "http://nexus.corp.example:8081/,https://git.corp.example,localhost",
        job: &["CI_SERVER_URL=https://git.corp.example"],
        direct: &["http://nexus.corp.example:8081/", "https://git.corp.example/", "http://localhost/"],
        proxied: PUBLIC,
    },
    List {
        name: "all digits, for every address",
        no_proxy: ".svc,.corp.example,127.0.0.1,0,1,2,3,4,5,6,7,8,9",
        job: &POD,
        direct: &["https://10.96.0.1/", "http://10.20.30.40:8080/", "http://127.0.0.1/", "https://git.corp.example/"],
        proxied: &["http://www.public.example/", "https://notcorp.example/"],
    },
    List {
        name: "two protocol families",
        no_proxy: "localhost,127.0.0.1,[::1],fd00::/8,fe80::/10,[fd00:7::5],.corp.example",
        job: &["KUBERNETES_SERVICE_HOST=fd00:96::1", "CI_SERVER_URL=https://[fd00:20::40]"],
        direct: &["https://[fd00:96::1]/", "https://[fd00:20::40]/", "http://[fd00:7::5]:8080/", "https://git.corp.example/"],
        proxied: PUBLIC,
    },
    List {
        name: "sockets and unexpanded variables",
        no_proxy: "/var/run/docker.sock,$CI_SERVER_HOST,${NEXUS},localhost,.corp.example",
        job: &["CI_SERVER_HOST=git.corp.example"],
        direct: &["http://localhost/", "https://git.corp.example/"],
        proxied: PUBLIC,
    },
    List {
        name: "everything",
        no_proxy: "localhost,git.corp.example,*",
        job: &[],
        direct: &["http://localhost/", "https://git.corp.example/", "http://www.public.example/", "https://203.0.113.7/"],
        proxied: &[],
    },
];

const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];

/// Returns the variables that the program makes of a list, and the lines about the list.
fn normalized(list: &List, cidr: &str) -> (BTreeMap<String, String>, String) {
    let mut job = Job::new().env("JOBPROXY_CIDR", cidr);
    for (name, value) in as_given(list) {
        job = job.env(name, value);
    }
    for (name, value) in list.job.iter().filter_map(|pair| pair.split_once('=')) {
        job = job.env(name, value);
    }
    let ran = job.run(&["env", "--for", "java", "--format", "json"]).status(0);
    (serde_json::from_str(&ran.stdout).unwrap(), ran.stderr)
}

fn as_given(list: &List) -> BTreeMap<String, String> {
    let proxies = PROXIES.map(|name| (name.to_owned(), PROXY.to_owned()));
    let lists = ["no_proxy", "NO_PROXY"].map(|name| (name.to_owned(), list.no_proxy.to_owned()));
    proxies.into_iter().chain(lists).collect()
}

/// Returns the variables for the model of a client. The models of Java read the list from the properties.
fn for_model(client: &Client, variables: &BTreeMap<String, String>) -> Variables {
    let mut variables = variables.clone();
    let hosts =
        variables.get("JAVA_TOOL_OPTIONS").and_then(|options| options.split_once("-Dhttp.nonProxyHosts="));
    if let Some((_, hosts)) = hosts.filter(|_| client.name.starts_with("java")) {
        variables.insert("no_proxy".to_owned(), hosts.to_owned());
    }
    Variables::new(variables)
}

#[derive(Default)]
struct Score {
    pairs: usize,
    before: usize,
    after: usize,
    became_right: usize,
    became_wrong: usize,
}

#[test]
fn no_pair_of_client_and_url_becomes_wrong_except_by_an_entry_that_is_reported() {
    compare("strip");
}

#[test]
fn no_pair_becomes_wrong_without_a_report_where_ranges_are_kept_or_expanded() {
    compare("keep");
    compare("expand");
}

/// Prints the right pairs before and after, by list and by client. Fails for a pair that became wrong without a report.
fn compare(cidr: &str) {
    let mut by_list: Vec<(&str, Score)> = Vec::new();
    let mut by_client: BTreeMap<String, Score> = BTreeMap::new();
    let mut unreported = Vec::new();
    for list in LISTS {
        let given = as_given(list);
        let (made, reported) = normalized(list, cidr);
        let mut score = Score::default();
        for client in client::all() {
            let (before, after) = (for_model(client, &given), for_model(client, &made));
            let (before, after) = (client.prepare(&before), client.prepare(&after));
            let name = format!("{}@{}", client.name, client.version);
            let meant =
                |urls: &'static [&'static str], decision| urls.iter().map(move |url| (*url, decision));
            for (url, meant) in
                meant(list.direct, Decision::Direct).chain(meant(list.proxied, Decision::Proxied))
            {
                let destination = Destination::parse(url).unwrap();
                let (was, is) = (before.decide(&destination), after.decide(&destination));
                let (right_before, right_after) = (was.decision == meant, is.decision == meant);
                for score in [&mut score, by_client.entry(name.clone()).or_default()] {
                    score.pairs += 1;
                    score.before += usize::from(right_before);
                    score.after += usize::from(right_after);
                    score.became_right += usize::from(!right_before && right_after);
                    score.became_wrong += usize::from(right_before && !right_after);
                }
                if right_before && !right_after {
                    let entry = was.entry.or(is.entry).unwrap_or("no entry");
                    let entry = entry.trim();
                    println!("  {}: {name} {url}: {entry}: {}", list.name, is.reason);
                    let names_entry = |line: &str| {
                        let lost = line.split("; kept ").next().unwrap_or_default();
                        lost.split([' ', ',']).any(|word| word == entry)
                    };
                    if !reported.lines().any(names_entry) {
                        unreported.push(format!("{}: {name} {url}: {entry} / {}", list.name, is.reason));
                    }
                }
            }
        }
        by_list.push((list.name, score));
    }
    let row = |name: &str, score: &Score| {
        let Score { pairs, before, after, became_right, became_wrong } = score;
        println!("{name:<40} {pairs:>6} {before:>6} {after:>6} {became_right:>6} {became_wrong:>6}");
    };
    println!(
        "{:<40} {:>6} {:>6} {:>6} {:>6} {:>6}",
        format!("--cidr {cidr}"),
        "pairs",
        "before",
        "after",
        "right",
        "wrong"
    );
    for (name, score) in &by_list {
        row(name, score);
    }
    for (name, score) in &by_client {
        row(name, score);
    }
    assert!(
        unreported.is_empty(),
        "{} pairs became wrong without a report:\n{}",
        unreported.len(),
        unreported.join("\n")
    );
}

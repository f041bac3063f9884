//! The NO_PROXY list of a job: the value of the variables, and the entries that the job needs in addition.

use std::collections::BTreeSet;

use crate::daemon;
use crate::environment::Environment;
use crate::machine::{Machine, entries};
use crate::no_proxy::entry::CidrPolicy;
use crate::no_proxy::{Known, NoProxy, Origin, normalize};
use crate::proxy_url::unquoted;

/// Joins the values of no_proxy and NO_PROXY, appends the entries that the job needs, and normalizes the result.
pub fn of_job(environment: &Environment, machine: &Machine, add: &str, cidr: CidrPolicy) -> NoProxy {
    let texts = &environment.texts;
    let given: Vec<(&str, &str)> = ["no_proxy", "NO_PROXY"]
        .into_iter()
        .filter_map(|name| Some((name, environment.filled(name)?.trim_ascii())))
        .collect();
    let quoted: Vec<&str> =
        given.iter().filter(|(_, value)| unquoted(value).is_some()).map(|(name, _)| *name).collect();
    let lists: Vec<&str> = given.iter().map(|(_, value)| unquoted(value).unwrap_or(value)).collect();
    let tls = texts.docker_tls_verify.is_some();
    let host = environment.docker_daemon();
    let context = machine.docker_context.as_deref().and_then(|host| daemon::docker(host, tls));
    let buildkit = texts.buildkit_host.as_deref().and_then(daemon::buildkit);
    let api_server = texts.kubernetes_service_host.as_deref().map(|host| format!("{host},.svc"));
    let docker_daemon = host.as_deref().or(context.as_deref()).map(daemon::host).unwrap_or_default();
    let (services, public_domains) = entries(&machine.services, docker_daemon);
    let suffixes = machine.cluster_suffixes.join(",");
    let additions = [
        (Origin::DockerInDocker, "docker:2375,docker:2376"),
        (Origin::DockerHost, host.as_deref().unwrap_or_default()),
        (Origin::DockerContext, context.as_deref().unwrap_or_default()),
        (Origin::BuildkitHost, buildkit.as_deref().unwrap_or_default()),
        (Origin::Kubernetes, api_server.as_deref().unwrap_or_default()),
        (Origin::ResolvConf, &suffixes),
        (Origin::Services, &services),
        (Origin::Add, unquoted(add.trim_ascii()).unwrap_or(add)),
    ];
    let mut list = normalize(&lists.join(","), &additions, cidr, &known(environment, machine));
    for name in public_domains {
        list.notes.push(format!(
            "NO_PROXY: service {name} not added: many programs read {name} as *.{name} too; JOBPROXY_ADD={name} adds the service"
        ));
    }
    if !quoted.is_empty() {
        let names = quoted.join(", ");
        list.notes
            .push(format!("{names}: removed the quotes around the value; write the value without quotes"));
    }
    list
}

/// Returns the addresses that the job is known to talk to, from variables first, then from services, without
/// duplicates.
fn known(environment: &Environment, machine: &Machine) -> Vec<Known> {
    let services = machine
        .services
        .iter()
        .map(|service| Known { address: service.address, origin: format!("service {}", service.name) });
    let mut seen = BTreeSet::new();
    environment.known.iter().cloned().chain(services).filter(|known| seen.insert(known.address)).collect()
}

//! Hosts of the job that have a private address and are still reached through the proxy.

use std::net::IpAddr;
use std::thread;

use crate::client::{Decision, Destination, find};
use crate::connection::{Deadline, resolve};
use crate::doctor::finding::Remedy;
use crate::doctor::{Finding, Job, Kind};
use crate::own_urls::own_urls;

/// Resolves the job's own hosts, all at the same time.
pub fn check(job: &Job, deadline: &Deadline) -> Vec<Finding> {
    let Some(client) = find("curl").map(|client| client.prepare(&job.variables)) else { return Vec::new() };
    let mut targets: Vec<Destination> = Vec::new();
    for target in own_urls(job.environment).iter().filter_map(|url| Destination::parse(url)) {
        let is_new = targets.iter().all(|other| other.host() != target.host());
        if is_new && client.decide(&target).decision == Decision::Proxied {
            targets.push(target);
        }
    }
    let found: Vec<Option<IpAddr>> = thread::scope(|scope| {
        let lookups: Vec<_> =
            targets.iter().map(|target| scope.spawn(|| private_address(target, deadline))).collect();
        lookups.into_iter().map(|lookup| lookup.join().ok().flatten()).collect()
    });
    let hosts = targets.iter().zip(found).filter_map(|(target, address)| Some((target.host(), address?)));
    hosts.map(|(host, address)| finding(host, address)).collect()
}

fn private_address(target: &Destination, deadline: &Deadline) -> Option<IpAddr> {
    let addresses = resolve(target.host(), target.port(), deadline);
    addresses.into_iter().map(|address| address.ip()).find(|address| match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    })
}

fn finding(host: &str, address: IpAddr) -> Finding {
    let text = format!("{host} has the private address {address}, and requests to it go to the proxy");
    let remedy =
        Remedy::Each("add", vec![host.to_owned()], ", if the job reaches the host without the proxy");
    Finding::new(Kind::NoProxyPrivateHost, "NO_PROXY", text, "").remedy(remedy)
}

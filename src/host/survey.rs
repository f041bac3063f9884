//! Finds out from files what is on the host: units, other forms of docker, drop-ins that jobproxy did not write.

use std::collections::BTreeMap;
use std::path::Path;

use super::cli::Options;
use super::file::dropin::{NAME, assignments, path};
use super::finding::Finding;
use super::redact;
use super::system::System;

/// The folders where systemd looks for units. The first folder wins (systemd.unit(5), "Unit File Load Path").
const UNIT_FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Whether the service has a unit or an init script.
pub fn has_unit(system: &System, service: &str) -> bool {
    !units(system, service).is_empty() || system.exists(&format!("/etc/init.d/{service}"))
}

/// Returns the folders of units. `/lib` may be a link to `/usr/lib`; the files there then count once.
fn unit_folders(system: &System) -> impl Iterator<Item = &'static str> {
    let merged = system.is_same("/lib", "/usr/lib");
    UNIT_FOLDERS.into_iter().filter(move |folder| !(merged && folder.starts_with("/lib/")))
}

/// Returns the unit files of a service, the file that wins first.
fn units(system: &System, service: &str) -> Vec<String> {
    let paths = unit_folders(system).map(|folder| format!("{folder}/{service}.service"));
    paths.filter(|path| system.exists(path)).collect()
}

/// Returns the findings about units, drop-ins and other forms of docker.
pub fn survey(system: &System, options: &Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut services = vec!["docker", "gitlab-runner"];
    services.extend(options.cntlm.then_some("cntlm"));
    for service in services {
        match &units(system, service)[..] {
            [] if service != "cntlm" && !has_unit(system, service) => {
                let text =
                    format!("{service}.service: is not installed, so {} is not written", path(service));
                findings.push(Finding::note(
                    "unit-missing",
                    text,
                    "install the package, then run apply again",
                ));
            }
            [first, second, ..] => {
                let text = format!("{service}.service: {first} hides {second}");
                findings.push(Finding::note(
                    "two-units",
                    text,
                    format!("remove {first}, unless it is meant"),
                ));
            }
            _ => {}
        }
        findings.extend(foreign_dropins(system, service));
        findings.extend(environment_files(system, service));
    }
    findings.extend(other_dockers(system));
    findings
}

/// Reports rootless docker, docker of snap, and podman, which take their proxy from other places.
fn other_dockers(system: &System) -> Vec<Finding> {
    let mut findings = Vec::new();
    let homes =
        system.list("/home").into_iter().map(|user| format!("/home/{user}")).chain(["/root".to_owned()]);
    for home in homes {
        let unit = format!("{home}/.config/systemd/user/docker.service");
        if system.exists(&unit) {
            let text = format!("{unit}: rootless docker reads none of these files");
            let remedy = format!("put the variables into {unit}.d/http-proxy.conf as that user");
            findings.push(Finding::note("rootless-docker", text, remedy));
        }
    }
    if system.exists("/var/snap/docker") {
        let remedy =
            "use the docker package of the distribution, or snap set system proxy.http=... proxy.https=...";
        findings.push(Finding::note(
            "snap-docker",
            "/var/snap/docker: docker of snap does not read docker.service.d",
            remedy,
        ));
    }
    if system.exists("/run/podman/podman.sock") {
        let remedy = "set http_proxy, https_proxy and no_proxy in the environment of podman.service";
        findings.push(Finding::note(
            "podman",
            "/run/podman/podman.sock: podman does not read docker.service.d",
            remedy,
        ));
    }
    findings
}

/// Returns the drop-ins of a service, except the drop-in of this program: name, path, text. Of two drop-ins with one
/// name systemd reads only the first.
fn dropins(system: &System, service: &str) -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    for folder in unit_folders(system) {
        let folder = format!("{folder}/{service}.service.d");
        for name in system.list(&folder) {
            let is_dropin = Path::new(&name).extension().is_some_and(|extension| extension == "conf");
            let path = format!("{folder}/{name}");
            if let Some(text) = text(system, &path).filter(|_| is_dropin && name != NAME) {
                found.entry(name).or_insert((path, text));
            }
        }
    }
    found
}

fn text(system: &System, path: &str) -> Option<String> {
    let found = system.read(path).ok().flatten()?;
    Some(String::from_utf8_lossy(&found.content).into_owned())
}

/// Returns the proxy variables among `assignments`, redacted.
fn proxies(assignments: impl Iterator<Item = (String, String)>) -> String {
    let proxies = assignments.filter(|(name, _)| redact::proxy_variable(name).is_some());
    let shown = proxies.map(|(name, value)| redact::variable(&format!("{name}={value}")));
    shown.collect::<Vec<_>>().join(" ")
}

/// Reports the proxy variables that other drop-ins of a service set. Of two drop-ins, the drop-in whose name sorts
/// last wins (systemd.unit(5)).
fn foreign_dropins(system: &System, service: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, (file, text)) in dropins(system, service) {
        let set = proxies(text.lines().flat_map(assignments));
        if set.is_empty() {
            continue;
        }
        let text = format!("{file}: sets {set}");
        findings.push(if name.as_str() > NAME {
            let remedy = format!("remove {file}, then systemctl daemon-reload");
            Finding::failure("foreign-dropin", format!("{text}, which overrides {NAME}"), remedy)
        } else {
            let text = format!("{text}, which {NAME} overrides where it sets the same names");
            Finding::note("foreign-dropin", text, format!("remove {file}"))
        });
    }
    findings
}

/// Reports the proxy variables in files that a unit or a drop-in names, such as /etc/sysconfig/gitlab-runner in the
/// unit of the gitlab-runner package. These files override `Environment=` (systemd.exec(5), "EnvironmentFile=").
fn environment_files(system: &System, service: &str) -> Vec<Finding> {
    let unit = units(system, service).into_iter().take(1).filter_map(|path| text(system, &path));
    let mut paths: Vec<String> = Vec::new();
    for text in unit.chain(dropins(system, service).into_values().map(|(_, text)| text)) {
        for path in text.lines().filter_map(|line| line.trim().strip_prefix("EnvironmentFile=")) {
            match path.trim().trim_start_matches('-') {
                "" => paths.clear(),
                path => paths.push(path.to_owned()),
            }
        }
    }
    let finding = |path: String| {
        let text = text(system, &path)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
        let set = proxies(lines.flat_map(|line| assignments(&format!("Environment={line}"))));
        let text = format!("{path}: sets {set}, which overrides {NAME} of {service}.service");
        let remedy = format!("remove these lines from {path}");
        (!set.is_empty()).then(|| Finding::failure("environment-file", text, remedy))
    };
    paths.into_iter().filter_map(finding).collect()
}

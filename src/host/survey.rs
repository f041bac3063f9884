//! What there is on the host, as far as files tell: units, other kinds of docker, drop-ins of others.

use std::collections::BTreeMap;
use std::path::Path;

use super::cli::Options;
use super::file::dropin::{NAME, assignments, path};
use super::finding::Finding;
use super::redact;
use super::system::System;

/// Where units are looked up, the first one wins (systemd.unit(5), "Unit File Load Path").
const UNIT_FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Whether there is a unit or an init script of that name.
pub fn has_unit(system: &System, service: &str) -> bool {
    !units(system, service).is_empty() || system.exists(&format!("/etc/init.d/{service}"))
}

/// The folders of units. `/lib` may be a link to `/usr/lib`, whose files count once.
fn unit_folders(system: &System) -> impl Iterator<Item = &'static str> {
    let merged = system.is_same("/lib", "/usr/lib");
    UNIT_FOLDERS.into_iter().filter(move |folder| !(merged && folder.starts_with("/lib/")))
}

/// The unit files of a service.
fn units(system: &System, service: &str) -> Vec<String> {
    let paths = unit_folders(system).map(|folder| format!("{folder}/{service}.service"));
    paths.filter(|path| system.exists(path)).collect()
}

/// Everything that is to be said before a file is looked into.
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

/// Docker in other forms takes its proxy from other places.
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

/// The drop-ins of a service but this program's own: name, path, text. Of two drop-ins of one name only the first is read.
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

/// The proxy variables among assignments, as people may see them.
fn proxies(assignments: impl Iterator<Item = (String, String)>) -> String {
    let proxies = assignments.filter(|(name, _)| redact::proxy_variable(name).is_some());
    let shown = proxies.map(|(name, value)| redact::variable(&format!("{name}={value}")));
    shown.collect::<Vec<_>>().join(" ")
}

/// What other drop-ins of a service set. Of two drop-ins the one whose name sorts last wins (systemd.unit(5)).
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

/// Files of assignments that a unit or a drop-in names, such as /etc/sysconfig/gitlab-runner of gitlab-runner's own unit.
/// They override `Environment=` (systemd.exec(5), "EnvironmentFile=").
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

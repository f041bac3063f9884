//! What there is on the host, as far as files tell: units, other kinds of docker, drop-ins of others.

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

/// The unit files of a service. `/lib` may be a link to `/usr/lib`, whose files count once.
fn units(system: &System, service: &str) -> Vec<String> {
    let merged = system.is_same("/lib", "/usr/lib");
    UNIT_FOLDERS
        .iter()
        .filter(|folder| !(merged && folder.starts_with("/lib/")))
        .map(|folder| format!("{folder}/{service}.service"))
        .filter(|path| system.exists(path))
        .collect()
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

/// What other drop-ins of a service set. Of two drop-ins the one whose name sorts last wins (systemd.unit(5)).
fn foreign_dropins(system: &System, service: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in UNIT_FOLDERS {
        let folder = format!("{folder}/{service}.service.d");
        for name in system.list(&folder) {
            let file = format!("{folder}/{name}");
            let dropin = std::path::Path::new(&name).extension().is_some_and(|extension| extension == "conf");
            let Some(found) = system.read(&file).ok().flatten().filter(|_| dropin && name != NAME) else {
                continue;
            };
            let text = String::from_utf8_lossy(&found.content);
            let set: Vec<String> = text
                .lines()
                .flat_map(assignments)
                .filter(|(name, _)| redact::proxy_variable(name).is_some())
                .map(|(name, value)| redact::variable(&format!("{name}={value}")))
                .collect();
            if set.is_empty() {
                continue;
            }
            let wins = name.as_str() > NAME;
            let text = format!("{file}: sets {}", set.join(" "));
            findings.push(if wins {
                let remedy = format!("remove {file}, then systemctl daemon-reload");
                Finding::failure("foreign-dropin", format!("{text}, which overrides {NAME}"), remedy)
            } else {
                let text = format!("{text}, which {NAME} overrides where it sets the same names");
                Finding::note("foreign-dropin", text, format!("remove {file}"))
            });
        }
    }
    findings
}

//! `check`: compares what is in force with what `apply` would set. A new check is a function here and a name in
//! [`super::finding::NAMES`].

use anyhow::Result;

use super::cli::Options;
use super::file::runner::{self, RunnerConfig};
use super::file::{cntlm, dropin};
use super::finding::{Finding, leave_out};
use super::system::System;
use super::wanted::Wanted;
use super::{bridge, files, login, output, plan, redact, services, survey};
use crate::client::{Decision, Destination, Variables, find};
use crate::connection::authority;
use crate::environment::Environment;
use crate::report;

mod sockets;
mod tunnel;

/// Prints the findings, the worst first, and returns the exit status.
///
/// # Errors
/// A file cannot be read or parsed, or no proxy is known.
pub fn run(options: &Options, environment: &Environment) -> Result<u8> {
    let system = System::new(&options.root)?;
    let mut findings = examine(&system, options, environment)?;
    leave_out(&mut findings, &options.ignore)?;
    findings.sort_by_key(|finding| !finding.fails);
    let fails = findings.iter().any(|finding| finding.fails);
    if options.json {
        output::print(&report::json(&findings))?;
    } else {
        let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
        let ok = if fails { "" } else { "ok: this host is behind its proxy\n" };
        output::print(&format!("{}{}{ok}", lines.join("\n"), if lines.is_empty() { "" } else { "\n" }))?;
    }
    Ok(u8::from(fails))
}

fn examine(system: &System, options: &Options, environment: &Environment) -> Result<Vec<Finding>> {
    let given = Settings::of(system, options, environment)?;
    let (files, mut findings) = files::of(system, options, &given.wanted, given.cntlm.clone())?;
    let plan = plan::to_apply(system, &files)?;
    findings.extend(plan.findings);
    for change in &plan.changes {
        let text = format!("{}: is not what apply writes", change.path);
        findings.push(Finding::failure(
            "not-applied",
            text,
            "run jobproxy-host plan to see the difference, then apply",
        ));
    }
    if system.is_running() {
        for service in
            ["docker", "gitlab-runner"].into_iter().filter(|service| survey::has_unit(system, service))
        {
            findings.extend(in_force(service, &given.wanted));
        }
        findings.extend(docker_s_view(&given.wanted));
        findings.extend(through_proxy(system, &given.wanted, given.listen.is_some()));
        findings.extend(given.listen.as_deref().and_then(sockets::check));
    }
    Ok(findings)
}

/// The settings that `check` compares the host with.
struct Settings {
    wanted: Wanted,
    cntlm: Option<cntlm::Cntlm>,
    /// ADDRESS:PORT on which cntlm should listen, if cntlm is the proxy of this host.
    listen: Option<String>,
}

impl Settings {
    /// Takes the settings from the command line and the environment. Where neither names a proxy, takes the settings
    /// from the drop-in of an earlier `apply`.
    fn of(system: &System, options: &Options, environment: &Environment) -> Result<Self> {
        if options.cntlm {
            let listen = bridge::listen(options, system.is_running())?;
            let cntlm = login::cntlm(options, system, &listen, false)?;
            let wanted = Wanted::new(options, environment, Some(&listen))?;
            return Ok(Self { wanted, cntlm: Some(cntlm), listen: Some(listen) });
        }
        let given = options.proxy.is_some()
            || ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]
                .iter()
                .any(|name| environment.filled(name).is_some());
        let wanted = if given {
            Wanted::new(options, environment, None)?
        } else {
            let applied =
                ["gitlab-runner", "docker"].map(|service| files::applied_variables(system, service));
            Wanted::of_variables(
                applied.iter().find(|variables| !variables.is_empty()).map_or(&[][..], |all| all),
            )?
        };
        let proxy = &wanted.proxies()[0].1;
        let listen =
            system.exists(&dropin::path("cntlm")).then(|| format!("{}:{}", proxy.host(), proxy.port()));
        Ok(Self { wanted, cntlm: None, listen })
    }
}

/// Reports the variables that systemd does not give to the service.
fn in_force(service: &str, wanted: &Wanted) -> Vec<Finding> {
    let Some(text) = services::show(service, "Environment") else {
        let text = format!("{service}.service: systemctl show does not answer");
        return vec![Finding::failure("service-environment", text, "run check on the running host, as root")];
    };
    let mut findings = Vec::new();
    if services::show(service, "NeedDaemonReload").is_some_and(|answer| answer.trim() == "yes") {
        let text = format!("{service}.service: files changed since systemd read them");
        findings.push(Finding::failure(
            "reload-needed",
            text,
            format!("systemctl daemon-reload && systemctl restart {service}"),
        ));
    }
    // `systemctl show` prints the assignments as a shell would read them.
    let now = dropin::assignments(&format!("Environment={}", text.trim().replace('%', "%%")));
    for (name, value) in wanted.variables() {
        let is = now.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value);
        if is != Some(&value) {
            let has =
                is.map_or_else(|| "is not set".to_owned(), |is| redact::variable(&format!("{name}={is}")));
            let text = format!("{service}.service: {name}: in force {has}");
            findings.push(Finding::failure(
                "service-environment",
                text,
                "run jobproxy-host apply, then the commands it prints",
            ));
        }
    }
    findings.extend(started_before(service, wanted));
    findings
}

/// Reports a process that runs without the variables: a service reads its variables only when the service starts.
fn started_before(service: &str, wanted: &Wanted) -> Option<Finding> {
    let id = services::show(service, "MainPID")?;
    let id = id.trim();
    let environment = (id != "0").then(|| std::fs::read(format!("/proc/{id}/environ")).ok())??;
    let has = |(name, value): (&str, String)| {
        environment.split(|byte| *byte == 0).any(|entry| entry == format!("{name}={value}").as_bytes())
    };
    (!wanted.variables().into_iter().all(has)).then(|| {
        let text = format!("{service}.service: runs since before the variables were set");
        Finding::failure("service-environment", text, format!("systemctl restart {service}"))
    })
}

/// Reports a proxy that dockerd itself names and that is not the wanted proxy. `docker info` hides the login.
fn docker_s_view(wanted: &Wanted) -> Option<Finding> {
    let format = "{{.HTTPProxy}} {{.HTTPSProxy}}";
    let text = services::output("docker", &["info", "--format", format], std::time::Duration::from_secs(10))?;
    let mut words = text.trim_end_matches('\n').split(' ');
    let says = [("HTTP_PROXY", words.next()?), ("HTTPS_PROXY", words.next()?)];
    let (name, value) = says.into_iter().find(|(name, value)| {
        let proxy = wanted.proxies().iter().find(|(other, _)| other == name);
        proxy.is_some_and(|(_, proxy)| {
            let address = value.rsplit(['@', '/']).find(|part| !part.is_empty()).unwrap_or_default();
            address != format!("{}:{}", proxy.host(), proxy.port())
        })
    })?;
    let shown = redact::variable(&format!("{name}={value}"));
    let remedy =
        "systemctl restart docker; if that does not help, look for proxies in /etc/docker/daemon.json";
    Some(Finding::failure("docker-proxy", format!("dockerd uses {shown}"), remedy))
}

/// Reports proxies that do not answer, and GitLab servers of runners that are not reached.
fn through_proxy(system: &System, wanted: &Wanted, is_cntlm: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (name, proxy) in wanted.proxies() {
        if let Err((text, remedy)) = tunnel::connect(proxy.host(), proxy.port()) {
            let finding = Finding::failure("proxy-unreachable", format!("{name}: {proxy} {text}"), remedy);
            if !findings.iter().any(|other| other.remedy == finding.remedy) {
                findings.push(finding);
            }
        }
    }
    if !findings.is_empty() {
        return findings;
    }
    let config = system.read(runner::PATH).ok().flatten().map(|found| found.content).unwrap_or_default();
    let variables =
        Variables::new(wanted.variables().into_iter().map(|(name, value)| (name.to_owned(), value)));
    let mut tried = Vec::new();
    for (name, url) in RunnerConfig::urls(&config) {
        let Some(target) = Destination::parse(&url).filter(|_| !tried.contains(&url)) else { continue };
        tried.push(url.clone());
        let variable = if target.is_https() { "HTTPS_PROXY" } else { "HTTP_PROXY" };
        let proxied =
            find("go").is_some_and(|go| go.prepare(&variables).decide(&target).decision == Decision::Proxied);
        let proxy = wanted.proxies().iter().find(|(other, _)| *other == variable).map(|(_, proxy)| proxy);
        let outcome = match proxy.filter(|_| proxied) {
            Some(proxy) => tunnel::through(proxy, is_cntlm, &target),
            None => tunnel::connect(target.host(), target.port()).map(drop),
        };
        if let Err((text, remedy)) = outcome {
            let text = format!("runner {}: {} {text}", redact::script(&name), authority(&target));
            findings.push(Finding::failure("gitlab-unreachable", text, remedy));
        }
    }
    findings
}

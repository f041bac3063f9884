//! Restarts services: which services, in which order, and after which jobs.

use std::fmt;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::plan::Change;
use super::system::System;

/// A command that puts a change in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Reload,
    Restart(&'static str),
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reload => f.write_str("systemctl daemon-reload"),
            Self::Restart("docker") => {
                f.write_str("systemctl restart docker           # ends the jobs that run")
            }
            Self::Restart("gitlab-runner") => {
                f.write_str("systemctl restart gitlab-runner    # ends the jobs that run")
            }
            Self::Restart(service) => write!(f, "systemctl restart {service}"),
        }
    }
}

/// The order of restarts: cntlm listens on the bridge that docker makes.
const ORDER: [&str; 3] = ["docker", "cntlm", "gitlab-runner"];

/// Returns the commands that put `changes` in force and restart the services of [`outdated`], in order.
pub fn commands(changes: &[Change], outdated: &[&str]) -> Vec<Command> {
    let mut commands = Vec::new();
    if !outdated.is_empty() || changes.iter().any(|change| change.path.starts_with("/etc/systemd/")) {
        commands.push(Command::Reload);
    }
    let restarts = |service: &&&str| {
        outdated.contains(*service) || changes.iter().any(|change| change.service == Some(**service))
    };
    commands.extend(ORDER.iter().filter(restarts).map(|&service| Command::Restart(service)));
    commands
}

/// Returns the services that started before one of their files was changed. An earlier run changed the file and
/// restarted nothing.
pub fn outdated(system: &System, files: &[(String, Option<&'static str>)]) -> Vec<&'static str> {
    let is_outdated = |service: &str, path: &str| {
        Some(running_for(service)? > system.modified(path)?.elapsed().ok()?).filter(|outdated| *outdated)
    };
    let service = |(path, service): &(String, Option<&'static str>)| {
        service.filter(|service| is_outdated(service, path).is_some())
    };
    files.iter().filter_map(service).collect()
}

/// Returns how long the main process of a service has been running; `None` where the service does not run. systemd
/// counts from the start of the machine (org.freedesktop.systemd1(5), ExecMainStartTimestampMonotonic), as
/// /proc/uptime does.
fn running_for(service: &str) -> Option<Duration> {
    if matches!(show(service, "MainPID")?.trim(), "" | "0") {
        return None;
    }
    let start = Duration::from_micros(show(service, "ExecMainStartTimestampMonotonic")?.trim().parse().ok()?);
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let uptime = Duration::try_from_secs_f64(uptime.split(' ').next()?.parse().ok()?).ok()?;
    uptime.checked_sub(start)
}

/// The time to wait for running jobs.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Runs the commands. Before docker or the runner is restarted, the runner is told to take no new job and to end when
/// its jobs have ended (SIGQUIT: GitLab Runner, "Signals").
///
/// # Errors
/// A command fails, or jobs still run after [`PATIENCE`].
pub fn restart(todo: &[Command], tell: &mut dyn FnMut(&str)) -> Result<()> {
    let ends_jobs = |command: &Command| matches!(command, Command::Restart("docker" | "gitlab-runner"));
    let mut drained = false;
    for command in todo {
        if ends_jobs(command) && !drained {
            drained = drain(tell)?;
        }
        tell(&format!("running: {}", command.to_string().split('#').next().unwrap_or_default().trim_end()));
        match command {
            Command::Reload => systemctl(&["daemon-reload"])?,
            Command::Restart(service) => systemctl(&["restart", service])?,
        }
    }
    // Only docker was restarted: the runner, which has ended, is started again.
    if drained && !todo.contains(&Command::Restart("gitlab-runner")) {
        tell("running: systemctl restart gitlab-runner");
        systemctl(&["restart", "gitlab-runner"])?;
    }
    Ok(())
}

/// Ends the runner after its jobs have ended. Returns false where no runner runs.
///
/// # Errors
/// Jobs run, but their runner is not a service of this host; or jobs still run after [`PATIENCE`].
fn drain(tell: &mut dyn FnMut(&str)) -> Result<bool> {
    let process = |text: &str| Some(text.trim().to_owned()).filter(|id| !matches!(id.as_str(), "" | "0"));
    let Some(id) = show("gitlab-runner", "MainPID").as_deref().and_then(process) else {
        return match running_jobs() {
            None | Some(0) => Ok(false),
            Some(count) => bail!(
                "gitlab-runner is no running service of this host, but {count} containers of jobs run; \
                 nothing was restarted: stop that runner, then run the commands that apply prints without --restart"
            ),
        };
    };
    tell("waiting until gitlab-runner has ended its jobs");
    systemctl(&["kill", "--kill-who=main", "--signal=SIGQUIT", "gitlab-runner"])?;
    let (start, mut last) = (Instant::now(), None);
    while std::path::Path::new("/proc").join(&id).exists() {
        let jobs = running_jobs();
        if jobs != last
            && let Some(count) = jobs
        {
            tell(&format!("containers of jobs that run: {count}"));
            last = jobs;
        }
        if start.elapsed() > PATIENCE {
            let count = jobs.map_or_else(|| "an unknown number".to_owned(), |count| count.to_string());
            bail!(
                "gitlab-runner still has jobs after an hour (containers: {count}) and takes no new ones; \
                 nothing was restarted: when the jobs have ended, run jobproxy-host again with --restart"
            );
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(true)
}

/// Returns the number of build containers that run, by the labels of gitlab-runner; `None` where docker does not
/// answer.
fn running_jobs() -> Option<usize> {
    let labels = ["--filter", "label=com.gitlab.gitlab-runner.type=build"];
    let text = output("docker", &[&["ps", "--quiet"][..], &labels].concat(), Duration::from_secs(10))?;
    Some(text.lines().count())
}

fn systemctl(arguments: &[&str]) -> Result<()> {
    let status =
        Process::new("systemctl").args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = status.context("systemctl")?;
    if !status.success() {
        bail!("systemctl {}: failed; see journalctl -xe", arguments.join(" "));
    }
    Ok(())
}

/// Returns a property of a service, with the value that systemd has in force.
pub fn show(service: &str, property: &str) -> Option<String> {
    let property = format!("--property={property}");
    let unit = format!("{service}.service");
    output("systemctl", &["show", "--value", &property, &unit], Duration::from_secs(10))
}

/// Returns what a program prints; `None` when the program cannot be started, fails, or takes longer than `patience`.
pub fn output(program: &str, arguments: &[&str], patience: Duration) -> Option<String> {
    let mut child = Process::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let start = Instant::now();
    // The output is read at the end only: what these programs print fits into the buffer of a pipe (pipe(7)).
    while child.try_wait().ok()?.is_none() {
        if start.elapsed() > patience {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

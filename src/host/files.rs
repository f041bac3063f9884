//! The list of files, in the order in which `apply` writes them: the binary before the scripts that call the binary.

use anyhow::{Context as _, Result, ensure};

use super::bridge;
use super::cli::Options;
use super::file::Managed;
use super::file::binary::{self, Binary};
use super::file::cntlm::{Cntlm, Login};
use super::file::daemon_json::DaemonJson;
use super::file::dropin::{self, Dropin, assignments};
use super::file::runner::RunnerConfig;
use super::finding::Finding;
use super::login;
use super::survey::{has_unit, survey};
use super::system::{System, read_outside};
use super::wanted::Wanted;
use crate::environment::Environment;

/// A list of files.
pub type Files = Vec<Box<dyn Managed>>;

/// Returns the files that `apply` writes, and the findings about the host. `ask`: whether to ask for a missing
/// password.
///
/// # Errors
/// No proxy is given, the login for cntlm is not complete, or there is no binary to install.
pub fn wanted(
    system: &System,
    options: &Options,
    environment: &Environment,
    ask: bool,
) -> Result<(Files, Vec<Finding>)> {
    let listen = options.cntlm.then(|| bridge::listen(options, system.is_running())).transpose()?;
    let wanted = Wanted::new(options, environment, listen.as_deref())?;
    let cntlm = listen.map(|listen| login::cntlm(options, system, &listen, ask)).transpose()?;
    of(system, options, &wanted, cntlm)
}

/// Returns the files for the settings `wanted` and `cntlm`, and the findings about the host.
///
/// # Errors
/// There is no binary to install.
pub fn of(
    system: &System,
    options: &Options,
    wanted: &Wanted,
    cntlm: Option<Cntlm>,
) -> Result<(Files, Vec<Finding>)> {
    let mut findings = wanted.findings.clone();
    findings.extend(survey(system, options));
    let mut files: Files = Vec::new();
    for binary in binaries(system, options)? {
        if binary.is_dynamic() {
            let text = format!("{}: needs the C library of this host, which images may lack", binary.path());
            findings.push(Finding::note("binary", text, "install the static binary of a release"));
        }
        files.push(Box::new(binary));
    }
    let variables = wanted.variables();
    for service in ["docker", "gitlab-runner"].into_iter().filter(|service| has_unit(system, service)) {
        files.push(Box::new(Dropin::environment(service, &variables, wanted.has_password())));
        if wanted.has_password() {
            let text =
                format!("{service}.service: systemctl show prints the password to every user of this host");
            findings.push(Finding::note(
                "visible-password",
                text,
                "use --cntlm, which keeps the password to itself",
            ));
        }
    }
    if wanted.has_password() {
        let text = "config.toml: every job can print the password of the proxy";
        findings.push(Finding::note(
            "visible-password",
            text,
            "use --cntlm, which keeps the password to itself",
        ));
    }
    files.push(Box::new(DaemonJson::new(&variables, wanted.has_password())));
    if let Some(cntlm) = cntlm {
        files.push(Box::new(cntlm));
        files.push(Box::new(Dropin::after_docker()));
    }
    files.push(Box::new(RunnerConfig {
        names: options.runners.clone(),
        version: options.runner_version,
        folder: options.binary_dir.clone(),
        variables,
        secret: wanted.has_password(),
    }));
    Ok((files, findings))
}

/// Returns the binaries to install: those of `--binary`, else the `jobproxy` beside this program. Returns none where
/// only the host has a binary already, which then stays.
fn binaries(system: &System, options: &Options) -> Result<Vec<Binary>> {
    let mut paths = options.binaries.clone();
    if paths.is_empty() {
        let beside = std::env::current_exe().map(|own| own.with_file_name(binary::NAME)).unwrap_or_default();
        let installed = format!("{}/{}", options.binary_dir, binary::NAME);
        if !beside.is_file() {
            ensure!(
                system.exists(&installed),
                "there is no jobproxy beside jobproxy-host; use --binary FILE"
            );
            return Ok(Vec::new());
        }
        paths.push(beside);
    }
    let host = rustix::system::uname().machine().to_string_lossy().into_owned();
    let binary = |path: &std::path::PathBuf| {
        let (content, _) = read_outside(path)?;
        Binary::new(&options.binary_dir, content, &host).with_context(|| path.display().to_string())
    };
    paths.iter().map(binary).collect()
}

/// Returns every file that `apply` may have written, in the order in which `remove` takes them back: the scripts
/// before the binary.
pub fn removable(options: &Options) -> Files {
    let nothing = Cntlm {
        listen: String::new(),
        parents: Vec::new(),
        user: String::new(),
        domain: String::new(),
        login: Login::Keep,
    };
    let mut files: Files = vec![
        Box::new(RunnerConfig {
            names: Vec::new(),
            version: None,
            folder: options.binary_dir.clone(),
            variables: Vec::new(),
            secret: false,
        }),
        Box::new(Dropin::after_docker()),
        Box::new(nothing),
        Box::new(DaemonJson::new(&[], false)),
        Box::new(Dropin::environment("gitlab-runner", &[], false)),
        Box::new(Dropin::environment("docker", &[], false)),
    ];
    for binary in Binary::installed(&options.binary_dir) {
        files.push(Box::new(binary));
    }
    files
}

/// Returns the variables in the drop-in that an earlier `apply` wrote for a service.
pub fn applied_variables(system: &System, service: &str) -> Vec<(String, String)> {
    let found = system.read(&dropin::path(service)).ok().flatten();
    let text = found.map(|found| String::from_utf8_lossy(&found.content).into_owned()).unwrap_or_default();
    text.lines().flat_map(assignments).collect()
}

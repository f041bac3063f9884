//! The table of options.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::command::Command;
use super::shown;
use Command::{Doctor, Env, Exec, Explain, Help, Setup, Undo, Version};

use crate::doctor;
use crate::no_proxy::entry::CidrPolicy;
use crate::options::{CaSource, Format, Options, Verbosity};
use crate::runtime;

/// The kind of value that an option takes, and the function that stores the value.
pub(super) enum Kind {
    /// No value: the option is on or off.
    Switch(fn(&mut Options, bool)),
    /// One of these words.
    Choice(&'static [&'static str], fn(&mut Options, &str)),
    /// Any text; the help text shows the word for the text.
    Text(&'static str, fn(&mut Options, String)),
    /// Names separated by commas, which the function checks; the help text shows the word.
    Names(&'static str, fn(&mut Options, &str) -> Result<()>),
    /// A file, in the environment variable several with colons between them; the help text shows the word. The function
    /// gets the name of the flag or of the variable too.
    Files(&'static str, fn(&mut Options, &str, &str)),
}

/// A row of [`OPTIONS`].
pub(super) struct OptionRow {
    pub(super) name: &'static str,
    pub(super) short: Option<char>,
    pub(super) kind: Kind,
    /// The environment variable that sets the option where no flag does.
    pub(super) variable: Option<&'static str>,
    pub(super) commands: &'static [Command],
    pub(super) help: &'static str,
}

/// Every option, in the order of the help text.
#[rustfmt::skip]
pub(super) const OPTIONS: &[OptionRow] = &[
    OptionRow { name: "export", short: None, kind: Kind::Switch(|o, on| o.export = on), variable: None, commands: &[Setup],
        help: "print shell code for eval that sets the variables" },
    OptionRow { name: "setup", short: None, kind: Kind::Switch(|o, on| o.setup = on), variable: None, commands: &[Exec],
        help: "write docker's and git's config first" },
    OptionRow { name: "format", short: None, kind: Kind::Choice(&["sh", "pwsh", "dotenv", "json", "driver-opts", "build-args"], set_format), variable: None, commands: &[Setup, Env],
        help: "how to print the variables; see jobproxy help env" },
    OptionRow { name: "format", short: None, kind: Kind::Choice(&["text", "json"], set_format), variable: None, commands: &[Explain, Doctor],
        help: "how to print: lines for people, or an array of objects" },
    OptionRow { name: "client", short: None, kind: Kind::Text("NAME[@VERSION],...|all", |o, text| o.client = text), variable: None, commands: &[Explain],
        help: "the clients to explain; a name without a version means the newest; --clients lists all" },
    OptionRow { name: "clients", short: None, kind: Kind::Switch(|o, on| o.clients = on), variable: None, commands: &[Explain],
        help: "list every client that was measured" },
    OptionRow { name: "no-proxy", short: None, kind: Kind::Text("LIST", |o, text| o.no_proxy = Some(text)), variable: None, commands: &[Explain],
        help: "use this list instead of NO_PROXY" },
    OptionRow { name: "proxy", short: None, kind: Kind::Text("URL", |o, text| o.proxy = Some(text)), variable: None, commands: &[Explain],
        help: "use this proxy instead of HTTP_PROXY and HTTPS_PROXY" },
    OptionRow { name: "raw", short: None, kind: Kind::Switch(|o, on| o.raw = on), variable: None, commands: &[Explain],
        help: "explain the current environment, before setup changes it" },
    OptionRow { name: "no-files", short: None, kind: Kind::Switch(|o, on| o.no_files = on), variable: None, commands: &[Explain],
        help: "ignore configuration files that override the environment: .gitconfig, .curlrc, .wgetrc, .npmrc, pip.conf, apt.conf" },
    OptionRow { name: "strict", short: None, kind: Kind::Switch(|o, on| o.strict = on), variable: None, commands: &[Explain],
        help: "exit with status 1 when clients disagree about a URL" },
    OptionRow { name: "connect", short: None, kind: Kind::Switch(|o, on| o.connect = on), variable: None, commands: &[Doctor],
        help: "connect to each proxy, and to the GitLab server as git would (at most 3 seconds each)" },
    OptionRow { name: "ignore", short: None, kind: Kind::Names("NAME[,...]", ignore), variable: None, commands: &[Doctor],
        help: "leave out findings by the names at the end of their lines; can be repeated" },
    OptionRow { name: "dry-run", short: Some('n'), kind: Kind::Switch(|o, on| o.dry_run = on), variable: Some("JOBPROXY_DRY_RUN"), commands: &[Setup, Exec, Undo],
        help: "show what would change in each file; write nothing" },
    OptionRow { name: "no-docker", short: None, kind: Kind::Switch(|o, on| o.no_docker = on), variable: Some("JOBPROXY_NO_DOCKER"), commands: &[Setup, Exec, Undo, Doctor],
        help: "do not write docker's config.json" },
    OptionRow { name: "no-git", short: None, kind: Kind::Switch(|o, on| o.no_git = on), variable: Some("JOBPROXY_NO_GIT"), commands: &[Setup, Exec, Undo, Doctor],
        help: "do not write git's config" },
    OptionRow { name: "gitlab-env", short: None, kind: Kind::Switch(|o, on| o.gitlab_env = on), variable: Some("JOBPROXY_GITLAB_ENV"), commands: &[Setup, Exec],
        help: "also write the variables to $GITLAB_ENV, for later stages and after_script" },
    OptionRow { name: "private", short: None, kind: Kind::Switch(|o, on| o.private = Some(on)), variable: Some("JOBPROXY_PRIVATE"), commands: &[Setup, Exec],
        help: "give docker and git config files of this job alone (the default where jobs share HOME)" },
    OptionRow { name: "add", short: None, kind: Kind::Text("HOST[:PORT][,...]", |o, text| o.add = text), variable: Some("JOBPROXY_ADD"), commands: &[Setup, Env, Exec, Explain, Undo, Doctor],
        help: "more entries for NO_PROXY" },
    OptionRow { name: "cidr", short: None, kind: Kind::Choice(&["strip", "keep", "expand"], |o, word| o.cidr = match word { "keep" => CidrPolicy::Keep, "expand" => CidrPolicy::Expand, _ => CidrPolicy::Strip }), variable: Some("JOBPROXY_CIDR"), commands: &[Setup, Env, Exec, Explain, Undo, Doctor],
        help: "IPv4 ranges in NO_PROXY: remove (the default), keep, or replace by their addresses" },
    OptionRow { name: "no-services", short: None, kind: Kind::Switch(|o, on| o.no_services = on), variable: Some("JOBPROXY_NO_SERVICES"), commands: &[Setup, Env, Exec, Explain, Undo, Doctor],
        help: "do not add the job's services (from /etc/hosts) to NO_PROXY" },
    OptionRow { name: "for", short: None, kind: Kind::Names("NAME[,...]|all", set_runtimes), variable: Some("JOBPROXY_FOR"), commands: &[Setup, Env, Exec, Explain, Undo, Doctor],
        help: "also set up what reads no proxy variable: java, maven, gradle, node, yarn, bundler, electron" },
    OptionRow { name: "ca", short: None, kind: Kind::Files("FILE", add_ca), variable: Some("JOBPROXY_CA"), commands: &[Setup, Env, Exec, Undo, Doctor],
        help: "trust the CA in this PEM file too; can be repeated (the variable takes FILE[:FILE...])" },
    OptionRow { name: "no-ca", short: None, kind: Kind::Switch(|o, on| if on { o.ca = CaSource::Off }), variable: Some("JOBPROXY_NO_CA"), commands: &[Setup, Env, Exec, Undo, Doctor],
        help: "take no CA, not even those that GitLab and its runner hand out" },
    OptionRow { name: "quiet", short: Some('q'), kind: Kind::Switch(|o, on| set_verbosity(o, on, Verbosity::Quiet)), variable: Some("JOBPROXY_QUIET"), commands: &[Setup, Env, Exec, Undo],
        help: "print errors only" },
    OptionRow { name: "verbose", short: Some('v'), kind: Kind::Switch(|o, on| set_verbosity(o, on, Verbosity::Verbose)), variable: Some("JOBPROXY_VERBOSE"), commands: &[Setup, Env, Exec, Undo],
        help: "print every NO_PROXY entry and what was done with the entry" },
    OptionRow { name: "verbose", short: Some('v'), kind: Kind::Switch(|o, on| set_verbosity(o, on, Verbosity::Verbose)), variable: Some("JOBPROXY_VERBOSE"), commands: &[Doctor],
        help: "print every client and every entry that a finding is about" },
    OptionRow { name: "verbose", short: Some('v'), kind: Kind::Switch(|o, on| set_verbosity(o, on, Verbosity::Verbose)), variable: None, commands: &[Version],
        help: "print the commit, the target and the compiler too" },
    OptionRow { name: "all", short: None, kind: Kind::Switch(|o, on| o.all = on), variable: None, commands: &[Help],
        help: "explain every command" },
];

fn set_format(options: &mut Options, word: &str) {
    options.format = match word {
        "dotenv" => Format::Dotenv,
        "json" => Format::Json,
        "pwsh" => Format::Pwsh,
        "driver-opts" => Format::DriverOpts,
        "build-args" => Format::BuildArgs,
        _ => Format::Plain,
    };
}

/// Reads the names of findings.
fn ignore(options: &mut Options, names: &str) -> Result<()> {
    for name in names.split(',').map(str::trim_ascii).filter(|name| !name.is_empty()) {
        let Some(kind) = doctor::Kind::find(name) else {
            let names = doctor::Kind::ALL.iter().map(|kind| kind.name());
            let nearest = names.min_by_key(|known| strsim::osa_distance(name, known)).unwrap_or_default();
            bail!("there is no finding{}; the nearest name is {nearest}", shown(name));
        };
        options.ignore.push(kind.name());
    }
    Ok(())
}

/// Reads the names of [`runtime::RUNTIMES`].
fn set_runtimes(options: &mut Options, list: &str) -> Result<()> {
    let named: Vec<&str> = list.split(',').map(str::trim_ascii).filter(|name| !name.is_empty()).collect();
    let is_known = |name: &&str| *name == "all" || runtime::NAMES.contains(name);
    let is_chosen = |name: &&str| named.contains(&"all") || named.contains(name);
    if named.is_empty() || !named.iter().all(is_known) {
        bail!("must be all, or a list of {}", runtime::NAMES.join(", "));
    }
    options.runtimes = runtime::NAMES.into_iter().filter(is_chosen).collect();
    Ok(())
}

/// A flag replaces the variable; each further flag adds a file.
fn add_ca(options: &mut Options, source: &str, value: &str) {
    let is_flag = source.starts_with("--");
    match &mut options.ca {
        CaSource::Files(option, files) if is_flag && option == source => files.push(value.into()),
        ca => {
            let files = if is_flag { vec![value.into()] } else { split(value) };
            *ca = CaSource::Files(source.to_owned(), files);
        }
    }
}

/// The files of a list with colons between them.
fn split(list: &str) -> Vec<PathBuf> {
    // Not the name of a file but what should stand in the file: the error says so.
    if list.starts_with("-----BEGIN") {
        return vec![list.into()];
    }
    std::env::split_paths(list).filter(|file| !file.as_os_str().is_empty()).collect()
}

fn set_verbosity(options: &mut Options, on: bool, verbosity: Verbosity) {
    if on {
        options.verbosity = verbosity;
    }
}

impl OptionRow {
    /// Stores a value.
    ///
    /// # Errors
    /// The value is not valid; the error names `source`, which is the flag or the environment variable.
    pub(super) fn set(&self, options: &mut Options, source: &str, value: &str) -> Result<()> {
        match &self.kind {
            Kind::Switch(set) => match value.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => set(options, true),
                "0" | "false" | "no" | "off" => set(options, false),
                _ => bail!("{source} must be 1 or 0"),
            },
            Kind::Choice(words, set) => match words.iter().find(|word| **word == value) {
                Some(word) => set(options, word),
                None => bail!("{source} must be one of {}", words.join(", ")),
            },
            Kind::Text(_, set) => set(options, value.to_owned()),
            Kind::Files(_, set) => set(options, source, value),
            Kind::Names(_, set) => {
                set(options, value).map_err(|error| anyhow::anyhow!("{source}: {error}"))?;
            }
        }
        Ok(())
    }

    /// Returns the option with its value for the help text.
    pub(super) fn head(&self) -> String {
        let short = self.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
        let value = match &self.kind {
            Kind::Switch(_) => String::new(),
            Kind::Choice(words, _) => format!(" {}", words.join("|")),
            Kind::Text(word, _) | Kind::Names(word, _) | Kind::Files(word, _) => format!(" {word}"),
        };
        format!("{short}--{}{value}", self.name)
    }
}

/// The options of a command.
pub(super) fn options_of(command: Command) -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(move |row| row.commands.contains(&command))
}

//! The command line of `jobproxy-host`: one table of commands and one table of options.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use lexopt::{Arg, Parser, ValueExt as _};

use crate::cli::man::{Page, PageCommand, roff};

/// A command of `jobproxy-host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Plan,
    Apply,
    Check,
    Remove,
    HelmValues,
    Help,
    Version,
}

/// The values of the options.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own on the command line
pub struct Options {
    pub proxy: Option<String>,
    pub no_proxy: Option<String>,
    /// Names of runners; empty for all.
    pub runners: Vec<String>,
    /// Major and minor version of gitlab-runner.
    pub runner_version: Option<(u32, u32)>,
    pub binary_dir: String,
    /// Files to install; empty for the `jobproxy` beside this program.
    pub binaries: Vec<PathBuf>,
    pub bridge: String,
    pub listen: Option<String>,
    pub cntlm: bool,
    pub parents: Vec<String>,
    pub user: Option<String>,
    pub domain: Option<String>,
    pub password_file: Option<PathBuf>,
    pub root: PathBuf,
    pub json: bool,
    pub restart: bool,
    /// Names of findings.
    pub ignore: Vec<String>,
    pub image: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            proxy: None,
            no_proxy: None,
            runners: Vec::new(),
            runner_version: None,
            binary_dir: "/opt/jobproxy".to_owned(),
            binaries: Vec::new(),
            bridge: "docker0".to_owned(),
            listen: None,
            cntlm: false,
            parents: Vec::new(),
            user: None,
            domain: None,
            password_file: None,
            root: "/".into(),
            json: false,
            restart: false,
            ignore: Vec::new(),
            image: None,
        }
    }
}

/// Name, command, summary.
type CommandRow = (&'static str, Command, &'static str);

#[rustfmt::skip]
const COMMANDS: &[CommandRow] = &[
    ("plan", Command::Plan, "show what apply would change, change nothing; exit status 0: nothing, 2: something, 1: error"),
    ("apply", Command::Apply, "change the files; print the commands that put the change in force"),
    ("check", Command::Check, "compare files, services and network with what apply wants; exit status 0 only when all is right"),
    ("remove", Command::Remove, "take out what apply added, and nothing else"),
    ("helm-values", Command::HelmValues, "print values for the gitlab-runner Helm chart"),
    ("help", Command::Help, "print this text"),
];

/// The kind of an option, and the function that stores the option.
enum Kind {
    Switch(fn(&mut Options)),
    Text(&'static str, fn(&mut Options, OsString) -> Result<()>),
}

/// Name without dashes, the commands that take the option, kind, help text.
type OptionRow = (&'static str, &'static [Command], Kind, &'static str);

use Command::{Apply, Check, HelmValues, Plan, Remove};
const WANTED: &[Command] = &[Plan, Apply, Check];
const FILES: &[Command] = &[Plan, Apply, Check, Remove];

#[rustfmt::skip]
const OPTIONS: &[OptionRow] = &[
    ("proxy", &[Plan, Apply, Check, HelmValues], Kind::Text("URL", |o, v| text(v, &mut o.proxy)),
        "the proxy, without a password; else HTTP_PROXY and HTTPS_PROXY are read"),
    ("no-proxy", &[Plan, Apply, Check, HelmValues], Kind::Text("LIST", |o, v| text(v, &mut o.no_proxy)),
        "hosts that are reached without the proxy; else NO_PROXY is read"),
    ("runner", WANTED, Kind::Text("NAME|all", |o, v| { o.runners.push(string(v)?); Ok(()) }),
        "a runner of config.toml; may be repeated (default: all)"),
    ("runner-version", &[Plan, Apply, Check, HelmValues], Kind::Text("X.Y", |o, v| { o.runner_version = Some(version_of(&string(v)?)?); Ok(()) }),
        "the version of gitlab-runner, if it is older than 17.0"),
    ("binary-dir", &[Plan, Apply, Check, Remove, HelmValues], Kind::Text("DIR", |o, v| { o.binary_dir = folder(string(v)?)?; Ok(()) }),
        "where the jobproxy binary is kept (default: /opt/jobproxy)"),
    ("binary", WANTED, Kind::Text("FILE", |o, v| { o.binaries.push(v.into()); Ok(()) }),
        "a jobproxy binary to install; may be repeated, one for each architecture (default: the one beside jobproxy-host)"),
    ("cntlm", WANTED, Kind::Switch(|o| o.cntlm = true),
        "set up cntlm on this host as the proxy"),
    ("bridge", WANTED, Kind::Text("NAME", |o, v| { o.bridge = string(v)?; Ok(()) }),
        "the network device whose address cntlm listens on (default: docker0)"),
    ("listen", WANTED, Kind::Text("ADDRESS[:PORT]", |o, v| text(v, &mut o.listen)),
        "the address cntlm listens on, instead of that of --bridge (default port: 3128)"),
    ("parent", WANTED, Kind::Text("HOST:PORT", |o, v| { o.parents.push(string(v)?); Ok(()) }),
        "the company's proxy behind cntlm; may be repeated"),
    ("user", WANTED, Kind::Text("NAME", |o, v| text(v, &mut o.user)), "the user at that proxy"),
    ("domain", WANTED, Kind::Text("NAME", |o, v| text(v, &mut o.domain)), "the user's Windows domain"),
    ("password-file", WANTED, Kind::Text("FILE", |o, v| { o.password_file = Some(v.into()); Ok(()) }),
        "the user's password, in a file that only its owner can read; without it, and without a hash in cntlm.conf, it is asked for"),
    ("restart", &[Apply, Remove], Kind::Switch(|o| o.restart = true),
        "wait until the runner has no job left, then restart the services whose files changed"),
    ("root", FILES, Kind::Text("DIR", |o, v| { o.root = PathBuf::from(v); Ok(()) }),
        "work on the files below DIR: an image, a package, a test"),
    ("json", FILES, Kind::Switch(|o| o.json = true), "print one JSON object"),
    ("ignore", &[Apply, Check], Kind::Text("FINDING", |o, v| { o.ignore.push(string(v)?); Ok(()) }),
        "do not fail because of this finding; may be repeated"),
    ("image", &[HelmValues], Kind::Text("IMAGE", |o, v| text(v, &mut o.image)),
        "an image that holds /jobproxy"),
];

/// Parses the arguments after the name of the program.
///
/// # Errors
/// The usage is wrong. The error never quotes an argument, since an argument may be a URL with a password.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Command, Options)> {
    let mut parser = Parser::from_args(arguments);
    let (mut command, mut options, mut given) = (None, Options::default(), Vec::new());
    while let Some(argument) =
        parser.next().map_err(|_| anyhow!("an option takes no value, or is not UTF-8"))?
    {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok((Command::Help, options)),
            Arg::Short('V') | Arg::Long("version") => return Ok((Command::Version, options)),
            Arg::Long(name) => {
                let row = OPTIONS.iter().find(|row| row.0 == name);
                let row = row.ok_or_else(|| anyhow!("there is no such option"))?;
                match row.2 {
                    Kind::Switch(set) => set(&mut options),
                    Kind::Text(_, set) => {
                        let value = parser.value().map_err(|_| anyhow!("--{} needs a value", row.0))?;
                        set(&mut options, value).with_context(|| format!("--{}", row.0))?;
                    }
                }
                given.push(row);
            }
            Arg::Value(word) if command.is_none() => {
                let row = COMMANDS.iter().find(|row| word == row.0);
                command = Some(row.ok_or_else(|| anyhow!("there is no such command"))?);
            }
            Arg::Short(_) => bail!("there is no such option"),
            Arg::Value(_) => bail!("too many words; an option's value follows the option"),
        }
    }
    let Some(&(name, command, _)) = command else { return Ok((Command::Help, options)) };
    if let Some(row) = given.iter().find(|row| !row.1.contains(&command)) {
        bail!("--{} does not go with {name}", row.0);
    }
    Ok((command, options))
}

fn string(value: OsString) -> Result<String> {
    value.string().map_err(|_| anyhow!("not UTF-8"))
}

fn text(value: OsString, slot: &mut Option<String>) -> Result<()> {
    *slot = Some(string(value)?);
    Ok(())
}

fn version_of(text: &str) -> Result<(u32, u32)> {
    let mut numbers = text.trim_start_matches('v').split('.').map(|number| number.parse().ok());
    match (numbers.next().flatten(), numbers.next().unwrap_or(Some(0))) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => bail!("is no version; write for example 15.7"),
    }
}

/// Checks a folder. The folder becomes part of a shell script, of TOML and of a volume, so no character may have a
/// meaning in any of these.
fn folder(text: String) -> Result<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    ensure!(
        plain && text.starts_with('/') && text.len() > 1 && !text.ends_with('/'),
        "must be an absolute path of letters, digits and /._- without a / at its end"
    );
    Ok(text)
}

/// Returns the help text.
pub fn help() -> String {
    let mut text = format!("{}\nUsage: jobproxy-host COMMAND [OPTIONS]\n\nCommands:\n", version());
    for (name, _, summary) in COMMANDS {
        text.push_str(&format!("  {name:<12} {summary}\n"));
    }
    text.push_str("\nOptions:\n");
    for (name, commands, kind, summary) in OPTIONS {
        let value = if let Kind::Text(word, _) = kind { format!(" {word}") } else { String::new() };
        let names = COMMANDS.iter().filter(|row| commands.contains(&row.1)).map(|row| row.0);
        let names = names.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("  --{name}{value}  ({names})\n        {summary}\n"));
    }
    text
}

/// Returns the manual page `jobproxy-host(1)`. `date`: the date of the release (YYYY-MM-DD).
#[must_use]
pub fn man_page(date: &str) -> String {
    let options = |command: Command| {
        let of_command = OPTIONS.iter().filter(move |row| row.1.contains(&command));
        of_command.map(|(name, _, kind, summary)| {
            let value = if let Kind::Text(word, _) = kind { format!(" {word}") } else { String::new() };
            (format!("--{name}{value}"), (*summary).to_owned())
        })
    };
    let command = |&(name, command, summary): &CommandRow| {
        let options: Vec<_> = options(command).collect();
        let usage = if options.is_empty() { name.to_owned() } else { format!("{name} [OPTIONS]") };
        PageCommand { usage, summary, details: "", options }
    };
    let page = Page {
        name: "jobproxy-host",
        summary: "sets up the host of a GitLab runner behind a corporate proxy",
        description: DESCRIPTION,
        commands: COMMANDS.iter().map(command).collect(),
        sections: vec![("ENVIRONMENT", VARIABLES), ("EXIT STATUS", EXIT_STATUS), ("SEE ALSO", "jobproxy(1)")],
    };
    roff(&page, date)
}

const DESCRIPTION: &str =
    "Edits the files of the host that know the proxy: systemd drop-ins of docker and gitlab-runner,
daemon.json, cntlm.conf and config.toml. Nothing is restarted unless --restart says so.";

const VARIABLES: &str = "  HTTP_PROXY, HTTPS_PROXY, NO_PROXY
                  the proxy and its exceptions, where --proxy and --no-proxy are not given";

const EXIT_STATUS: &str =
    "0 done, or nothing to do; 1 an error, or a finding of check. plan: 2 when something would change.";

/// Returns name and version, in one line.
pub fn version() -> String {
    format!("jobproxy-host {}\n", env!("CARGO_PKG_VERSION"))
}

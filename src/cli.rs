//! The command line: one table of commands and one of options. Parsing, help and completions all come from them.

use std::ffi::OsString;

mod completions;
mod help;

use anyhow::{Result, bail};
use lexopt::{Arg, Parser};

pub use completions::completions;
pub use help::{help, version};

use crate::environment::Named;
use crate::no_proxy::entry::CidrPolicy;
use crate::report::Verbosity;

/// What is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// Write the configs; the default.
    #[default]
    Setup,
    /// Print the variables.
    Env,
    /// Become another program.
    Exec,
    /// Say what clients do with an address.
    Explain,
    /// Say what is wrong.
    Doctor,
    /// Take back what `setup` wrote.
    Undo,
    /// Print a help text.
    Help,
    /// Print the version.
    Version,
    /// Print a shell's completions.
    Completions,
}

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Shell code, or lines for people.
    #[default]
    Plain,
    /// Bare lines.
    Dotenv,
    /// JSON: one object of variables, or an array of answers or findings.
    Json,
}

/// A shell that completions are made for.
pub const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// Everything a command may be told.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own on the command line
pub struct Options {
    /// Print shell code as well.
    pub export: bool,
    /// Show what would change, write nothing.
    pub dry_run: bool,
    /// Leave docker's config alone.
    pub no_docker: bool,
    /// Leave git's config alone.
    pub no_git: bool,
    /// Write the file that GITLAB_ENV names.
    pub gitlab_env: bool,
    /// Set up before the program starts.
    pub setup: bool,
    /// More entries for NO_PROXY.
    pub add: String,
    /// What becomes of IPv4 ranges.
    pub cidr: CidrPolicy,
    /// How much is said.
    pub verbosity: Verbosity,
    /// How the result is printed.
    pub format: Format,
    /// Java's options are among the variables.
    pub java: bool,
    /// Node's switch is among the variables.
    pub node: bool,
    /// The clients to explain; empty for those that a job most likely runs.
    pub client: String,
    /// Only list the clients.
    pub clients: bool,
    /// Stands in for NO_PROXY.
    pub no_proxy: Option<String>,
    /// Stands in for the proxy variables.
    pub proxy: Option<String>,
    /// The environment as it is, not as `setup` would leave it.
    pub raw: bool,
    /// Fail when clients disagree.
    pub strict: bool,
    /// Try the proxies.
    pub connect: bool,
    /// What follows the options: a program with its arguments, or the subject of help and completions.
    pub arguments: Vec<OsString>,
}

/// A row of the table of commands.
pub struct CommandRow {
    /// What it does.
    pub command: Command,
    /// As it is typed.
    pub name: &'static str,
    /// What may follow its options.
    pub operands: &'static str,
    /// In a few words.
    pub summary: &'static str,
    /// The whole help text below the summary.
    pub details: &'static str,
}

/// Every command, in the order of the help text.
#[rustfmt::skip]
pub const COMMANDS: &[CommandRow] = &[
    CommandRow { command: Command::Setup, name: "setup", operands: "", summary: "write docker's and git's config (this is the default)", details:
"Reads HTTP_PROXY, HTTPS_PROXY, NO_PROXY, ALL_PROXY and FTP_PROXY in both letter cases, writes docker's\n\
config.json and git's global config and says on standard error what it did. In a job:\n\n    eval \"$(jobproxy setup --export)\"" },
    CommandRow { command: Command::Env, name: "env", operands: "", summary: "print the variables and touch no file", details:
"Prints what `setup --export` would export: every variable in both letter cases, NO_PROXY normalized." },
    CommandRow { command: Command::Exec, name: "exec", operands: "-- COMMAND [ARG...]", summary: "set the variables, then become COMMAND", details:
"COMMAND replaces jobproxy: signals, standard input, process id and exit status are its own.\n\
Exit status 127: COMMAND was not found; 126: it cannot be executed." },
    CommandRow { command: Explain, name: "explain", operands: "[URL...]", summary: "say which programs will use the proxy for an address, and why", details:
"Explains the environment as `setup` would leave it; with --raw as it is. Without a URL it takes the job's own\n\
addresses: CI_SERVER_URL, CI_API_V4_URL, CI_REGISTRY, DOCKER_HOST. A lone - reads URLs from standard input.\n\
Exit status: 0, or 1 with --strict when clients disagree about a URL." },
    CommandRow { command: Doctor, name: "doctor", operands: "", summary: "say what is wrong with this job's proxy settings", details:
"Looks at the environment as it is, at docker's and git's config and at the programs on PATH. Touches no file, and\n\
opens no connection without --connect. Exit status: 0 when nothing will fail, 1 when something will." },
    CommandRow { command: Undo, name: "undo", operands: "", summary: "take back what setup wrote, where a home outlives its job", details:
"Removes the proxies from docker's and git's config where they are still what `setup` would write, and files that\n\
it made. A value that somebody else has set stays. Needs the same variables and options as `setup` had." },
    CommandRow { command: Command::Completions, name: "completions", operands: "bash|zsh|fish", summary: "print completions for a shell", details:
"For example: jobproxy completions bash > /etc/bash_completion.d/jobproxy" },
    CommandRow { command: Command::Help, name: "help", operands: "[COMMAND]", summary: "explain a command", details: "" },
];

/// What an option takes, and what it does with that.
enum Kind {
    /// Nothing; it is on or off.
    Switch(fn(&mut Options, bool)),
    /// One of these words.
    Choice(&'static [&'static str], fn(&mut Options, &str)),
    /// Anything; the word stands for it in the help text.
    Text(&'static str, fn(&mut Options, String)),
}

/// A row of the table of options.
struct OptionRow {
    name: &'static str,
    short: Option<char>,
    kind: Kind,
    /// The variable that sets it where no flag does.
    twin: Option<&'static str>,
    commands: &'static [Command],
    help: &'static str,
}

use Command::{Doctor, Env, Exec, Explain, Setup, Undo};
#[rustfmt::skip]
const OPTIONS: &[OptionRow] = &[
    OptionRow { name: "export", short: None, kind: Kind::Switch(|o, on| o.export = on), twin: None, commands: &[Setup],
        help: "print shell code for eval that sets the variables" },
    OptionRow { name: "setup", short: None, kind: Kind::Switch(|o, on| o.setup = on), twin: None, commands: &[Exec],
        help: "write docker's and git's config first" },
    OptionRow { name: "format", short: None, kind: Kind::Choice(&["sh", "dotenv", "json"], set_format), twin: None, commands: &[Env],
        help: "how to print: shell code, bare NAME=value lines, or one object" },
    OptionRow { name: "format", short: None, kind: Kind::Choice(&["text", "json"], set_format), twin: None, commands: &[Explain, Doctor],
        help: "how to print: lines for people, or an array of objects" },
    OptionRow { name: "client", short: None, kind: Kind::Text("NAME[@VERSION],...|all", |o, text| o.client = text), twin: None, commands: &[Explain],
        help: "the clients to explain, a bare name for its newest version; --clients lists them" },
    OptionRow { name: "clients", short: None, kind: Kind::Switch(|o, on| o.clients = on), twin: None, commands: &[Explain],
        help: "list every client that was measured" },
    OptionRow { name: "no-proxy", short: None, kind: Kind::Text("LIST", |o, text| o.no_proxy = Some(text)), twin: None, commands: &[Explain],
        help: "take this list instead of NO_PROXY" },
    OptionRow { name: "proxy", short: None, kind: Kind::Text("URL", |o, text| o.proxy = Some(text)), twin: None, commands: &[Explain],
        help: "take this proxy instead of HTTP_PROXY and HTTPS_PROXY" },
    OptionRow { name: "raw", short: None, kind: Kind::Switch(|o, on| o.raw = on), twin: None, commands: &[Explain],
        help: "explain the environment as it is, without what setup would mend" },
    OptionRow { name: "strict", short: None, kind: Kind::Switch(|o, on| o.strict = on), twin: None, commands: &[Explain],
        help: "exit with status 1 when clients disagree about a URL" },
    OptionRow { name: "connect", short: None, kind: Kind::Switch(|o, on| o.connect = on), twin: None, commands: &[Doctor],
        help: "connect to each proxy, and through it to the GitLab server (3 seconds each)" },
    OptionRow { name: "dry-run", short: Some('n'), kind: Kind::Switch(|o, on| o.dry_run = on), twin: Some("JOBPROXY_DRY_RUN"), commands: &[Setup, Exec, Undo],
        help: "show what would change in each file, write nothing" },
    OptionRow { name: "no-docker", short: None, kind: Kind::Switch(|o, on| o.no_docker = on), twin: Some("JOBPROXY_NO_DOCKER"), commands: &[Setup, Exec, Undo],
        help: "leave docker's config.json alone" },
    OptionRow { name: "no-git", short: None, kind: Kind::Switch(|o, on| o.no_git = on), twin: Some("JOBPROXY_NO_GIT"), commands: &[Setup, Exec, Undo],
        help: "leave git's config alone" },
    OptionRow { name: "gitlab-env", short: None, kind: Kind::Switch(|o, on| o.gitlab_env = on), twin: Some("JOBPROXY_GITLAB_ENV"), commands: &[Setup, Exec],
        help: "write the variables to $GITLAB_ENV too, for later stages and after_script" },
    OptionRow { name: "add", short: None, kind: Kind::Text("HOST[:PORT][,...]", |o, text| o.add = text), twin: Some("JOBPROXY_ADD"), commands: &[Setup, Env, Exec, Explain, Undo],
        help: "more entries for NO_PROXY" },
    OptionRow { name: "cidr", short: None, kind: Kind::Choice(&["strip", "keep", "expand"], |o, word| o.cidr = match word { "keep" => CidrPolicy::Keep, "expand" => CidrPolicy::Expand, _ => CidrPolicy::Strip }), twin: Some("JOBPROXY_CIDR"), commands: &[Setup, Env, Exec, Explain, Undo],
        help: "IPv4 ranges in NO_PROXY: remove (the default), keep, or replace by their addresses" },
    OptionRow { name: "java", short: None, kind: Kind::Switch(|o, on| o.java = on), twin: Some("JOBPROXY_JAVA"), commands: &[Setup, Env, Exec],
        help: "export JAVA_TOOL_OPTIONS too, since Java reads no proxy variable" },
    OptionRow { name: "node", short: None, kind: Kind::Switch(|o, on| o.node = on), twin: Some("JOBPROXY_NODE"), commands: &[Setup, Env, Exec],
        help: "export NODE_USE_ENV_PROXY=1 too, by which Node 24 and newer read the variables" },
    OptionRow { name: "quiet", short: Some('q'), kind: Kind::Switch(|o, on| set_verbosity(o, on, Verbosity::Quiet)), twin: Some("JOBPROXY_QUIET"), commands: &[Setup, Env, Exec, Undo],
        help: "print errors only" },
    OptionRow { name: "verbose", short: Some('v'), kind: Kind::Switch(|o, on| set_verbosity(o, on, Verbosity::Verbose)), twin: Some("JOBPROXY_VERBOSE"), commands: &[Setup, Env, Exec, Undo],
        help: "print every NO_PROXY entry and what became of it" },
];

fn set_format(options: &mut Options, word: &str) {
    options.format = match word {
        "dotenv" => Format::Dotenv,
        "json" => Format::Json,
        _ => Format::Plain,
    };
}

fn set_verbosity(options: &mut Options, on: bool, verbosity: Verbosity) {
    if on {
        options.verbosity = verbosity;
    }
}

/// A command line, understood.
#[derive(Debug)]
pub struct Invocation {
    /// What is to be done.
    pub command: Command,
    /// How.
    pub options: Options,
}

/// Understands the arguments after the program's name, and the options' twins in the environment. A flag beats
/// its twin.
///
/// # Errors
/// Wrong usage, in words that never quote an argument: it may be an address with a password.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, twins: &Named<String>) -> Result<Invocation> {
    let mut parser = Parser::from_args(arguments);
    let (mut command, mut flags, mut operands) = (None, Vec::new(), Vec::new());
    while let Some(argument) = next(&mut parser)? {
        match argument {
            Argument::Help => return Ok(special(Command::Help, command)),
            Argument::Version => return Ok(special(Command::Version, None)),
            Argument::Flag(row) => {
                let value = match row.kind {
                    Kind::Switch(_) => None,
                    _ => Some(text(row, parser.value())?),
                };
                flags.push((row, value));
            }
            Argument::Operand(word) => match command {
                None => command = Some(named(&word)?),
                Some(Exec) => {
                    operands.push(word);
                    operands.extend(parser.raw_args().into_iter().flatten());
                }
                Some(_) => operands.push(word),
            },
        }
    }
    let command = command.unwrap_or_default();
    let mut options = Options { arguments: operands, ..Options::default() };
    for row in options_of(command) {
        let Some((name, value)) = twins.iter().find(|(name, _)| row.twin == Some(name)) else { continue };
        match value.trim_ascii() {
            "" => {}
            value => row.set(&mut options, name, value)?,
        }
    }
    for (flag, value) in flags {
        let name = format!("--{}", flag.name);
        let Some(row) = options_of(command).find(|row| row.name == flag.name) else {
            bail!("{name} does not go with {}", row_of(command).map_or("this", |row| row.name));
        };
        row.set(&mut options, &name, &value.unwrap_or_else(|| "1".to_owned()))?;
    }
    check_operands(command, &options)?;
    Ok(Invocation { command, options })
}

enum Argument {
    Help,
    Version,
    Flag(&'static OptionRow),
    Operand(OsString),
}

fn next(parser: &mut Parser) -> Result<Option<Argument>> {
    let find = |name: &str, is: &dyn Fn(&OptionRow) -> bool| match OPTIONS.iter().find(|row| is(row)) {
        Some(row) => Ok(Argument::Flag(row)),
        None => bail!("there is no option{}", shown(name)),
    };
    Ok(Some(match parser.next() {
        Ok(None) => return Ok(None),
        Ok(Some(Arg::Short('h') | Arg::Long("help"))) => Argument::Help,
        Ok(Some(Arg::Short('V') | Arg::Long("version"))) => Argument::Version,
        Ok(Some(Arg::Value(word))) => Argument::Operand(word),
        Ok(Some(Arg::Long(name))) => find(&format!("--{name}"), &|row| row.name == name)?,
        Ok(Some(Arg::Short(letter))) => find(&format!("-{letter}"), &|row| row.short == Some(letter))?,
        Err(lexopt::Error::UnexpectedValue { option, .. }) => bail!("{option} takes no value"),
        Err(_) => bail!("there is an option that is not UTF-8"),
    }))
}

fn text(row: &OptionRow, value: Result<OsString, lexopt::Error>) -> Result<String> {
    match value.map(OsString::into_string) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(_)) => bail!("--{}: not UTF-8", row.name),
        Err(_) => bail!("--{} needs a value", row.name),
    }
}

fn named(word: &OsString) -> Result<Command> {
    match COMMANDS.iter().find(|row| word == row.name) {
        Some(row) => Ok(row.command),
        None => bail!("there is no command{}", shown(&word.to_string_lossy())),
    }
}

/// A word as it was typed, when it is so plain that it cannot be an address.
fn shown(word: &str) -> String {
    let plain = word.len() < 20 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if plain { format!(" '{word}'") } else { " of that name".to_owned() }
}

fn special(command: Command, subject: Option<Command>) -> Invocation {
    let arguments = subject.and_then(row_of).map(|row| row.name.into()).into_iter().collect();
    Invocation { command, options: Options { arguments, ..Options::default() } }
}

fn row_of(command: Command) -> Option<&'static CommandRow> {
    COMMANDS.iter().find(|row| row.command == command)
}

fn check_operands(command: Command, options: &Options) -> Result<()> {
    let words = &options.arguments;
    match command {
        Exec if words.is_empty() => bail!("exec needs a COMMAND after --"),
        Command::Completions if words.len() != 1 || !SHELLS.iter().any(|shell| words[0] == *shell) => {
            bail!("completions needs one of {}", SHELLS.join(", "))
        }
        Command::Help if words.len() > 1 => bail!("help explains one command at a time"),
        Command::Help => words.iter().try_for_each(|word| named(word).map(|_| ())),
        Setup | Env | Doctor | Undo if !words.is_empty() => {
            bail!("{} takes options only", row_of(command).map_or("", |row| row.name))
        }
        _ => Ok(()),
    }
}

impl OptionRow {
    /// `source` is the flag or the variable, for the error.
    fn set(&self, options: &mut Options, source: &str, value: &str) -> Result<()> {
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
        }
        Ok(())
    }

    fn head(&self) -> String {
        let short = self.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
        let value = match &self.kind {
            Kind::Switch(_) => String::new(),
            Kind::Choice(words, _) => format!(" {}", words.join("|")),
            Kind::Text(word, _) => format!(" {word}"),
        };
        format!("{short}--{}{value}", self.name)
    }
}

fn options_of(command: Command) -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(move |row| row.commands.contains(&command))
}

//! The command line. The tables [`COMMANDS`] and `OPTIONS` are the single source of parsing, help and completions.

use std::ffi::OsString;

use anyhow::{Error, Result, bail};
use lexopt::{Arg, Parser};

mod command;
mod completions;
mod help;
pub mod man;
mod option;

pub use command::{COMMANDS, Command, CommandRow};
pub use completions::{SHELLS, completions};
pub use help::{help, help_of_all, man_page, version, version_in_detail};

use crate::environment::Named;
use crate::options::Options;
use option::{Kind, OPTIONS, OptionRow, options_of};

/// A parsed command line.
#[derive(Debug)]
pub struct Invocation {
    /// The command.
    pub command: Command,
    /// The values of the command's options.
    pub options: Options,
    /// Errors in the environment variables of options. `exec` reports the errors and still starts COMMAND.
    pub problems: Vec<Error>,
}

/// Parses the arguments after the program's name, and the environment variables of the options (`variables`). A flag
/// overrides the environment variable.
///
/// # Errors
/// Wrong usage. The error never quotes an argument, since an argument may be a URL with a password.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, variables: &Named<String>) -> Result<Invocation> {
    let mut parser = Parser::from_args(arguments);
    let (mut command, mut flags, mut operands) = (None, Vec::new(), Vec::new());
    while let Some(argument) = next(&mut parser)? {
        match argument {
            Argument::Help => return Ok(without_options(Command::Help, command)),
            Argument::Version => command = Some(Command::Version),
            Argument::Flag(row) => {
                let value = match row.kind {
                    Kind::Switch(_) => None,
                    _ => Some(value_of(row, parser.value())?),
                };
                flags.push((row, value));
            }
            Argument::Operand(word) => match command {
                None => command = Some(command_named(&word)?),
                Some(Command::Exec) => {
                    operands.push(word);
                    operands.extend(parser.raw_args().into_iter().flatten());
                }
                Some(_) => operands.push(word),
            },
        }
    }
    let command = command.unwrap_or_default();
    let mut options = Options { arguments: operands, ..Options::default() };
    let mut problems = Vec::new();
    for row in options_of(command) {
        let Some((name, value)) = variables.iter().find(|(name, _)| row.variable == Some(name)) else {
            continue;
        };
        let set = Some(value.trim_ascii())
            .filter(|value| !value.is_empty())
            .map(|value| row.set(&mut options, name, value));
        match set {
            // `exec` starts COMMAND even where the value of an option is wrong.
            Some(Err(error)) if command == Command::Exec => problems.push(error),
            set => set.unwrap_or(Ok(()))?,
        }
    }
    for (flag, value) in flags {
        let name = format!("--{}", flag.name);
        let Some(row) = options_of(command).find(|row| row.name == flag.name) else {
            bail!("{name} is not an option of {}", command.row().map_or("--version", |row| row.name));
        };
        row.set(&mut options, &name, &value.unwrap_or_else(|| "1".to_owned()))?;
    }
    check_operands(command, &options)?;
    Ok(Invocation { command, options, problems })
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

fn value_of(row: &OptionRow, value: Result<OsString, lexopt::Error>) -> Result<String> {
    match value.map(OsString::into_string) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(_)) => bail!("--{}: not UTF-8", row.name),
        Err(_) => bail!("--{} needs a value", row.name),
    }
}

fn command_named(word: &OsString) -> Result<Command> {
    match COMMANDS.iter().find(|row| word == row.name) {
        Some(row) => Ok(row.command),
        None => bail!("there is no command{}", shown(&word.to_string_lossy())),
    }
}

/// Returns the word in quotes for an error; ` of that name` where the word may be a URL with a password.
pub(super) fn shown(word: &str) -> String {
    let plain = word.len() < 20 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if plain { format!(" '{word}'") } else { " of that name".to_owned() }
}

fn without_options(command: Command, subject: Option<Command>) -> Invocation {
    let arguments = subject.and_then(Command::row).map(|row| row.name.into()).into_iter().collect();
    Invocation { command, options: Options { arguments, ..Options::default() }, problems: Vec::new() }
}

fn check_operands(command: Command, options: &Options) -> Result<()> {
    let words = &options.arguments;
    match command {
        Command::Exec if words.is_empty() => bail!("exec needs a COMMAND after --"),
        Command::Install if words.len() != 1 => bail!("install needs one DIR"),
        Command::Completions if words.len() != 1 || !SHELLS.iter().any(|shell| words[0] == *shell) => {
            bail!("completions needs one of {}", SHELLS.join(", "))
        }
        Command::Help if words.len() > 1 => bail!("help explains one command at a time"),
        Command::Help if options.all && !words.is_empty() => bail!("help takes a command or --all, not both"),
        Command::Version if !words.is_empty() => bail!("--version takes options only"),
        Command::Help => words.iter().try_for_each(|word| command_named(word).map(|_| ())),
        Command::Setup | Command::Env | Command::Doctor | Command::Undo if !words.is_empty() => {
            bail!("{} takes options only", command.row().map_or("", |row| row.name))
        }
        _ => Ok(()),
    }
}

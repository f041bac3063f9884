//! The table of commands.

/// A command of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// Writes docker's and git's config; the default.
    #[default]
    Setup,
    /// Prints the variables.
    Env,
    /// Sets the variables and becomes another program.
    Exec,
    /// Predicts what clients do with a URL.
    Explain,
    /// Reports what is wrong.
    Doctor,
    /// Removes what `setup` wrote.
    Undo,
    /// Copies the program into a folder.
    Install,
    /// Prints a help text.
    Help,
    /// Prints the version.
    Version,
    /// Prints a shell's completions.
    Completions,
}

/// A row of [`COMMANDS`].
pub struct CommandRow {
    /// The command.
    pub command: Command,
    /// The word on the command line.
    pub name: &'static str,
    /// The words that may follow the options, as the usage line shows them.
    pub operands: &'static str,
    /// A summary for the overview.
    pub summary: &'static str,
    /// The help text below the summary.
    pub details: &'static str,
}

/// Every command, in the order of the help text.
#[rustfmt::skip]
pub const COMMANDS: &[CommandRow] = &[
    CommandRow { command: Command::Setup, name: "setup", operands: "",
        summary: "write docker's and git's config (the default)", details: include_str!("help/setup.txt") },
    CommandRow { command: Command::Env, name: "env", operands: "",
        summary: "print the variables, change no file", details: include_str!("help/env.txt") },
    CommandRow { command: Command::Exec, name: "exec", operands: "-- COMMAND [ARG...]",
        summary: "set the variables, then become COMMAND", details: include_str!("help/exec.txt") },
    CommandRow { command: Command::Explain, name: "explain", operands: "[URL...]",
        summary: "predict which programs will use the proxy for a URL, and why", details: include_str!("help/explain.txt") },
    CommandRow { command: Command::Doctor, name: "doctor", operands: "",
        summary: "report what is wrong with this job's proxy settings", details: include_str!("help/doctor.txt") },
    CommandRow { command: Command::Undo, name: "undo", operands: "",
        summary: "remove what setup wrote (for a HOME that is kept between jobs)", details: include_str!("help/undo.txt") },
    CommandRow { command: Command::Install, name: "install", operands: "DIR",
        summary: "copy jobproxy into a folder (for an image without cp)", details: include_str!("help/install.txt") },
    CommandRow { command: Command::Completions, name: "completions", operands: "bash|zsh|fish",
        summary: "print completions for a shell", details: include_str!("help/completions.txt") },
    CommandRow { command: Command::Help, name: "help", operands: "[COMMAND]",
        summary: "explain a command", details: "" },
];

impl Command {
    /// The command's row; `None` for `--version`, which is no word.
    #[must_use]
    pub fn row(self) -> Option<&'static CommandRow> {
        COMMANDS.iter().find(|row| row.command == self)
    }
}

//! Completion scripts, made from the tables.

use super::option::{Kind, OptionRow, options_of};
use super::{COMMANDS, Command};

/// The shells that have completions.
pub const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// A completion script for one of [`SHELLS`].
#[must_use]
pub fn completions(shell: &str) -> String {
    match shell {
        "fish" => fish(),
        // zsh reads bash's completions after bashcompinit.
        "zsh" => format!("#compdef jobproxy\nautoload -U +X bashcompinit && bashcompinit\n{}", bash()),
        _ => bash(),
    }
}

fn fish() -> String {
    let quoted = |text: &str| text.replace('\'', r"\'");
    let mut text = String::from("complete -c jobproxy -f\n");
    for row in COMMANDS {
        let (name, summary) = (row.name, quoted(row.summary));
        text.push_str(&format!("complete -c jobproxy -n __fish_use_subcommand -a {name} -d '{summary}'\n"));
        for option in options_of(row.command) {
            let words = match &option.kind {
                Kind::Switch(_) => String::new(),
                Kind::Choice(words, _) => format!(" -x -a '{}'", words.join(" ")),
                Kind::Text(..) | Kind::Names(..) => " -x".to_owned(),
                Kind::Files(..) => " -r -F".to_owned(),
            };
            let (long, help) = (option.name, quoted(option.help));
            text.push_str(&format!(
                "complete -c jobproxy -n '__fish_seen_subcommand_from {name}' -l {long}{words} -d '{help}'\n"
            ));
        }
    }
    text
}

fn bash() -> String {
    let commands = COMMANDS.iter().map(|row| row.name).collect::<Vec<_>>().join(" ");
    let shells = SHELLS.join(" ");
    let mut text = String::from(
        "_jobproxy() {\n  local current=${COMP_WORDS[COMP_CWORD]} words\n  case ${COMP_WORDS[1]} in\n",
    );
    // The words after `exec --` are a command and its arguments, which are completed as files.
    text.push_str(
        "    exec) case \" ${COMP_WORDS[*]:2:COMP_CWORD-2} \" in\n      \
         *' -- ') COMPREPLY=($(compgen -c -- \"$current\")); return ;;\n      \
         *' -- '*) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n    esac ;;\n  esac\n",
    );
    text.push_str("  case ${COMP_WORDS[1]}:${COMP_WORDS[COMP_CWORD-1]} in\n");
    for row in COMMANDS {
        text.push_str(&choices(row.name, row.command));
    }
    text.push_str(&format!(
        "    completions:completions) words=\"{shells}\" ;;\n    help:help) words=\"{commands}\" ;;\n"
    ));
    text.push_str("    *) case ${COMP_WORDS[1]} in\n");
    for row in COMMANDS {
        text.push_str(&format!("      {}) words=\"{} --help\" ;;\n", row.name, flags(row.command)));
    }
    text.push_str(&format!("      *) words=\"{commands} {} --help --version\" ;;\n", flags(Command::Setup)));
    text.push_str("    esac ;;\n  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n");
    text.push_str("complete -F _jobproxy jobproxy\n");
    text
}

/// Returns the branches of `case` that complete the values of options. An option may take other values with another
/// command.
fn choices(name: &str, command: Command) -> String {
    let choice = |row: &OptionRow| match &row.kind {
        Kind::Choice(words, _) => {
            Some(format!("    {name}:--{}) words=\"{}\" ;;\n", row.name, words.join(" ")))
        }
        Kind::Files(..) => {
            Some(format!("    {name}:--{}) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n", row.name))
        }
        Kind::Switch(_) | Kind::Text(..) | Kind::Names(..) => None,
    };
    options_of(command).filter_map(choice).collect()
}

fn flags(command: Command) -> String {
    options_of(command).map(|row| format!("--{}", row.name)).collect::<Vec<_>>().join(" ")
}

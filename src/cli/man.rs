//! Manual pages, made from the tables of commands and options. Only a program that a release runs calls this module:
//! nothing of it is in the file that jobs get.

/// What a manual page is made of.
pub struct Page {
    /// The program's name.
    pub name: &'static str,
    /// What the program does, for `apropos`.
    pub summary: &'static str,
    /// One or two sentences about the program.
    pub description: &'static str,
    /// The commands, in order.
    pub commands: Vec<PageCommand>,
    /// Heading and text of each section after the commands.
    pub sections: Vec<(&'static str, &'static str)>,
}

/// A command on a manual page.
pub struct PageCommand {
    /// The command with its operands.
    pub usage: String,
    /// A summary in half a sentence.
    pub summary: &'static str,
    /// More about the command; lines that begin with blanks are kept as they are.
    pub details: &'static str,
    /// Each option with its value, and what the option does.
    pub options: Vec<(String, String)>,
}

/// The page in the roff language, with the macros of man(7). `date` is that of the release (YYYY-MM-DD), so that the page
/// is the same whenever it is made.
#[must_use]
pub fn roff(page: &Page, date: &str) -> String {
    let upper = page.name.to_ascii_uppercase();
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(".TH {upper} 1 {date} \"{} {version}\" \"User Commands\"\n", page.name);
    text.push_str(&format!(".SH NAME\n{} \\- {}\n", escaped(page.name), escaped(page.summary)));
    text.push_str(".SH SYNOPSIS\n");
    for (index, command) in page.commands.iter().enumerate() {
        let line_break = if index == 0 { "" } else { ".br\n" };
        text.push_str(&format!("{line_break}.B {} {}\n", escaped(page.name), escaped(&command.usage)));
    }
    text.push_str(&format!(".SH DESCRIPTION\n{}", paragraphs(page.description)));
    text.push_str(".SH COMMANDS\n");
    for command in &page.commands {
        text.push_str(&format!(".SS {}\n", escaped(&command.usage)));
        text.push_str(&wrapped(&format!("{}.", capitalized(command.summary))));
        if !command.details.is_empty() {
            text.push_str(".PP\n");
            text.push_str(&paragraphs(command.details));
        }
        for (head, help) in &command.options {
            text.push_str(&format!(".TP\n.B {}\n{}", escaped(head), wrapped(help)));
        }
    }
    for (heading, body) in &page.sections {
        text.push_str(&format!(".SH {heading}\n{}", paragraphs(body)));
    }
    text
}

/// Lines of prose; lines that begin with blanks become a block that is shown as it is.
fn paragraphs(text: &str) -> String {
    let mut roff = String::new();
    let (mut verbatim, mut pause) = (false, false);
    for line in text.trim_matches('\n').lines() {
        if line.is_empty() {
            pause = true;
            continue;
        }
        let indented = line.starts_with(' ');
        if indented != verbatim {
            let pause = if roff.is_empty() { "" } else { ".PP\n" };
            roff.push_str(&if indented { format!("{pause}.nf\n") } else { format!(".fi\n{pause}") });
        } else if pause {
            roff.push_str(".PP\n");
        }
        (verbatim, pause) = (indented, false);
        roff.push_str(&if indented { escaped(line) + "\n" } else { wrapped(line) });
    }
    if verbatim {
        roff.push_str(".fi\n");
    }
    roff
}

/// Prose in input lines of at most 80 bytes, which `mandoc -Tlint` asks for.
fn wrapped(text: &str) -> String {
    let (mut roff, mut line) = (String::new(), String::new());
    for word in text.split(' ').map(escaped) {
        if !line.is_empty() && line.len() + word.len() >= 80 {
            roff.push_str(&line);
            roff.push('\n');
            line.clear();
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(&word);
    }
    roff + &line + "\n"
}

fn capitalized(text: &str) -> String {
    let (first, rest) = text.split_at(text.len().min(1));
    first.to_ascii_uppercase() + rest
}

/// The text as roff shows it: no control line, no escape, hyphens that can be copied.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

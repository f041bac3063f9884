//! curl's `.curlrc`.

use std::path::Path;

use super::{config_home, shown, text_of};
use crate::client::{Effect, Scope, Setting};
use crate::environment::Environment;

/// The clients that read the file. libcurl in other programs does not.
pub const CLIENTS: &[&str] = &["curl"];

/// Reads the first file that exists, in the order of `conf_list` in curl's src/tool_findfile.c.
pub fn read(environment: &Environment) -> Vec<Setting> {
    let home = environment.path("HOME").map(Path::to_owned);
    let candidates = [
        environment.path("CURL_HOME").map(|folder| folder.join(".curlrc")),
        environment.path("XDG_CONFIG_HOME").map(|folder| folder.join("curlrc")),
        home.map(|folder| folder.join(".curlrc")),
        config_home(environment).map(|folder| folder.join("curlrc")),
    ];
    let found = candidates.into_iter().flatten().find_map(|path| Some((text_of(&path)?, path)));
    found.map(|(text, path)| parse(&text, &shown(&path, environment))).unwrap_or_default()
}

/// `parseconfig` in curl's src/tool_parsecfg.c: an option with or without dashes, then blanks, `=` or `:`, then the
/// value, which may be quoted.
fn parse(text: &str, name: &str) -> Vec<Setting> {
    text.lines().filter_map(|line| setting(line.trim(), name)).collect()
}

fn setting(line: &str, name: &str) -> Option<Setting> {
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, '=' | ':');
    let end = line.find(is_separator).unwrap_or(line.len());
    let (option, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(is_separator);
    let value = match rest.strip_prefix('"') {
        Some(quoted) => unescaped(quoted),
        None => rest.split(char::is_whitespace).next().unwrap_or_default().to_owned(),
    };
    let (option, effect) = match option.trim_start_matches('-') {
        "x" if option.starts_with('-') => {
            ("proxy", Effect::Proxy(Scope::default(), (!value.is_empty()).then_some(value)))
        }
        "proxy" => ("proxy", Effect::Proxy(Scope::default(), (!value.is_empty()).then_some(value))),
        "noproxy" => ("noproxy", Effect::List(value)),
        _ => return None,
    };
    Some(Setting { clients: CLIENTS, origin: format!("{name}: {option}"), effect })
}

/// Returns the text up to the closing quote, without backslashes.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => plain.extend(letters.next()),
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_every_form() {
        let text = "# proxy = no\n-x p:1\n--proxy \"http://u:a\\\"b@p:2\"\nproxy=\"\"\nnoproxy: a,b # c\nother = x\n";
        let settings = parse(text, "~/.curlrc");
        let values: Vec<_> = settings
            .iter()
            .map(|setting| match &setting.effect {
                Effect::Proxy(_, value) => format!("proxy {value:?}"),
                Effect::List(list) => format!("list {list}"),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            values,
            ["proxy Some(\"p:1\")", "proxy Some(\"http://u:a\\\"b@p:2\")", "proxy None", "list a,b"]
        );
    }
}

//! GNU Wget's `wgetrc`.

use std::path::{Path, PathBuf};

use super::{shown, text_of};
use crate::client::{Effect, Scope, Setting};
use crate::environment::Environment;

/// The clients that read the files. BusyBox wget and Wget2 do not.
pub const CLIENTS: &[&str] = &["wget"];

/// Reads the system's file, then `$WGETRC`, else `~/.wgetrc` (`initialize` in wget's src/init.c).
pub fn read(environment: &Environment) -> Vec<Setting> {
    let user = environment.path("WGETRC").map(Path::to_owned);
    let user = user.or_else(|| Some(environment.path("HOME")?.join(".wgetrc")));
    let paths = [Some(PathBuf::from("/etc/wgetrc")), user];
    let files = paths.into_iter().flatten().filter_map(|path| Some((text_of(&path)?, path)));
    files.flat_map(|(text, path)| parse(&text, &shown(&path, environment))).collect()
}

/// `parse_line` in wget's src/init.c: `command = value`, in which letter case, `-` and `_` of the command do not
/// count. A proxy replaces the variable (`getproxy` in src/retr.c), a list is added to the variable (`cmd_vector`).
fn parse(text: &str, name: &str) -> Vec<Setting> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (command, value) = line.split_once('=')?;
            let value = value.trim().to_owned();
            let proxy = |https| {
                let scope = Scope { https: Some(https), ..Scope::default() };
                Effect::Proxy(scope, (!value.is_empty()).then(|| value.clone()))
            };
            let command = command.trim().to_ascii_lowercase().replace(['-', '_'], "");
            let (command, effect) = match command.as_str() {
                "httpproxy" => ("http_proxy", proxy(false)),
                "httpsproxy" => ("https_proxy", proxy(true)),
                "noproxy" if value.is_empty() => ("no_proxy", Effect::List(value)),
                "noproxy" => ("no_proxy", Effect::MoreList(value)),
                "useproxy" if matches!(value.to_ascii_lowercase().as_str(), "off" | "no" | "0") => {
                    ("use_proxy", Effect::Proxy(Scope::default(), None))
                }
                _ => return None,
            };
            Some(Setting { clients: CLIENTS, origin: format!("{name}: {command}"), effect })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_every_spelling() {
        let text =
            "#http_proxy = no\nHTTP-Proxy = http://p:1\nhttpsproxy=\nno_proxy = a,b\nuse_proxy = Off\n";
        let settings = parse(text, "~/.wgetrc");
        let origins: Vec<_> = settings.iter().map(|setting| setting.origin.as_str()).collect();
        assert_eq!(
            origins,
            [
                "~/.wgetrc: http_proxy",
                "~/.wgetrc: https_proxy",
                "~/.wgetrc: no_proxy",
                "~/.wgetrc: use_proxy"
            ]
        );
        assert!(matches!(settings[1].effect, Effect::Proxy(Scope { https: Some(true), .. }, None)));
        assert!(matches!(&settings[2].effect, Effect::MoreList(list) if list == "a,b"));
    }
}

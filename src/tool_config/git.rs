//! git's configuration, as `git config` prints it, with includes and every scope.

use std::process::Command;

use crate::child;
use crate::client::{Destination, Effect, Scope, Setting};
use crate::environment::Environment;

/// The clients that read the configuration.
pub const CLIENTS: &[&str] = &["git", "git-http.proxy", "git-lfs"];

/// Asks git, in the current directory. Without git on PATH there is nothing to predict for git.
pub fn read(environment: &Environment) -> Vec<Setting> {
    let Ok(program) = which::which_in("git", environment.path("PATH"), "/") else { return Vec::new() };
    let mut command = Command::new(program);
    command.args(["config", "--null", "--show-origin", "--get-regexp", r"^http\.(.*\.)?proxy$"]);
    let home = environment.path("HOME").map(|home| format!("{}/", home.display()));
    parse(&child::ask(&mut command).unwrap_or_default(), home.as_deref())
}

/// `http_options` in git's http.c: an empty value switches the proxy off. git-lfs ignores an empty value
/// (`getProxyServers` in lfshttp/proxy.go).
fn parse(output: &str, home: Option<&str>) -> Vec<Setting> {
    let mut fields = output.split_terminator('\0');
    let mut settings = Vec::new();
    while let (Some(origin), Some(entry)) = (fields.next(), fields.next()) {
        let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
        let Some(url) = key.strip_prefix("http.").and_then(|rest| rest.strip_suffix("proxy")) else {
            continue;
        };
        let url = url.strip_suffix('.').map(Destination::parse);
        // A section whose name is no URL never applies.
        if url.as_ref().is_some_and(Option::is_none) {
            continue;
        }
        let origin = origin.strip_prefix("file:").unwrap_or(origin);
        let origin = match home.and_then(|home| origin.strip_prefix(home)) {
            Some(rest) => format!("~/{rest}"),
            None => origin.trim_end_matches(':').to_owned(),
        };
        let clients = if value.is_empty() { &["git", "git-http.proxy"] } else { CLIENTS };
        let scope = Scope { url: url.flatten().map(Box::new), ..Scope::default() };
        let value = (!value.is_empty()).then(|| value.to_owned());
        let key = crate::proxy_url::redact(key);
        settings.push(Setting {
            clients,
            origin: format!("{origin}: {key}"),
            effect: Effect::Proxy(scope, value),
        });
    }
    settings
}

/// Sets keys of the user's file to these values, as `setup` would.
pub fn set(settings: &mut Vec<Setting>, file: &str, values: &[(String, String)]) {
    for (key, value) in values {
        let origin = format!("{file}: {key}");
        settings.retain(|setting| setting.origin != origin);
        // The project's file and the command line override the user's file.
        let later = |setting: &Setting| setting.clients == CLIENTS && !is_of_user_or_system(&setting.origin);
        let place = settings.iter().position(later).unwrap_or(settings.len());
        let entry = format!("file:{file}\0{key}\n{value}\0");
        settings.splice(place..place, parse(&entry, None));
    }
}

fn is_of_user_or_system(origin: &str) -> bool {
    origin.starts_with(['~', '/']) && !origin.contains("/.git/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(output: &str, url: &str) -> Option<String> {
        let settings = parse(output, Some("/home/u/"));
        let destination = Destination::parse(url).unwrap();
        let fits = settings.iter().filter_map(|setting| match &setting.effect {
            Effect::Proxy(scope, value) => Some((scope.specificity(&destination)?, setting, value)),
            _ => None,
        });
        let (_, setting, value) = fits.max_by_key(|(specificity, ..)| *specificity)?;
        Some(format!("{} = {}", setting.origin, value.as_deref().unwrap_or("off")))
    }

    #[test]
    fn the_most_specific_url_wins_and_then_the_last_value() {
        let output = "file:/home/u/.gitconfig\0http.proxy\nhttp://a:1\0\
                      file:/etc/gitconfig\0http.https://*.test.proxy\nhttp://b:1\0\
                      file:.git/config\0http.https://git.test/group.proxy\n\0\
                      command line:\0http.proxy\nhttp://c:1\0";
        for (url, expected) in [
            ("http://git.test/", "command line: http.proxy = http://c:1"),
            ("https://git.test/", "/etc/gitconfig: http.https://*.test.proxy = http://b:1"),
            ("https://git.test/group/p.git", ".git/config: http.https://git.test/group.proxy = off"),
            ("https://git.test/groups/p.git", "/etc/gitconfig: http.https://*.test.proxy = http://b:1"),
            ("https://a.git.test/", "command line: http.proxy = http://c:1"),
            ("https://git.test:8443/", "command line: http.proxy = http://c:1"),
        ] {
            assert_eq!(chosen(output, url).as_deref(), Some(expected), "{url}");
        }
    }
}

//! systemd drop-ins: the variables of dockerd and gitlab-runner, and the order of cntlm and docker.

use anyhow::Result;

use super::{Edited, Managed, Record, Removed};
use crate::host::redact;

/// The first line of every drop-in of this program.
const HEADER: &str = "# Written by jobproxy-host, which also takes it out: jobproxy-host remove. Keep other settings in another file.";

/// The file name of a drop-in. The guides of GitLab and Docker tell people to write `http-proxy.conf`, so this
/// program uses another name.
pub const NAME: &str = "90-jobproxy.conf";

/// A drop-in that belongs to this program.
pub struct Dropin {
    service: &'static str,
    path: String,
    section: &'static str,
    settings: Vec<String>,
    secret: bool,
}

impl Dropin {
    /// Returns the drop-in with the proxy variables of a service. `secret`: whether one of the values holds a
    /// password.
    pub fn environment(service: &'static str, variables: &[(&str, String)], secret: bool) -> Self {
        let setting = |(name, value): &(&str, String)| {
            format!("Environment=\"{}\"", escape(&format!("{name}={value}")))
        };
        let settings = variables.iter().map(setting).collect();
        Self { service, path: path(service), section: "[Service]", settings, secret }
    }

    /// Returns the drop-in that starts cntlm after docker. Docker makes the bridge on whose address cntlm listens.
    pub fn after_docker() -> Self {
        let settings = ["After=docker.service", "Wants=docker.service"].map(str::to_owned).to_vec();
        Self { service: "cntlm", path: path("cntlm"), section: "[Unit]", settings, secret: false }
    }

    /// Returns the lines that this program did not write, each with its section.
    fn foreign<'a>(&self, text: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut section = "";
        let mut foreign = Vec::new();
        for line in text.lines().map(str::trim_end) {
            if line.starts_with('[') {
                section = line;
            } else if !line.is_empty() && !is_ours(line) {
                foreign.push((if section.is_empty() { self.section } else { section }, line));
            }
        }
        foreign
    }
}

/// Returns the path of the drop-in of a service.
pub fn path(service: &str) -> String {
    format!("/etc/systemd/system/{service}.service.d/{NAME}")
}

/// Escapes a value for double quotes (systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers": `%%` is a percent
/// sign).
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%")
}

/// Returns the assignments in an `Environment=` line, as systemd reads them.
pub fn assignments(line: &str) -> Vec<(String, String)> {
    let Some(rest) = line.trim().strip_prefix("Environment=") else { return Vec::new() };
    let (mut words, mut word, mut quote, mut escaped) = (Vec::new(), String::new(), None, false);
    for letter in rest.chars().chain([' ']) {
        match letter {
            _ if escaped => {
                word.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            _ if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            _ if letter.is_whitespace() && quote.is_none() => words.push(std::mem::take(&mut word)),
            _ => word.push(letter),
        }
    }
    let pair =
        |word: String| word.split_once('=').map(|(name, value)| (name.to_owned(), value.replace("%%", "%")));
    words.into_iter().filter_map(pair).collect()
}

fn is_ours(line: &str) -> bool {
    let names = assignments(line);
    let variables = names.len() == 1 && names.iter().all(|(name, _)| redact::proxy_variable(name).is_some());
    line == HEADER || variables || ["After=docker.service", "Wants=docker.service"].contains(&line)
}

impl Managed for Dropin {
    fn path(&self) -> &str {
        &self.path
    }

    fn service(&self) -> Option<&'static str> {
        Some(self.service)
    }

    fn is_own(&self) -> bool {
        true
    }

    fn mode(&self, _content: &[u8], _old: Option<u32>) -> u32 {
        if self.secret { 0o600 } else { 0o644 }
    }

    fn edit(&self, old: Option<&[u8]>) -> Result<Edited> {
        let old = String::from_utf8_lossy(old.unwrap_or_default());
        let mut lines = vec![HEADER, self.section];
        lines.extend(self.settings.iter().map(String::as_str));
        let foreign = self.foreign(&old);
        let (same, other): (Vec<_>, Vec<_>) =
            foreign.into_iter().partition(|(section, _)| *section == self.section);
        lines.extend(same.iter().map(|(_, line)| *line));
        lines.extend(sections(&other));
        Ok(Edited { content: Some((lines.join("\n") + "\n").into_bytes()), findings: Vec::new() })
    }

    fn remove(&self, now: &[u8], _record: Option<&Record>) -> Removed {
        let text = String::from_utf8_lossy(now);
        let foreign = self.foreign(&text);
        if foreign.is_empty() {
            return Removed::default();
        }
        let left = vec![format!("{}: lines that jobproxy-host did not write stay", self.path)];
        Removed { content: Some((sections(&foreign).join("\n") + "\n").into_bytes()), left }
    }

    fn masked(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(text).split_inclusive('\n').map(masked_line).collect()
    }
}

/// Returns the lines, each section once before its lines.
fn sections<'a>(lines: &[(&'a str, &'a str)]) -> Vec<&'a str> {
    let (mut out, mut now) = (Vec::new(), "");
    for (section, line) in lines {
        if now != *section {
            out.push(*section);
            now = section;
        }
        out.push(line);
    }
    out
}

fn masked_line(line: &str) -> String {
    let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
    let shown = match line.split_once('=') {
        _ if line == HEADER => line.to_owned(),
        Some(("Environment", _)) => {
            let shown = assignments(line)
                .iter()
                .map(|(name, value)| format!("\"{}\"", redact::variable(&format!("{name}={value}"))))
                .collect::<Vec<_>>();
            format!("Environment={}", shown.join(" "))
        }
        Some((name @ ("After" | "Wants"), value)) => format!("{name}={value}"),
        Some((name, _)) if !name.starts_with(['#', ';']) => format!("{name}={}", redact::HIDDEN),
        Some(_) => format!("# {}", redact::HIDDEN),
        None => crate::proxy_url::redact(line),
    };
    shown + end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropin() -> Dropin {
        Dropin::environment(
            "docker",
            &[("HTTP_PROXY", "http://u:p%40w@p:1".to_owned()), ("NO_PROXY", "a".to_owned())],
            true,
        )
    }

    #[test]
    fn a_value_is_written_as_systemd_reads_it() {
        let content = dropin().edit(None).unwrap().content.unwrap();
        let text = String::from_utf8(content).unwrap();
        assert_eq!(
            text,
            format!(
                "{HEADER}\n[Service]\nEnvironment=\"HTTP_PROXY=http://u:p%%40w@p:1\"\nEnvironment=\"NO_PROXY=a\"\n"
            )
        );
        assert_eq!(
            assignments(text.lines().nth(2).unwrap()),
            [("HTTP_PROXY".to_owned(), "http://u:p%40w@p:1".to_owned())]
        );
        assert_eq!(
            dropin().masked(text.as_bytes()).lines().nth(2).unwrap(),
            "Environment=\"HTTP_PROXY=http://***@p:1\""
        );
        assert_eq!(assignments(r#"Environment=A=1 "B=x y" 'C="'"#).len(), 3);
    }

    #[test]
    fn lines_of_others_stay_below_their_sections() {
        let old = b"[Unit]\nAfter=x\n[Service]\nEnvironment=\"HTTP_PROXY=http://old:1\"\nNice=5\nSetCredential=a:s3cret\n";
        let new = dropin().edit(Some(old)).unwrap().content.unwrap();
        let text = String::from_utf8(new.clone()).unwrap();
        assert!(
            text.ends_with("Environment=\"NO_PROXY=a\"\nNice=5\nSetCredential=a:s3cret\n[Unit]\nAfter=x\n"),
            "{text}"
        );
        assert_eq!(dropin().edit(Some(&new)).unwrap().content.unwrap(), new);
        assert!(!dropin().masked(&new).contains("s3cret"));
        let removed = dropin().remove(&new, None);
        assert_eq!(removed.content.unwrap(), b"[Service]\nNice=5\nSetCredential=a:s3cret\n[Unit]\nAfter=x\n");
        assert_eq!(removed.left.len(), 1);
        let own = dropin().edit(None).unwrap().content.unwrap();
        assert_eq!(dropin().remove(&own, None), Removed::default());
    }
}

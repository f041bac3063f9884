//! cntlm's configuration: the user, the company's proxy, and an address that only containers reach.

use anyhow::{Result, bail};

use super::{Edited, Managed, Record, Removed, take_back_recorded};
use crate::host::diff::lines;
use crate::host::finding::Finding;

mod group;
mod line;
mod masked;
#[cfg(test)]
mod tests;

use group::{Group, put};
use line::{SECRETS, is_local, needed_hashes, opens_gateway, parse};
use masked::masked_line;

pub use line::Current;

pub const PATH: &str = "/etc/cntlm.conf";

/// Where cntlm gets the user's password from.
#[derive(Clone, Debug)]
pub enum Login {
    /// The hashes in the file are right and stay.
    Keep,
    /// Keywords and hashes, as `cntlm -H` prints them.
    Hashes(Vec<(String, String)>),
}

/// `/etc/cntlm.conf`.
#[derive(Clone, Debug)]
pub struct Cntlm {
    /// ADDRESS:PORT.
    pub listen: String,
    /// HOST:PORT of each proxy of the company; empty: the proxies in the file stay.
    pub parents: Vec<String>,
    pub user: String,
    pub domain: String,
    pub login: Login,
}

impl Cntlm {
    fn groups(&self, old: &[u8]) -> Vec<Group> {
        let mut groups = vec![
            Group { has: |line| line.keyword == "username", wanted: vec![("Username", self.user.clone())] },
            Group { has: |line| line.keyword == "domain", wanted: vec![("Domain", self.domain.clone())] },
            Group {
                // A port without an address is on the loopback device, but only while the file has no `Gateway yes`.
                has: |line| {
                    line.keyword == "listen" && !(line.value.contains(':') && is_local(&line.value, 0))
                },
                wanted: vec![("Listen", self.listen.clone())],
            },
        ];
        if !self.parents.is_empty() {
            let wanted = self.parents.iter().map(|parent| ("Proxy", parent.clone())).collect();
            groups.push(Group { has: |line| line.keyword == "proxy", wanted });
        }
        if let Login::Hashes(hashes) = &self.login {
            let needed = needed_hashes(old);
            let names = ["PassLM", "PassNT", "PassNTLMv2"];
            let hash = |name: &'static str| {
                let found = hashes.iter().find(|(keyword, _)| keyword == name)?;
                needed.contains(&name.to_ascii_lowercase().as_str()).then(|| (name, found.1.clone()))
            };
            let wanted = names.into_iter().filter_map(hash).collect();
            groups.push(Group { has: |line| SECRETS.contains(&line.keyword.as_str()), wanted });
        }
        if lines(old).into_iter().filter_map(parse).any(|line| opens_gateway(&line)) {
            groups.push(Group {
                has: |line| line.keyword == "gateway",
                wanted: vec![("Gateway", "no".to_owned())],
            });
        }
        groups
    }
}

impl Managed for Cntlm {
    fn path(&self) -> &str {
        PATH
    }

    fn service(&self) -> Option<&'static str> {
        Some("cntlm")
    }

    fn is_own(&self) -> bool {
        false
    }

    fn mode(&self, _content: &[u8], _old: Option<u32>) -> u32 {
        0o600
    }

    fn edit(&self, old: Option<&[u8]>) -> Result<Edited> {
        let Some(old) = old else { bail!("{PATH}: is not there; install cntlm first") };
        let content = self.groups(old).iter().fold(old.to_vec(), |content, group| put(&content, group));
        let mut findings = Vec::new();
        for line in lines(old).into_iter().filter_map(parse) {
            let colons = match line.keyword.as_str() {
                "listen" | "socks5proxy" => 0,
                "tunnel" => 2,
                _ if opens_gateway(&line) => {
                    let text =
                        format!("{PATH}: 'Gateway yes' makes cntlm listen on every address of this host");
                    findings.push(Finding::note("cntlm-gateway", text, "apply sets 'Gateway no'"));
                    continue;
                }
                _ => continue,
            };
            if !is_local(&line.value, colons) && line.value != self.listen {
                let text = format!("{PATH}: '{} {}' can be reached from outside", line.keyword, line.value);
                findings.push(if line.keyword == "listen" {
                    Finding::note("cntlm-exposed", text, "apply replaces the line")
                } else {
                    Finding::failure(
                        "cntlm-exposed",
                        text,
                        "remove the line, or put 127.0.0.1: before the port",
                    )
                });
            }
        }
        Ok(Edited { content: Some(content), findings })
    }

    fn remove(&self, now: &[u8], record: Option<&Record>) -> Removed {
        remove(now, record)
    }

    fn masked(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(text).split_inclusive('\n').map(masked_line).collect()
    }
}

/// Takes out what `apply` put into the file.
fn remove(now: &[u8], record: Option<&Record>) -> Removed {
    let content = take_back_recorded(now, record, false);
    let Some(record) = record else {
        return Removed {
            content: Some(content),
            left: vec![format!("{PATH}: no record of apply, so the file stays")],
        };
    };
    // Lines that `apply` put in and that could not be taken back, because lines next to them were edited.
    let has =
        |text: &[u8], line: &[u8]| lines(text).iter().any(|other| other.trim_ascii() == line.trim_ascii());
    let left = lines(&record.after)
        .into_iter()
        .filter_map(|line| Some((line, parse(line)?)))
        .filter(|(line, _)| has(&content, line) && !has(&record.before, line))
        .map(|(_, line)| format!("{PATH}: '{}' was edited around and stays", line.keyword))
        .collect();
    Removed { content: Some(content), left }
}

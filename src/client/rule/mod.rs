//! One small model per rule: how a list is cut into entries, and what an entry means.

mod c;
mod curl;
mod go;
mod java;
mod node;
mod perl;
mod php;
mod python;
mod ruby;
mod rust;

pub(super) use c::{APK, APT, ARIA2, GRPC, WGET, WGET2};
pub(super) use curl::{CURL_7_74, CURL_7_86, CURL_8_9, CURL_8_23};
pub(super) use go::{GO_1_19, GO_1_27};
pub(super) use java::JAVA;
pub(super) use node::{AXIOS, GLOBAL_AGENT, NODE_FETCH, NODE_HTTP, NPM, PROXY_FROM_ENV, REQUEST, UNDICI};
pub(super) use perl::{HTTP_TINY, LWP_6_68, LWP_6_83};
pub(super) use php::COMPOSER;
pub(super) use python::{AIOHTTP, HTTPLIB2, HTTPX, REQUESTS_2_31, REQUESTS_2_34, URLLIB};
pub(super) use ruby::{GEM, RUBY};
pub(super) use rust::{ATTOHTTPC, DENO, HYPER_UTIL, UREQ};

use super::pattern::{Pattern, Port, Shape};

/// How one family of clients reads a `NO_PROXY` list.
#[derive(Debug)]
pub(super) struct Rule {
    /// Cuts the list into entries.
    pub(super) split: for<'a> fn(&'a str) -> Vec<&'a str>,
    /// What one entry means.
    pub(super) read: for<'a> fn(&'a str, &mut Vec<Pattern<'a>>),
    /// `*` as the whole list means every host.
    pub(super) lone_star: bool,
    /// This machine is never behind the proxy, whatever the list says.
    pub(super) skips_loopback: bool,
    /// An entry that cannot be read fails every request, not only those that come to it.
    pub(super) fails_early: bool,
}

/// Reads nothing: for the clients without any such list.
pub(super) const NONE: Rule = Rule {
    split: |_| Vec::new(),
    read: |_, _| (),
    lone_star: false,
    skips_loopback: false,
    fails_early: false,
};

impl Rule {
    /// The list, ready to be compared.
    pub(super) fn prepare<'a>(&self, list: &'a str) -> Vec<Pattern<'a>> {
        if self.lone_star && list == "*" {
            return vec![Pattern::new(list, Shape::All)];
        }
        let mut patterns = Vec::new();
        let entries = (self.split)(list);
        // Where entries are all read beforehand, a `*` among them ends that before any can fail.
        if let Some(star) = entries.iter().find(|entry| self.fails_early && **entry == "*") {
            return vec![Pattern::new(star, Shape::All)];
        }
        for entry in entries {
            (self.read)(entry, &mut patterns);
        }
        patterns
    }
}

/// Entries between commas, blanks and all.
fn commas(list: &str) -> Vec<&str> {
    list.split(',').collect()
}

/// Entries between commas, without the blanks around them and without empty ones.
fn commas_trimmed(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

/// Entries between commas and blanks of any kind.
fn commas_or_blanks(list: &str) -> Vec<&str> {
    split_any(list, |letter| letter == ',' || letter.is_whitespace())
}

fn split_any(list: &str, separator: fn(char) -> bool) -> Vec<&str> {
    list.split(separator).filter(|entry| !entry.is_empty()).collect()
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// `.domain` covers only what is below the domain, `domain` itself as well.
fn dotted_or_domain(text: String) -> Shape {
    if text.starts_with('.') { Shape::Suffix(text) } else { Shape::Domain(text) }
}

/// The regular expression `^(.+):(\d+)$` of the Node libraries. Port 0 is no port to them.
fn trailing_port(entry: &str) -> Option<(&str, u32)> {
    let (host, port) = entry.rsplit_once(':')?;
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !host.is_empty()).then(|| (host, port.parse().unwrap_or(u32::MAX)))
}

/// The port that `trailing_port` found, any port if there was none.
fn effective(port: u32) -> Port {
    if port == 0 { Port::Any } else { Port::Effective(port) }
}

//! The models, one file per language or family. A model cites the source code that it follows.

mod c;
mod curl;
mod go;
mod httpx;
mod java;
mod node;
mod perl;
mod php;
mod python;
mod ruby;
mod rust;
mod undici;
mod wget;

pub use c::{APK, APT, ARIA2, GRPC};
pub use curl::{CARGO, CURL_7_74, CURL_7_86, CURL_8_18, GIT_2_47, GIT_2_55};
pub use go::{GO_1_19, GO_1_27};
pub use httpx::HTTPX;
pub use java::JAVA_PROPERTIES;
pub use node::{AXIOS, AXIOS_1_7, GLOBAL_AGENT, NPM, PROXY_AGENT, PROXY_FROM_ENV, REQUEST};
pub use perl::{HTTP_TINY, LWP_6_68, LWP_6_83};
pub use php::COMPOSER;
pub use python::{AIOHTTP, BOTO, HTTPLIB2, REQUESTS_2_31, REQUESTS_2_34, URLLIB};
pub use ruby::{GEM, OPEN_URI, RUBY};
pub use rust::{ATTOHTTPC, DENO, REQWEST, UREQ_2, UREQ_3, UV};
pub use undici::{NODE_FETCH, NODE_HTTP, UNDICI};
pub use wget::{BUSYBOX_WGET, BUSYBOX_WGET_1_38, WGET, WGET2};

use super::pattern::{Pattern, Port, Shape};
use super::proxy_value::{ANY_VALUE, Syntax};
use super::sources::{NOTHING, Sources};

/// Everything that decides what a client does with a URL.
#[derive(Debug)]
pub struct Model {
    /// The variables that the client reads.
    pub sources: Sources,
    /// The proxy values that it accepts.
    pub syntax: Syntax,
    /// How it matches a host against the list.
    pub rule: Rule,
}

/// Reads no variable: Java without properties, Node without NODE_USE_ENV_PROXY, PHP's streams.
pub const READS_NOTHING: Model = Model { sources: NOTHING, syntax: ANY_VALUE, rule: NO_LIST };

/// How a client reads a `NO_PROXY` list.
#[derive(Debug)]
pub struct Rule {
    /// Splits the list into entries.
    pub split: for<'a> fn(&'a str) -> Vec<&'a str>,
    /// Adds the meanings of one entry.
    pub read: for<'a> fn(&'a str, &mut Vec<Pattern<'a>>),
    /// Whether the list `*` means every host. A `*` among other entries is up to `read`.
    pub lone_star: bool,
    /// Whether requests to loopback go direct whatever the list says.
    pub skips_loopback: bool,
    /// Whether all entries are parsed before the first request, so that an invalid one fails every request.
    pub validates_first: bool,
}

/// Has no list of exceptions.
pub const NO_LIST: Rule = Rule {
    split: |_| Vec::new(),
    read: |_, _| (),
    lone_star: false,
    skips_loopback: false,
    validates_first: false,
};

impl Rule {
    /// Parses a list.
    pub fn prepare<'a>(&self, list: &'a str) -> Vec<Pattern<'a>> {
        if self.lone_star && list == "*" {
            return vec![Pattern::new(list, Shape::All)];
        }
        let mut patterns = Vec::new();
        let entries = (self.split)(list);
        // A client that parses all entries first stops at a `*`, before a later entry can fail.
        if let Some(star) = entries.iter().find(|entry| self.validates_first && **entry == "*") {
            return vec![Pattern::new(star, Shape::All)];
        }
        for entry in entries {
            (self.read)(entry, &mut patterns);
        }
        patterns
    }
}

/// Splits at commas; blanks and empty entries stay.
fn commas(list: &str) -> Vec<&str> {
    list.split(',').collect()
}

/// Splits at commas, trims blanks, drops empty entries.
fn commas_trimmed(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

/// Splits at commas and blanks of any kind, drops empty entries.
fn commas_or_blanks(list: &str) -> Vec<&str> {
    split_any(list, |letter| letter == ',' || letter.is_whitespace())
}

fn split_any(list: &str, separator: fn(char) -> bool) -> Vec<&str> {
    list.split(separator).filter(|entry| !entry.is_empty()).collect()
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Returns the shape in which `.domain` covers only subdomains, and `domain` covers the domain too.
fn dotted_or_domain(text: String) -> Shape {
    if text.starts_with('.') { Shape::Suffix(text) } else { Shape::Domain(text) }
}

/// Matches the regular expression `^(.+):(\d+)$` of the Node libraries.
fn trailing_port(entry: &str) -> Option<(&str, u32)> {
    let (host, port) = entry.rsplit_once(':')?;
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !host.is_empty()).then(|| (host, port.parse().unwrap_or(u32::MAX)))
}

/// Returns the port that an entry asks for; 0 stands for any, as in the Node libraries.
fn effective(port: u32) -> Port {
    if port == 0 { Port::Any } else { Port::Effective(port) }
}

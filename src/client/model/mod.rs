//! The models, one file per language or family. A model cites the source code that it follows.

mod bun;
mod c;
mod chromium;
mod curl;
mod go;
mod httpx;
mod java;
mod node;
mod other;
mod perl;
mod php;
mod python;
mod ruby;
mod rust;
mod undici;
mod wget;

pub use bun::BUN;
pub use c::{APK, APT, ARIA2, GRPC, LFTP};
pub use chromium::CHROMIUM;
pub use curl::{CARGO, CURL_7_74, CURL_7_86, CURL_8_18, GIT_2_47, GIT_2_55, SENTRY_CLI};
pub use go::{DOCKER, GH, GIT_LFS, GO_1_19, GO_1_27, PODMAN};
pub use httpx::{HTTPX, HTTPX2};
pub use java::{GRADLE, JAVA_PROPERTIES, MAVEN};
pub use node::{AXIOS, AXIOS_1_7, GLOBAL_AGENT, NPM, PNPM_10, PNPM_12, PROXY_AGENT, PROXY_FROM_ENV, REQUEST};
pub use other::{DOCKERD, GOT, JAVA, NODE_WITHOUT_OPTION, PHP_STREAM, S3CMD, SVN, YARN_4};
pub use perl::{HTTP_TINY, LWP_6_68, LWP_6_83};
pub use php::COMPOSER;
pub use python::{AIOHTTP, BOTO, HTTPLIB2, MERCURIAL, REQUESTS_2_31, REQUESTS_2_34, SELENIUM, URLLIB};
pub use ruby::{BUNDLER, GEM, OPEN_URI, RUBY};
pub use rust::{ATTOHTTPC, DENO, REQWEST, UREQ_2, UREQ_3, UV};
pub use undici::{NODE_FETCH, NODE_HTTP, UNDICI_7, UNDICI_8_10, UNDICI_8_13};
pub use wget::{BUSYBOX_WGET, BUSYBOX_WGET_1_38, WGET, WGET2};

use super::Destination;
use super::destination::unbracketed;
use super::pattern::{Pattern, Port, Shape};
use super::proxy_value::{ANY_VALUE, Syntax};
use super::sources::{NOTHING, Names, Sources};

/// Everything that decides what a client does with a URL.
#[derive(Debug)]
pub struct Model {
    /// The variables that the client reads.
    pub sources: Sources,
    /// The proxy values that the client accepts.
    pub syntax: Syntax,
    /// How the client matches a host against the list.
    pub rule: Rule,
    /// A second list that the client consults, if any.
    pub second_list: Option<SecondList>,
    /// Where the client takes its settings from.
    pub input: Input,
    /// Whether the client accepts no IPv6 address as a host.
    pub refuses_ipv6: bool,
    /// A variable and a word. When the variable contains the word, `Syntax::fails_at_start` has no effect: `-rcgi` in
    /// RUBYOPT lets bundler decode the user of a proxy.
    pub cured_by: Option<(&'static str, &'static str)>,
    /// A remark that is appended to the reason of a decision.
    pub note: Note,
}

/// A list that a client reads in addition to the list of [`Sources::no_proxy`], by another rule.
#[derive(Debug)]
pub struct SecondList {
    /// The variables that may hold the list. The first variable that is set counts.
    pub names: Names,
    /// How the client matches a host against the list.
    pub rule: Rule,
}

/// Where a client takes its settings from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Environment variables.
    Environment,
    /// System properties of the JVM. The model reads the proxy variables from which `setup --for java` makes the
    /// properties.
    Properties,
    /// The environment of another process, which this job cannot see.
    Elsewhere,
}

/// A remark that is appended to the reason of a decision.
#[derive(Clone, Copy, Debug)]
pub enum Note {
    /// No remark.
    None,
    /// Appended to every reason.
    Always(&'static str),
    /// Appended unless the URL is that of a docker daemon.
    NotADaemon(&'static str),
    /// Appended when the request is proxied and the proxy's value has a user.
    WithCredentials(&'static str),
}

impl Model {
    /// A client that reads no variable.
    pub const DEFAULT: Self = Self {
        sources: NOTHING,
        syntax: ANY_VALUE,
        rule: NO_LIST,
        second_list: None,
        input: Input::Environment,
        refuses_ipv6: false,
        cured_by: None,
        note: Note::None,
    };
}

/// How a client reads a `NO_PROXY` list.
#[derive(Debug)]
pub struct Rule {
    /// Splits the list into entries.
    pub split: for<'a> fn(&'a str) -> Vec<&'a str>,
    /// Adds the patterns of one entry, if any.
    pub read: for<'a> fn(&'a str, &mut Vec<Pattern<'a>>),
    /// Whether a list that is exactly `*` means every host. `read` decides what a `*` among other entries means.
    pub lone_star: bool,
    /// The local addresses that go direct whatever the list says.
    pub loopback: Loopback,
    /// Whether all entries are parsed before the first request, so that an invalid entry fails every request.
    pub validates_first: bool,
    /// Whether a list that means every host keeps the client from parsing the proxy variables.
    pub star_hides_proxies: bool,
}

/// The local addresses that a client never sends to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// No address: the list decides.
    Proxied,
    /// `localhost`, 127.0.0.0/8 and ::1.
    Direct,
    /// The addresses of `Direct`, the names below `localhost`, and link-local addresses.
    AndLinkLocal,
}

impl Loopback {
    /// Returns whether the client never sends a request for the destination to a proxy.
    pub fn covers(self, destination: &Destination) -> bool {
        match self {
            Self::Proxied => false,
            Self::Direct => destination.is_loopback(),
            Self::AndLinkLocal => destination.is_loopback() || destination.is_link_local(),
        }
    }
}

/// The rule of a client that has no list of exceptions.
pub const NO_LIST: Rule = Rule {
    split: |_| Vec::new(),
    read: |_, _| (),
    lone_star: false,
    loopback: Loopback::Proxied,
    validates_first: false,
    star_hides_proxies: false,
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

/// Splits a port from the end of an entry, as the regular expression `^(.+):(\d+)$` of the Node libraries does.
fn trailing_port(entry: &str) -> Option<(&str, u32)> {
    let (host, port) = entry.rsplit_once(':')?;
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !host.is_empty()).then(|| (host, port.parse().unwrap_or(u32::MAX)))
}

/// Returns the ports that an entry's port covers. As in the Node libraries, port 0 covers every port.
fn effective(port: u32) -> Port {
    if port == 0 { Port::Any } else { Port::Effective(port) }
}

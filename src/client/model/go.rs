//! Go's golang.org/x/net/http/httpproxy, which net/http vendors: docker, oras, rclone, skopeo.

use std::net::IpAddr;

use super::{Loopback, Model, NO_LIST, Note, Rule, commas_trimmed, dotted_or_domain};
use crate::client::network::{Network, decimal};
use crate::client::pattern::{Pattern, Port, Scope, Shape};
use crate::client::proxy_value::Flaw::{
    Backslash, Blank, Bracket, Delimiter, Hash, LeadingBlank, NonAscii, NotAProxy, Percent, Question, Slash,
    TrailingBlank,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Cgi, Sources, UPPER_FIRST, UPPER_HTTP, UPPER_HTTPS};

const SOURCES: Sources = Sources { cgi: Cgi::Fails, ..UPPER_FIRST };

/// `parseProxy` parses a value that net/url refuses once more, with `http://` in front. The userinfo may hold letters,
/// digits and `-._:~!$&'()*+,;=%@` only (`validUserinfo` in net/url/url.go). With any other character the second parse
/// finds the host `http`, which fails ("lookup http: no such host"), or an invalid escape, and Go uses no proxy.
const SYNTAX: Syntax = Syntax {
    fails: &[TrailingBlank, NotAProxy, Hash, Question, Slash, Bracket, Blank, Backslash, Delimiter, NonAscii],
    goes_direct: &[LeadingBlank, Percent],
    direct_first: true,
    ..ANY_VALUE
};

/// Go 1.19.
pub const GO_1_19: Model = Model { sources: SOURCES, syntax: SYNTAX, rule: RULE_1_19, ..Model::DEFAULT };

/// Go 1.27.
pub const GO_1_27: Model = Model { sources: SOURCES, syntax: SYNTAX, rule: RULE_1_27, ..Model::DEFAULT };

/// The docker CLI.
pub const DOCKER: Model = Model {
    note: Note::NotADaemon("this is docker's own call to its daemon; dockerd pulls and pushes"),
    ..GO_1_27
};

/// podman: the image library has no IPv6 registries (containers/image, docker/reference/regexp.go).
pub const PODMAN: Model = Model { refuses_ipv6: true, ..GO_1_27 };

/// gh refuses a host with a colon (`HostnameValidator` in cli/cli, internal/ghinstance/host.go).
pub const GH: Model = PODMAN;

/// git-lfs uses git's http.proxy, else the variables; an https URL falls back to the http proxy
/// (lfshttp/proxy.go). REQUEST_METHOD is ignored.
pub const GIT_LFS: Model =
    Model { sources: Sources { https: &[UPPER_HTTPS, UPPER_HTTP], ..UPPER_FIRST }, ..GO_1_27 };

/// `config.init` and `useProxy` in httpproxy/proxy.go. A name is also compared with addresses.
const RULE_1_19: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| read(entry, Scope::Any, patterns),
    loopback: Loopback::Direct,
    ..NO_LIST
};

/// In newer versions `domainMatch.match` returns false for every address.
const RULE_1_27: Rule = Rule { read: |entry, patterns| read(entry, Scope::Names, patterns), ..RULE_1_19 };

fn read<'a>(entry: &'a str, names: Scope, patterns: &mut Vec<Pattern<'a>>) {
    let text = entry.to_ascii_lowercase();
    if text == "*" {
        patterns.push(Pattern::new(entry, Shape::All));
        return;
    }
    if let Some(network) = Network::parse(&text) {
        // `IPNet.Contains` in net/ip.go takes the last 32 bits of the mask.
        patterns.push(Pattern::new(entry, Shape::Network(network.unmapped())));
        return;
    }
    let (host, port) = split_host_port(&text).unwrap_or((&text, Port::Any));
    if let Ok(address) = host.parse::<IpAddr>() {
        let shape = Shape::Network(Network::single(address.to_canonical()));
        patterns.push(Pattern::new(entry, shape).port(port));
        return;
    }
    let host = if host.starts_with("*.") { &host[1..] } else { host };
    if !host.is_empty() {
        patterns.push(Pattern::new(entry, dotted_or_domain(host.to_owned())).port(port).scope(names));
    }
}

/// `net.SplitHostPort`. The port is compared as text, so only a port in plain decimal form can match.
fn split_host_port(text: &str) -> Option<(&str, Port)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|inner| !inner.contains(['[', ']']))?,
        None if host.contains([':', '[', ']']) => return None,
        None => host,
    };
    let port = match decimal(port) {
        _ if port.is_empty() => Port::Any,
        Some(number) if !port.starts_with('0') => Port::Effective(number),
        _ => Port::Never,
    };
    Some((host, port))
}

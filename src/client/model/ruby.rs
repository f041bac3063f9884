//! Ruby: URI's `find_proxy` (`Net::HTTP`, open-uri) and the gem command.

use std::net::{IpAddr, Ipv4Addr};

use super::perl::around_commas;
use super::{Loopback, Model, NO_LIST, Rule, commas_or_blanks, commas_trimmed, dotted_or_domain, lower};
use crate::client::network::{Network, decimal};
use crate::client::pattern::{Pattern, Port, Shape, Subject};
use crate::client::proxy_value::Flaw::{
    At, Backslash, Blank, Bracket, Hash, HttpsProxy, HttpsProxyForHttps, LeadingBlank, NoScheme,
    NoSchemeButColon, NoSchemeForHttps, NotAProxy, Percent, Question, Slash, TrailingBlank, Userinfo,
};
use crate::client::proxy_value::{ANY_VALUE, Syntax};
use crate::client::sources::{Cgi, Empty, LOWER_FIRST, LOWER_HTTP, Sources};

/// `Net::HTTP` looks up the proxy for an http URL even when the request's URL is https (net/http.rb, `proxy_uri`).
pub const RUBY: Model = Model {
    sources: Sources {
        https: &[LOWER_HTTP],
        empty: Empty::Disables,
        empty_list: Empty::Hides,
        cgi: Cgi::HidesUpper,
        ..LOWER_FIRST
    },
    syntax: Syntax {
        fails: &[
            NoScheme,
            NoSchemeForHttps,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            At,
            Hash,
            Question,
            Slash,
            Bracket,
            Blank,
            Backslash,
            Percent,
        ],
        goes_direct: &[NoSchemeButColon],
        ..ANY_VALUE
    },
    rule: RUBY_RULE,
    ..Model::DEFAULT
};

/// open-uri looks up the proxy for the request's own URL (`URI::Generic#find_proxy`).
pub const OPEN_URI: Model = Model {
    sources: Sources { empty: Empty::Hides, empty_list: Empty::Hides, cgi: Cgi::HidesUpper, ..LOWER_FIRST },
    syntax: Syntax {
        fails: &[
            NoScheme,
            NoSchemeButColon,
            NoSchemeForHttps,
            HttpsProxy,
            HttpsProxyForHttps,
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            At,
            Hash,
            Question,
            Slash,
            Bracket,
            Blank,
            Backslash,
            Percent,
        ],
        ..ANY_VALUE
    },
    rule: RUBY_RULE,
    ..Model::DEFAULT
};

/// The gem command: `Gem::Request.get_proxy_from_env` in rubygems/request.rb.
pub const GEM: Model = Model {
    sources: Sources { empty: Empty::Hides, empty_list: Empty::Hides, ..LOWER_FIRST },
    syntax: Syntax {
        fails: &[
            LeadingBlank,
            TrailingBlank,
            NotAProxy,
            At,
            Hash,
            Question,
            Slash,
            Bracket,
            Blank,
            Backslash,
            Percent,
        ],
        ..ANY_VALUE
    },
    rule: GEM_RULE,
    ..Model::DEFAULT
};

/// `URI::Generic.use_proxy?`: an entry is a run of characters other than `:`, `,` and blanks, with an optional port. So
/// the parts of an IPv6 address are read as several entries. A network is compared with the address that the host
/// resolves to.
const RUBY_RULE: Rule = Rule {
    split: commas_or_blanks,
    read: |entry, patterns| {
        let mut rest = entry;
        while let Some(start) = rest.find(|letter| letter != ':') {
            rest = &rest[start..];
            let (host, after) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
            let digits = after.get(1..).unwrap_or_default();
            let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
            let port = match digits[..end].parse() {
                Ok(port) => Port::Effective(port),
                Err(_) if end > 0 => Port::Never,
                Err(_) => Port::Any,
            };
            rest = if end > 0 { &digits[end..] } else { after };
            patterns.push(Pattern::new(entry, dotted_or_domain(lower(host))).port(port));
            patterns.extend(
                network(host).map(|network| Pattern::new(entry, Shape::Resolved(network)).port(port)),
            );
        }
    },
    loopback: Loopback::Direct,
    ..NO_LIST
};

/// `IPAddr.new` in ruby/ipaddr: an address, alone or with a prefix length without leading zeros or a netmask.
fn network(text: &str) -> Option<Network> {
    let Some((address, mask)) = text.split_once('/') else {
        return Some(Network::single(text.parse().ok()?));
    };
    let address: IpAddr = address.parse().ok()?;
    if let Some(bits) = decimal(mask) {
        return Network::new(address, bits).filter(|_| bits.to_string() == mask);
    }
    let mask = mask.parse::<Ipv4Addr>().ok()?.to_bits();
    (address.is_ipv4() && mask.leading_ones() == mask.count_ones())
        .then(|| Network::new(address, mask.count_ones()))?
}

/// bundler: `proxy_from_env` in bundler's copy of net-http-persistent reads the http variables for every URL. On Ruby
/// 3.3 and newer, every request fails if the proxy has a user, unless RUBYOPT has `-rcgi` (measured).
pub const BUNDLER: Model = Model {
    sources: Sources {
        https: &[LOWER_HTTP],
        empty: Empty::Disables,
        empty_list: Empty::Hides,
        ..LOWER_FIRST
    },
    syntax: Syntax { fails: &[NotAProxy], fails_at_start: &[Userinfo], ..ANY_VALUE },
    rule: BUNDLER_RULE,
    cured_by: Some(("RUBYOPT", "-rcgi")),
    ..Model::DEFAULT
};

/// `proxy_bypass?` in net-http-persistent: an entry matches the end of the host or of `host:port`. The port is that
/// of the connection, also when the URL names none.
const BUNDLER_RULE: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        for subject in [Subject::Bracketed, Subject::HostAndPort] {
            patterns.push(Pattern::new(entry, Shape::Suffix(lower(entry))).on(subject));
        }
    },
    lone_star: true,
    star_hides_proxies: true,
    ..NO_LIST
};

/// `no_proxy?` in `rubygems/request/connection_pools.rb`: a leading dot of the entry is dropped, and the entry
/// matches a host and its subdomains.
const GEM_RULE: Rule = Rule {
    split: around_commas,
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(lower(text))));
    },
    ..NO_LIST
};

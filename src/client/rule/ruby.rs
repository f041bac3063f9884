//! Ruby: URI's `find_proxy` (`Net::HTTP`, open-uri) and the gem command.

use super::super::network::Network;
use super::super::pattern::{Pattern, Port, Shape};
use super::perl::around_commas;
use super::{NONE, Rule, commas_or_blanks, dotted_or_domain, lower};

/// `URI::Generic.use_proxy?`: runs of letters other than `:`, `,` and blanks, each with an optional port,
/// so an IPv6 entry falls to pieces. Networks are compared with what the name resolves to.
pub(in super::super) const RUBY: Rule = Rule {
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
            let network = Network::parse(host).or_else(|| Some(Network::single(host.parse().ok()?)));
            patterns.extend(network.map(|it| Pattern::new(entry, Shape::Resolved(it)).port(port)));
        }
    },
    skips_loopback: true,
    ..NONE
};

/// `no_proxy?` in `rubygems/request/connection_pools.rb`: a leading dot is dropped, whole labels are compared.
pub(in super::super) const GEM: Rule = Rule {
    split: around_commas,
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(lower(text))));
    },
    ..NONE
};

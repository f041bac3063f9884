//! Programs in C and C++ with a matcher of their own: apt, apk, wget, wget2, aria2, gRPC.

use std::net::IpAddr;

use super::super::network::{Network, atoi, decimal};
use super::super::pattern::{Pattern, Port, Scope, Shape, Subject};
use super::{NONE, Rule, commas, commas_trimmed, dotted_or_domain, lower, split_any};

/// `CheckDomainList` in apt-pkg/contrib/strutl.cc: any text that the host ends in. Nothing is trimmed.
pub(in super::super) const APT: Rule = Rule {
    split: commas,
    read: |entry, patterns| {
        if !entry.is_empty() {
            patterns.push(Pattern::new(entry, Shape::Suffix(lower(entry))));
        }
    },
    ..NONE
};

/// `fetch_no_proxy_match` and `cidr_match` in apk-tools' libfetch/common.c.
pub(in super::super) const APK: Rule = Rule {
    split: |list| split_any(list, |letter| letter == ',' || letter.is_ascii_whitespace() || letter == '\x0b'),
    read: |entry, patterns| {
        patterns.push(Pattern::new(entry, Shape::Suffix(lower(entry))));
        let network = entry.split_once('/').and_then(|(base, bits)| {
            let bits = u32::try_from(atoi(bits)).ok().filter(|bits| *bits > 0)?;
            Network::new(base.parse().ok()?, bits)
        });
        patterns.extend(network.map(|it| Pattern::new(entry, Shape::Network(it))));
    },
    lone_star: true,
    ..NONE
};

/// `sufmatch` in wget's src/host.c, on a list that `sepstring` cut: it skips blanks after a comma only,
/// and keeps empty entries, which hold the hosts that end in a dot.
pub(in super::super) const WGET: Rule = Rule {
    split: |list| {
        let mut entries = commas(list);
        entries.iter_mut().skip(1).for_each(|entry| *entry = entry.trim_start());
        entries
    },
    read: |entry, patterns| patterns.push(Pattern::new(entry, dotted_or_domain(lower(entry)))),
    ..NONE
};

/// wget2 2.2 as measured: networks, a leading `.` or `*.`, and the port that the URL writes; capitals count,
/// and nothing is trimmed.
pub(in super::super) const WGET2: Rule = Rule {
    split: commas,
    read: |entry, patterns| {
        if entry == "*" {
            patterns.push(Pattern::new(entry, Shape::All));
            return;
        }
        let network = Network::parse(entry).or_else(|| Some(Network::single(entry.parse().ok()?)));
        if let Some(network) = network {
            patterns.push(Pattern::new(entry, Shape::Network(network)));
            return;
        }
        let (host, port) = match entry.split_once(':') {
            Some((host, port)) => (host, decimal(port).map_or(Port::Never, Port::Explicit)),
            None => (entry, Port::Any),
        };
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let host = host.strip_prefix('.').unwrap_or(host);
        if !host.is_empty() {
            patterns.push(Pattern::new(entry, Shape::Domain(host.to_owned())).port(port).on(Subject::Raw));
        }
    },
    ..NONE
};

/// `inNoProxy` in aria2's AbstractCommand.cc with `util::noProxyDomainMatch`: the host itself, or `.domain`.
pub(in super::super) const ARIA2: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| match entry.split_once('/') {
        Some((base, bits)) => {
            let network = base.parse::<IpAddr>().ok().zip(decimal(bits)).and_then(|(base, bits)| {
                let width = if base.is_ipv4() { 32 } else { 128 };
                Network::new(base, bits.min(width))
            });
            patterns.extend(network.map(|it| Pattern::new(entry, Shape::Network(it))));
        }
        None if entry.starts_with('.') => {
            let pattern = Pattern::new(entry, Shape::Suffix(entry.to_owned()));
            patterns.push(pattern.scope(Scope::Names).on(Subject::Raw));
        }
        None => patterns.push(Pattern::new(entry, Shape::Exact(entry.to_owned())).on(Subject::Raw)),
    },
    ..NONE
};

/// `AddressIncluded` in gRPC's `http_proxy_mapper.cc`.
pub(in super::super) const GRPC: Rule = Rule {
    split: commas_trimmed,
    read: |entry, patterns| {
        let text = entry.strip_prefix('.').unwrap_or(entry);
        patterns.push(Pattern::new(entry, Shape::Domain(lower(text))));
        let network = entry.split_once('/').and_then(|(base, bits)| {
            let base: IpAddr = base.parse().ok()?;
            Network::new(base, decimal(bits)?.min(if base.is_ipv4() { 32 } else { 128 }))
        });
        patterns.extend(network.map(|it| Pattern::new(entry, Shape::Network(it))));
    },
    ..NONE
};

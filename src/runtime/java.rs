//! The JVM options that name a proxy: Java reads no proxy variable.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Result;

use super::Exports;
use crate::environment::{self, Environment};
use crate::no_proxy::normalize::MOST_BYTES;
use crate::no_proxy::range::Range;
use crate::no_proxy::{Action, NoProxy};
use crate::proxy_url::ProxyUrl;
use crate::settings::{Proxies, Settings};

/// The variable that every JVM reads (JVM Tool Interface, JAVA_TOOL_OPTIONS).
pub const NAME: &str = "JAVA_TOOL_OPTIONS";

/// The options that jobproxy sets (Java, `sun.net.spi.DefaultProxySelector`). `http.nonProxyHosts` is for https too.
/// Without `aether...`, Maven 3.9 ignores the other options (apache/maven#9260). The longest option, the list, is last.
const PROPERTIES: [&str; 6] = [
    "-Dhttp.proxyHost=",
    "-Dhttp.proxyPort=",
    "-Dhttps.proxyHost=",
    "-Dhttps.proxyPort=",
    "-Daether.connector.http.useSystemProperties=",
    "-Dhttp.nonProxyHosts=",
];

/// The option that lets Java send user and password as Basic for a CONNECT request: Java 8u111 and newer do not without
/// the option. Gradle's wrapper and Maven 4 need the option (measured with Gradle 9.4.1's wrapper and Maven
/// 4.0.0-rc-5).
pub const TUNNEL_LOGIN: &str = "-Djdk.http.auth.tunneling.disabledSchemes=";

/// A proxy in the parts that Java, Maven and Gradle need.
pub struct Proxy {
    /// `http` or `https`: which URLs the proxy is for.
    pub scheme: &'static str,
    /// Name or address, IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// User and password, not percent-encoded; `None` when the proxy has no user.
    pub login: Option<(String, String)>,
}

/// Returns the proxies that Java can use: those for http and https that speak HTTP themselves.
#[must_use]
pub fn proxies(settings: &Settings) -> Vec<Proxy> {
    let Proxies { http, https, .. } = &settings.proxies;
    let usable = |(scheme, proxy): (&'static str, &Option<ProxyUrl>)| {
        let proxy = proxy.as_ref().filter(|proxy| proxy.scheme().starts_with("http"))?;
        let host = proxy.host().trim_matches(['[', ']']).to_owned();
        Some(Proxy { scheme, host, port: proxy.port(), login: proxy.expose_login() })
    };
    [("http", http), ("https", https)].into_iter().filter_map(usable).collect()
}

/// Returns NO_PROXY in Java's syntax, without a limit of length.
#[must_use]
pub fn hosts(settings: &Settings) -> String {
    non_proxy_hosts(&settings.no_proxy, usize::MAX).0
}

/// Returns the folder that Java calls `user.home`: from the option `-Duser.home`, else from /etc/passwd, else from HOME
/// (OpenJDK, java_props_md.c).
///
/// # Errors
/// No option, no line of /etc/passwd and no HOME names a folder.
pub fn user_home(environment: &Environment) -> Result<PathBuf> {
    let options = environment.tool_variable(NAME).unwrap_or_default();
    let option =
        options.split_ascii_whitespace().rev().find_map(|option| option.strip_prefix("-Duser.home="));
    let passwd = || environment::passwd_home().filter(|home| home.as_os_str().len() > 1);
    option.map(PathBuf::from).or_else(passwd).map_or_else(|| environment.home(), Ok)
}

/// Exports JAVA_TOOL_OPTIONS with the options for the proxies and NO_PROXY.
pub(super) fn export(settings: &Settings, exports: &mut Exports) {
    let Some(old) = exports.plain_value(NAME) else { return };
    let (options, left_out) = options(settings, &old);
    let bytes = options.len();
    if bytes > MOST_BYTES_OF_JAVA_8 {
        exports.no_proxy_note(format!(
            "{NAME}: {bytes} bytes; Java 8 ignores a value of more than 1023, newer ones do not"
        ));
    }
    if !options.is_empty() {
        exports.set(NAME, options);
    }
    let direct = without_ports(&settings.no_proxy).join(", ");
    if !direct.is_empty() {
        exports
            .no_proxy_note(format!("{NAME}: Java reads no port in NO_PROXY; direct on every port: {direct}"));
    }
    if left_out > 0 {
        exports.no_proxy_note(format!(
            "{NAME}: {left_out} patterns of NO_PROXY have no room in a variable (128 KiB); shorten NO_PROXY"
        ));
    }
}

/// Exports the options of [`export`], and adds a note that the options contain no user and password.
pub(super) fn export_for_java(settings: &Settings, exports: &mut Exports) {
    export(settings, exports);
    if has_login(settings) {
        exports
            .note(format!("{NAME}: Java takes no user and password this way; the proxy will ask for them"));
    }
}

/// Exports the options of [`export`]. If a proxy has a user, adds [`TUNNEL_LOGIN`]: Java then sends the user and the
/// password from the program's own file.
pub(super) fn export_for_file(settings: &Settings, exports: &mut Exports) {
    export(settings, exports);
    if let Some(old) = exports.plain_value(NAME).filter(|_| has_login(settings)) {
        exports.set(NAME, with(&old, &[TUNNEL_LOGIN.to_owned()], &|option| option == TUNNEL_LOGIN));
    }
}

fn has_login(settings: &Settings) -> bool {
    proxies(settings).iter().any(|proxy| proxy.login.is_some())
}

/// Returns the new value of JAVA_TOOL_OPTIONS, and the count of patterns of NO_PROXY that were left out for lack of
/// room. The value is `old` without the options of an earlier run, then the options of this run.
fn options(settings: &Settings, old: &str) -> (String, usize) {
    let mut ours = Vec::new();
    for Proxy { scheme, host, port, .. } in proxies(settings) {
        ours.extend([format!("-D{scheme}.proxyHost={host}"), format!("-D{scheme}.proxyPort={port}")]);
    }
    if ours.is_empty() {
        return (old.to_owned(), 0);
    }
    let is_ours = |option: &str| PROPERTIES.iter().any(|property| option.starts_with(property));
    ours.push("-Daether.connector.http.useSystemProperties=true".to_owned());
    let taken: usize = 1 + with(old, &ours, &is_ours).len() + " -Dhttp.nonProxyHosts=".len();
    let room = MOST_BYTES.saturating_sub(taken + NAME.len() - "NO_PROXY".len());
    let (hosts, left_out) = non_proxy_hosts(&settings.no_proxy, room);
    ours.push(format!("-Dhttp.nonProxyHosts={hosts}"));
    (with(old, &ours, &is_ours), left_out)
}

/// The longest value that Java 8 reads, in bytes (jdk8u, hotspot, arguments.cpp, `parse_options_environment_variable`).
const MOST_BYTES_OF_JAVA_8: usize = 1023;

/// Returns the options of `old` for which `is_ours` is false, byte for byte, then `ours`. Blanks outside of quotes
/// separate options (HotSpot, arguments.cpp, `Arguments::parse_options_buffer`).
#[must_use]
pub fn with(old: &str, ours: &[String], is_ours: &dyn Fn(&str) -> bool) -> String {
    let (mut kept, mut start, mut quote, mut in_option) = (String::new(), 0, None, false);
    let mut keep = |option: &str| kept.push_str(if is_ours(option.trim_ascii_start()) { "" } else { option });
    for (at, c) in old.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c.is_ascii_whitespace() && in_option => {
                keep(&old[start..at]);
                (start, in_option) = (at, false);
            }
            None if c.is_ascii_whitespace() => {}
            None => {
                in_option = true;
                quote = Some(c).filter(|c| matches!(c, '\'' | '"'));
            }
        }
    }
    keep(&old[start..]);
    let kept = Some(kept.trim_ascii()).filter(|kept| !kept.is_empty());
    kept.into_iter().chain(ours.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
}

/// Returns the list in Java's syntax, in at most `most_bytes` bytes, and the count of patterns that were left out for
/// lack of room. Java's syntax has `|` between patterns, no ports, `*` at either end, and IPv6 in brackets.
///
/// The loopback patterns come first, because Java drops its own exceptions for loopback when the property is set. Every
/// IPv4 range is in the list, even a range that `--cidr strip` removes from NO_PROXY, because Java can read the range
/// as patterns such as `10.*`.
fn non_proxy_hosts(list: &NoProxy, most_bytes: usize) -> (String, usize) {
    let own = ["localhost", "127.*", "[::1]"].map(str::to_owned);
    let ranges = list.ranges.iter().flat_map(Range::java_patterns);
    let patterns = own.into_iter().chain(list.entries.iter().flat_map(|entry| patterns(entry))).chain(ranges);
    let (mut hosts, mut left_out, mut seen) = (String::new(), 0, HashSet::new());
    for pattern in patterns {
        if seen.contains(&pattern) {
            continue;
        }
        if hosts.len() + pattern.len() < most_bytes {
            hosts.push_str(if hosts.is_empty() { "" } else { "|" });
            hosts.push_str(&pattern);
            seen.insert(pattern);
        } else {
            left_out += 1;
        }
    }
    (hosts, left_out)
}

/// Returns the hosts that Java exempts on every port although the list names a port: Java's syntax has no ports.
fn without_ports(list: &NoProxy) -> Vec<&str> {
    let given = list.changes.iter().filter_map(|change| match &change.action {
        Action::Kept => Some(change.entry.as_str()),
        Action::Rewritten(to, _) => Some(to.as_str()),
        _ => None,
    });
    let hosts =
        given.filter(|entry| entry.parse::<IpAddr>().is_err()).filter_map(|entry| entry.split_once(':'));
    let mut hosts: Vec<&str> = hosts.map(|(host, _)| host).collect();
    hosts.dedup();
    hosts.retain(|host| !list.entries.iter().any(|entry| entry == host));
    hosts
}

/// Returns Java's patterns for one entry; none for a range, because [`Range::java_patterns`] has the patterns.
fn patterns(entry: &str) -> Vec<String> {
    let host = entry.split(':').next().unwrap_or_default();
    match entry.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => vec![format!("[{address}]")],
        _ if entry.contains('/') => Vec::new(),
        _ if host == "*" || host.parse::<IpAddr>().is_ok() => vec![host.to_owned()],
        _ if host.starts_with('.') => vec![format!("*{host}")],
        _ => vec![host.to_owned(), format!("*.{host}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::no_proxy::entry::CidrPolicy;
    use crate::no_proxy::normalize;

    fn settings(http: &str, entries: &[&str]) -> Settings {
        let mut settings = Settings::default();
        settings.proxies.http = ProxyUrl::parse(http).ok().map(|(proxy, _)| proxy);
        settings.no_proxy = normalize(&entries.join(","), &[], CidrPolicy::Strip, &[]);
        settings
    }

    #[test]
    fn the_list_is_written_in_java_s_syntax() {
        let entries = [
            "corp.example",
            ".x",
            "docker:2375",
            "docker:2376",
            "10.0.0.0/8",
            "172.30.0.0/15",
            "192.168.*",
            "fd00::/8",
            "1.2.3.4:80",
            "fd00::1",
        ];
        assert_eq!(
            options(&settings("http://u:pw@p:1", &entries), "").0,
            "-Dhttp.proxyHost=p -Dhttp.proxyPort=1 -Daether.connector.http.useSystemProperties=true \
             -Dhttp.nonProxyHosts=localhost|127.*|[::1]|corp.example|*.corp.example|*.x|docker|*.docker|1.2.3.4|\
             [fd00::1]|10.*|172.30.*|172.31.*|192.168.*"
        );
    }

    #[test]
    fn every_policy_gives_java_the_same_ranges() {
        for cidr in [CidrPolicy::Strip, CidrPolicy::Keep, CidrPolicy::Expand] {
            let list = normalize("10.1.2.0/30,172.16.0.0/12", &[], cidr, &[]);
            let hosts = non_proxy_hosts(&list, MOST_BYTES).0;
            assert!(hosts.contains("|10.1.2.0|10.1.2.1|10.1.2.2|10.1.2.3|172.16.*|172.17.*|"), "{hosts}");
        }
    }

    #[test]
    fn ten_thousand_names_are_a_list_and_what_has_no_room_is_counted() {
        let names: Vec<String> = (0..10_000).map(|number| format!("h{number}.corp")).collect();
        let mut list = settings("http://p:1", &names.iter().map(String::as_str).collect::<Vec<_>>());
        let (value, left_out) = options(&list, "");
        assert!(value.len() < MOST_BYTES && value.len() > MOST_BYTES - 100, "{}", value.len());
        assert_eq!(value.split('|').count() + left_out, 20_003);
        list.no_proxy.entries.truncate(1000);
        assert_eq!(options(&list, "").1, 0);
    }

    #[test]
    fn what_was_there_stays_and_ours_comes_once() {
        let settings = settings("http://p:1", &["*"]);
        let options = |settings: &Settings, old| super::options(settings, old).0;
        let once = options(&settings, "-Xmx1g '-Da=b  c'");
        assert_eq!(
            once,
            "-Xmx1g '-Da=b  c' -Dhttp.proxyHost=p -Dhttp.proxyPort=1 -Daether.connector.http.useSystemProperties=true \
             -Dhttp.nonProxyHosts=localhost|127.*|[::1]|*"
        );
        assert_eq!(options(&settings, &once), once);
        let inside = format!("{once}  '-Dquoted= -Dhttp.proxyHost=x'");
        let is_ours = |option: &str| option.starts_with("-Dhttp.") || option.starts_with("-Daether.");
        assert_eq!(with(&inside, &[], &is_ours), "-Xmx1g '-Da=b  c'  '-Dquoted= -Dhttp.proxyHost=x'");
        assert_eq!(options(&self::settings("socks5://p:1", &[]), "-Xmx1g"), "-Xmx1g");
    }
}

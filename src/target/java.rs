//! The options by which a JVM takes a proxy: it reads none of the variables.

use crate::proxy_url::ProxyUrl;
use crate::settings::Settings;

/// The properties that are set here (Java, `sun.net.spi.DefaultProxySelector`). `http.nonProxyHosts` serves https too.
const PROPERTIES: [&str; 5] = [
    "-Dhttp.proxyHost=",
    "-Dhttp.proxyPort=",
    "-Dhttps.proxyHost=",
    "-Dhttps.proxyPort=",
    "-Dhttp.nonProxyHosts=",
];

/// The value of JAVA_TOOL_OPTIONS: what it had, then ours instead of those of an earlier run.
///
/// A user and a password cannot be given this way.
#[must_use]
pub fn options(settings: &Settings, old: Option<&str>) -> String {
    let usable = |proxy: &Option<ProxyUrl>| proxy.clone().filter(|proxy| proxy.scheme().starts_with("http"));
    let address = |proxy: Option<ProxyUrl>| {
        proxy.map(|proxy| (proxy.host().trim_matches(['[', ']']).to_owned(), proxy.port()))
    };
    let (http, https) = (address(usable(&settings.proxies.http)), address(usable(&settings.proxies.https)));
    let mut values: Vec<Option<String>> = Vec::new();
    for proxy in [http, https] {
        values.push(proxy.as_ref().map(|(host, _)| host.clone()));
        values.push(proxy.map(|(_, port)| port.to_string()));
    }
    let any = values.iter().any(Option::is_some);
    values.push(any.then(|| non_proxy_hosts(&settings.no_proxy.entries)));
    let ours =
        PROPERTIES.iter().zip(values).filter_map(|(property, value)| Some(format!("{property}{}", value?)));
    let ours: Vec<String> =
        old.map(without_ours).filter(|old| !old.is_empty()).into_iter().chain(ours).collect();
    ours.join(" ")
}

/// The options of others. Only a value that has some of ours is taken apart: it may hold quoted blanks.
fn without_ours(old: &str) -> String {
    let is_ours = |option: &&str| PROPERTIES.iter().any(|property| option.starts_with(property));
    if !old.split_ascii_whitespace().any(|option| is_ours(&option)) {
        return old.to_owned();
    }
    old.split_ascii_whitespace().filter(|option| !is_ours(option)).collect::<Vec<_>>().join(" ")
}

/// The list in Java's syntax: `|` between entries, no ports, `*` at either end, IPv6 in brackets. Java's own
/// exceptions for loopback fall away when the property is set, so they come first.
fn non_proxy_hosts(entries: &[String]) -> String {
    let mut hosts = vec!["localhost".to_owned(), "127.*".to_owned(), "[::1]".to_owned()];
    for entry in entries {
        let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
        let forms = match (entry.as_str(), entry.split(':').next().unwrap_or_default()) {
            ("*", _) => vec!["*".to_owned()],
            (address, _) if is_address(address) && address.contains(':') => vec![format!("[{address}]")],
            (range, _) if range.contains('/') => prefix(range).into_iter().collect(),
            (_, address) if is_address(address) => vec![address.to_owned()],
            (_, suffix) if suffix.starts_with('.') => vec![format!("*{suffix}")],
            (_, host) => vec![host.to_owned(), format!("*.{host}")],
        };
        for form in forms {
            if !hosts.contains(&form) {
                hosts.push(form);
            }
        }
    }
    hosts.join("|")
}

/// `10.0.0.0/8` as `10.*`; Java has no other ranges.
fn prefix(range: &str) -> Option<String> {
    let (address, bits) = range.split_once('/')?;
    let kept = match bits {
        "8" => 1,
        "16" => 2,
        "24" => 3,
        _ => return None,
    };
    Some(format!("{}.*", address.split('.').take(kept).collect::<Vec<_>>().join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(http: &str, entries: &[&str]) -> Settings {
        let mut settings = Settings::default();
        settings.proxies.http = ProxyUrl::parse(http).ok().map(|(proxy, _)| proxy);
        settings.no_proxy.entries = entries.iter().map(|&entry| entry.to_owned()).collect();
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
            "10.0.0.0/9",
            "1.2.3.4:80",
            "fd00::1",
        ];
        assert_eq!(
            options(&settings("http://u:pw@p:1", &entries), None),
            "-Dhttp.proxyHost=p -Dhttp.proxyPort=1 -Dhttp.nonProxyHosts=localhost|127.*|[::1]|corp.example|\
             *.corp.example|*.x|docker|*.docker|10.*|1.2.3.4|[fd00::1]"
        );
    }

    #[test]
    fn what_was_there_stays_and_ours_comes_once() {
        let settings = settings("http://p:1", &["*"]);
        let once = options(&settings, Some("-Xmx1g '-Da=b  c'"));
        assert_eq!(
            once,
            "-Xmx1g '-Da=b  c' -Dhttp.proxyHost=p -Dhttp.proxyPort=1 -Dhttp.nonProxyHosts=localhost|127.*|[::1]|*"
        );
        let simple = options(&settings, Some("-Xmx1g"));
        assert_eq!(options(&settings, Some(&simple)), simple);
        assert_eq!(options(&self::settings("socks5://p:1", &[]), None), "");
    }
}

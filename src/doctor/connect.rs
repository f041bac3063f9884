//! With `--connect`: whether the proxies answer, and let the job through to the GitLab server.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::{Finding, Job, Kind};
use crate::client::{Decision, Destination, find};
use crate::own_urls::own_urls;
use crate::proxy_url::ProxyUrl;

/// How long one connection or answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

pub fn check(job: &Job) -> Vec<Finding> {
    let Some(settings) = job.usable_settings().filter(|_| job.options.connect) else { return Vec::new() };
    let mut found = Vec::new();
    let mut tried: Vec<&ProxyUrl> = Vec::new();
    for (name, proxy) in settings.proxies.named() {
        if tried.contains(&proxy) {
            continue;
        }
        tried.push(proxy);
        found.extend(
            try_proxy(job, proxy)
                .map(|(kind, text, remedy)| Finding::new(kind, name, format!("{proxy} {text}"), remedy)),
        );
    }
    found.extend(own_urls(job.environment).iter().filter_map(|url| private_behind_proxy(job, url)));
    found
}

/// What goes wrong on the way through one proxy, and how to mend it.
fn try_proxy(job: &Job, proxy: &ProxyUrl) -> Option<(Kind, String, &'static str)> {
    let mut stream = match connect(proxy) {
        Ok(stream) => stream,
        Err(failure) => return Some(failure),
    };
    let server = job.environment.texts.ci_server_host.as_deref()?;
    if proxy.scheme() != "http" {
        return None;
    }
    let login =
        proxy.authorization().map(|login| format!("Proxy-Authorization: {login}\r\n")).unwrap_or_default();
    let request = format!("CONNECT {server}:443 HTTP/1.1\r\nHost: {server}:443\r\n{login}\r\n");
    let mut answer = [0; 512];
    let read = stream.write_all(request.as_bytes()).and_then(|()| stream.read(&mut answer));
    let line = match read {
        Ok(read) => String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned(),
        Err(_) => {
            return Some((
                Kind::ConnectSilent,
                format!("did not answer CONNECT {server}:443 in 3 seconds"),
                "see the proxy's own log",
            ));
        }
    };
    // Only the number is shown: the rest of the answer is the proxy's own text and may repeat what was sent.
    let code =
        line.split(' ').nth(1).filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()));
    let Some(code) = code else {
        let text = format!("answered CONNECT {server}:443 with something that is not HTTP");
        return Some((Kind::ConnectNotHttp, text, "check that host and port are those of an HTTP proxy"));
    };
    let (kind, remedy) = match code {
        code if code.starts_with('2') => return None,
        "407" if proxy.has_credentials() => {
            (Kind::ConnectLogin, "it does not take this user and password; correct them")
        }
        "407" => (
            Kind::ConnectLogin,
            "it wants a user and a password; write http://USER:PASSWORD@HOST:PORT, or run cntlm for NTLM",
        ),
        "403" => (
            Kind::ConnectForbidden,
            "the proxy refuses connections to this host; ask its administrator, or add the host to NO_PROXY",
        ),
        _ => (Kind::ConnectStatus, "see the proxy's own log"),
    };
    Some((kind, format!("answered CONNECT {server}:443 with status {code}"), remedy))
}

fn connect(proxy: &ProxyUrl) -> Result<TcpStream, (Kind, String, &'static str)> {
    let host = proxy.host().trim_matches(['[', ']']);
    let Ok(addresses) = (host, proxy.port()).to_socket_addrs() else {
        return Err((
            Kind::ConnectUnresolved,
            "has a name that cannot be resolved".to_owned(),
            "give its address, or a name that the job's DNS knows",
        ));
    };
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                let _ = stream.set_read_timeout(Some(PATIENCE));
                return Ok(stream);
            }
            Err(error) => last = Some(error.kind()),
        }
    }
    let reason = last.map_or_else(|| "no address".to_owned(), |kind| kind.to_string());
    Err((
        Kind::ConnectUnreachable,
        format!("cannot be reached: {reason}"),
        "check host and port, and that this network leads there",
    ))
}

/// One of the job's own hosts that resolves to a private address and still goes to the proxy.
fn private_behind_proxy(job: &Job, url: &str) -> Option<Finding> {
    let target = Destination::parse(url)?;
    let client = find("curl")?;
    if client.prepare(&job.variables).decide(&target).decision != Decision::Proxied {
        return None;
    }
    let mut addresses = (target.host().trim_matches(['[', ']']), target.port()).to_socket_addrs().ok()?;
    let private = addresses.find(|address| match address.ip() {
        IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    })?;
    let text = format!(
        "{} has the private address {}, but requests to it go to the proxy",
        target.host(),
        private.ip()
    );
    Some(Finding::new(Kind::NoProxyPrivateHost, "NO_PROXY", text, format!("add {}", target.host())))
}

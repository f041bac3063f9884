//! With `--connect`: whether the proxies answer, and let the job through to the GitLab server.
//!
//! Each proxy has [`PATIENCE`] for everything: resolving its name, connecting, asking. Only a status code and the
//! known names of login schemes are ever shown of an answer: the rest is the proxy's own text and may repeat what
//! was sent.

mod private;
mod signer;
mod tls;

use super::{Finding, Job, Kind};
use crate::client::{Decision, Destination, find};
use crate::connection::{Deadline, Failure, Head, PATIENCE, Reply, ask, authority, dial, request};
use crate::environment::Environment;
use crate::proxy_url::ProxyUrl;

pub fn check(job: &Job) -> Vec<Finding> {
    if !job.options.connect {
        return Vec::new();
    }
    let server = server(job.environment);
    let way = server.as_ref().map(|server| way_to(job, server));
    let mut found = Vec::new();
    for (names, proxy) in proxies(job) {
        let used = matches!(&way, Some(Way::Through(used)) if *used == proxy);
        let target = server.as_ref().filter(|_| used);
        let fault = try_proxy(&proxy, target).or_else(|| {
            let server = target.filter(|server| server.is_https())?;
            signer::check(job, &proxy, server)
        });
        found.extend(fault.map(|finding| Finding { subjects: names, ..finding }));
    }
    if let (Some(server), Some(Way::Direct(reason))) = (&server, &way) {
        found.extend(try_server(server, reason));
    }
    if server.is_none() && job.environment.has_proxy() {
        let text =
            "CI_SERVER_URL and CI_SERVER_HOST are not set: only the connections to the proxies were tried";
        let remedy = "CI_SERVER_URL=https://HOST jobproxy doctor --connect also tries the way to that server";
        let finding = Finding::new(Kind::ConnectNoServer, "", text, remedy);
        found.push(Finding { subjects: Vec::new(), ..finding });
    }
    found.extend(private::check(job, &Deadline::after(PATIENCE)));
    found
}

/// Returns each proxy that is set, once, with the names of its variables.
fn proxies(job: &Job) -> Vec<(Vec<String>, ProxyUrl)> {
    let mut groups: Vec<(Vec<String>, ProxyUrl)> = Vec::new();
    for (name, proxy) in job.settings.proxies.named() {
        match groups.iter_mut().find(|(_, other)| other == proxy) {
            Some((names, _)) => names.push(name.to_owned()),
            None => groups.push((vec![name.to_owned()], proxy.clone())),
        }
    }
    groups
}

/// Returns the GitLab server: CI_SERVER_URL, else what the parts of that URL in variables of their own say.
fn server(environment: &Environment) -> Option<Destination> {
    let texts = &environment.texts;
    let from_parts = || {
        let host = texts.ci_server_host.as_deref()?;
        let scheme = texts.ci_server_protocol.as_deref().unwrap_or("https");
        let port = texts.ci_server_port.as_deref().map(|port| format!(":{port}")).unwrap_or_default();
        Destination::parse(&format!("{scheme}://{host}{port}/"))
    };
    texts.ci_server_url.as_deref().and_then(Destination::parse).or_else(from_parts)
}

/// How git reaches the GitLab server in this job.
enum Way {
    Through(ProxyUrl),
    /// Without a proxy, and why.
    Direct(String),
    /// Git fails before it connects. Another finding says why.
    None,
}

fn way_to(job: &Job, server: &Destination) -> Way {
    let Some(git) = find("git") else { return Way::None };
    let answer = git.prepare(&job.variables).decide(server);
    match (answer.decision, answer.proxy) {
        (Decision::Direct, _) => Way::Direct(answer.reason),
        (Decision::Proxied, Some((_, value))) => {
            ProxyUrl::parse(value).map_or(Way::None, |(proxy, _)| Way::Through(proxy))
        }
        _ => Way::None,
    }
}

/// Makes a finding about a proxy; the caller names the variables.
fn about(kind: Kind, proxy: &ProxyUrl, text: &str, remedy: &str) -> Finding {
    Finding::new(kind, "", format!("{proxy} {text}"), remedy)
}

fn try_proxy(proxy: &ProxyUrl, target: Option<&Destination>) -> Option<Finding> {
    let deadline = Deadline::after(PATIENCE);
    match proxy.scheme() {
        "http" => try_http(proxy, target, &deadline),
        "https" => Some(try_tls(proxy, &deadline)),
        _ => match dial(proxy.host(), proxy.port(), &deadline) {
            Err(failure) => Some(unreachable(proxy, failure)),
            Ok(_) => Some(not_tried(proxy, "SOCKS")),
        },
    }
}

fn unreachable(proxy: &ProxyUrl, failure: Failure) -> Finding {
    let (kind, remedy) = match failure {
        Failure::Unresolved => {
            (Kind::ConnectUnresolved, "give the proxy's address, or a name that the job's DNS knows")
        }
        _ => (Kind::ConnectUnreachable, "check host and port, and that this network leads there"),
    };
    about(kind, proxy, &format!("cannot be reached: {failure}"), remedy)
}

fn not_tried(proxy: &ProxyUrl, protocol: &str) -> Finding {
    let text = format!("accepts connections; no request was sent, since the proxy speaks {protocol}");
    let remedy = "curl -v shows the way through such a proxy";
    about(Kind::ConnectNotTried, proxy, &text, remedy)
}

/// Tries a proxy whose address has the scheme https.
fn try_tls(proxy: &ProxyUrl, deadline: &Deadline) -> Finding {
    let mut stream = match dial(proxy.host(), proxy.port(), deadline) {
        Ok(stream) => stream,
        Err(failure) => return unreachable(proxy, failure),
    };
    let plain = format!("write http://{}:{}", proxy.host(), proxy.port());
    match ask(&mut stream, tls::CLIENT_HELLO, deadline) {
        Reply::Tls => not_tried(proxy, "TLS"),
        Reply::Http(_) => about(Kind::ConnectNotTls, proxy, "answers TLS in plain HTTP", &plain),
        Reply::Silent => silent(proxy, "a TLS handshake"),
        Reply::Closed | Reply::Other => {
            about(Kind::ConnectNotTls, proxy, "does not answer a TLS handshake in TLS", &plain)
        }
    }
}

fn silent(proxy: &ProxyUrl, request: &str) -> Finding {
    let text = format!("did not answer {request} in 3 seconds");
    about(Kind::ConnectSilent, proxy, &text, "see the proxy's own log")
}

/// Tries a proxy whose address has the scheme http. Without a `target` the request names the proxy itself: any HTTP
/// answer shows that HTTP is spoken at the port.
fn try_http(proxy: &ProxyUrl, target: Option<&Destination>, deadline: &Deadline) -> Option<Finding> {
    let mut stream = match dial(proxy.host(), proxy.port(), deadline) {
        Ok(stream) => stream,
        Err(failure) => return Some(unreachable(proxy, failure)),
    };
    let (request, head) = request(proxy, target);
    let reply = ask(&mut stream, head.as_bytes(), deadline);
    // A server that expects TLS answers plain HTTP with an alert, with status 400, or not at all.
    let may_be_tls = matches!(&reply, Reply::Closed | Reply::Other | Reply::Http(Head { status: 400, .. }));
    if reply == Reply::Tls || may_be_tls && speaks_tls(proxy, deadline) {
        let remedy = format!("write https://{}:{}", proxy.host(), proxy.port());
        return Some(about(Kind::ConnectTls, proxy, "speaks TLS, not plain HTTP", &remedy));
    }
    let remedy = "check that host and port are those of an HTTP proxy";
    match reply {
        Reply::Http(head) => judge(proxy, target, &request, &head),
        Reply::Silent => Some(silent(proxy, &request)),
        Reply::Closed => {
            let text = format!("closed the connection without an answer to {request}");
            Some(about(Kind::ConnectNotHttp, proxy, &text, remedy))
        }
        Reply::Other | Reply::Tls => {
            let text = format!("answered {request} with something that is not HTTP");
            Some(about(Kind::ConnectNotHttp, proxy, &text, remedy))
        }
    }
}

fn speaks_tls(proxy: &ProxyUrl, deadline: &Deadline) -> bool {
    let stream = dial(proxy.host(), proxy.port(), deadline);
    stream.is_ok_and(|mut stream| ask(&mut stream, tls::CLIENT_HELLO, deadline) == Reply::Tls)
}

/// Judges an answer in HTTP.
fn judge(proxy: &ProxyUrl, target: Option<&Destination>, request: &str, head: &Head) -> Option<Finding> {
    let is_tunnel = target.is_some_and(Destination::is_https);
    let (kind, remedy) = match head.status {
        407 => login(proxy, head),
        _ if target.is_none() => return None,
        200..=299 => return None,
        403 => (
            Kind::ConnectForbidden,
            "the proxy refuses connections to this host: ask its administrator, or add the host to NO_PROXY".to_owned(),
        ),
        502..=504 => (
            Kind::ConnectStatus,
            "the proxy does not reach the host: add the host to NO_PROXY if the job reaches it directly, or see the proxy's own log".to_owned(),
        ),
        // Through a tunnel the proxy itself answers; any other answer may be the server's own.
        300..=499 if !is_tunnel => return None,
        _ => (Kind::ConnectStatus, "see the proxy's own log".to_owned()),
    };
    let text = format!("answered {request} with status {}", head.status);
    Some(about(kind, proxy, &text, &remedy))
}

/// Returns the kind and the remedy for status 407, by the login schemes that the proxy offers (RFC 9110, section
/// 11.7.1).
fn login(proxy: &ProxyUrl, head: &Head) -> (Kind, String) {
    let offers = head.schemes.join(", ");
    if head.schemes.is_empty() || head.schemes.contains(&"Basic") {
        let remedy = if proxy.has_credentials() {
            "the proxy refuses this user or password; correct them, percent-encoded"
        } else {
            "the proxy wants a user and a password; write http://USER:PASSWORD@HOST:PORT"
        };
        return (Kind::ConnectLogin, remedy.to_owned());
    }
    let remedy = format!(
        "the proxy accepts {offers} only, and most programs send Basic only; run cntlm or px as a proxy in between"
    );
    (Kind::ConnectLoginScheme, remedy)
}

/// Connects to a server that git reaches without a proxy.
fn try_server(server: &Destination, reason: &str) -> Option<Finding> {
    let failure = dial(server.host(), server.port(), &Deadline::after(PATIENCE)).err()?;
    let text = format!("git goes direct to {} ({reason}), which fails: {failure}", authority(server));
    let remedy = "if only the proxy leads to the server, take the host out of NO_PROXY";
    Some(Finding::new(Kind::ConnectDirect, "CI_SERVER_URL", text, remedy))
}

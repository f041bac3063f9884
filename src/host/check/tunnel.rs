//! Connects to a proxy, and through the proxy to a GitLab server.

use std::net::TcpStream;

use crate::client::Destination;
use crate::connection::{Deadline, Failure, PATIENCE, Reply, ask, dial, request};
use crate::proxy_url::ProxyUrl;

/// What is wrong, and how to fix it.
pub type Fault = (String, &'static str);

pub fn connect(host: &str, port: u16) -> Result<TcpStream, Fault> {
    dial(host, port, &Deadline::after(PATIENCE)).map_err(|failure| match failure {
        Failure::Unresolved => {
            ("has a name that cannot be resolved".to_owned(), "check the name and this host's DNS")
        }
        _ => (
            format!("cannot be reached: {failure}"),
            "check host and port, and that this network leads there",
        ),
    })
}

/// Asks the proxy for the server, with CONNECT where the server speaks TLS. A proxy that is not `http://` is only
/// connected to.
pub fn through(proxy: &ProxyUrl, is_cntlm: bool, server: &Destination) -> Result<(), Fault> {
    let mut stream = connect(proxy.host(), proxy.port())?;
    if proxy.scheme() != "http" {
        return Ok(());
    }
    let (request, head) = request(proxy, Some(server));
    let status = match ask(&mut stream, head.as_bytes(), &Deadline::after(PATIENCE)) {
        Reply::Http(head) => head.status,
        Reply::Tls => {
            return Err((format!("{proxy} speaks TLS, not plain HTTP"), "write https:// before the host"));
        }
        Reply::Silent | Reply::Closed => {
            return Err((
                format!("is not reached: {proxy} does not answer {request}"),
                "see the proxy's own log",
            ));
        }
        Reply::Other => {
            return Err((
                format!("{proxy} does not answer as an HTTP proxy"),
                "check host and port of the proxy",
            ));
        }
    };
    let remedy = match status {
        407 if is_cntlm => {
            "the company's proxy refuses what cntlm sends; try cntlm -M, and set Auth in cntlm.conf"
        }
        407 if proxy.has_credentials() => "the proxy does not take this user and password; correct them",
        407 => {
            "the proxy wants a user and a password; use --cntlm for NTLM, else http://USER:PASSWORD@HOST:PORT"
        }
        403 => "the proxy refuses this host; ask its administrator, or add the host to NO_PROXY",
        502..=504 => "the proxy does not reach this host; ask its administrator, or add the host to NO_PROXY",
        // An answer to CONNECT is from the proxy. An answer to another request may be from the server.
        300.. if server.is_https() => "see the proxy's own log",
        _ => return Ok(()),
    };
    Err((format!("is not reached: {proxy} answers {request} with status {status}"), remedy))
}

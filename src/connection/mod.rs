//! Connections to proxies and to the GitLab server: those of `doctor --connect` in a job, and of `jobproxy-host check` on
//! the runner's host.

use std::time::Duration;

use crate::client::Destination;
use crate::proxy_url::ProxyUrl;

mod answer;
mod dial;

pub use answer::{Head, Reply, ask};
pub use dial::{Deadline, Failure, dial, resolve};

/// The time for one proxy, for the direct way to a server, and for the names of the job's own hosts.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// Host and port, with brackets around an IPv6 address.
pub fn authority(server: &Destination) -> String {
    let brackets = if server.host().contains(':') { ["[", "]"] } else { ["", ""] };
    format!("{}{}{}:{}", brackets[0], server.host(), brackets[1], server.port())
}

/// The first words of a request to a proxy, for people, and the whole request: for the server `target`, or, without one,
/// for the proxy itself.
///
/// There is no `Connection: close`: cntlm hands that header on, and Squid then ends the connection in the middle of the
/// login with NTLM, which takes two requests (seen with cntlm 0.92.3 and Squid 5.7).
pub fn request(proxy: &ProxyUrl, target: Option<&Destination>) -> (String, String) {
    let (request, host) = match target {
        Some(server) if server.is_https() => (format!("CONNECT {}", authority(server)), authority(server)),
        Some(server) => (format!("GET http://{}/", authority(server)), authority(server)),
        None => ("GET /".to_owned(), format!("{}:{}", proxy.host(), proxy.port())),
    };
    let login = proxy.authorization().map(|login| format!("Proxy-Authorization: {login}\r\n"));
    let head = format!("{request} HTTP/1.1\r\nHost: {host}\r\n{}\r\n", login.unwrap_or_default());
    (request, head)
}

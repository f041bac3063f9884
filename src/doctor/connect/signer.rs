//! Whether the image trusts the certificate that comes through a proxy. openssl of the image answers, otherwise curl, since
//! jobproxy has no TLS.

use std::process::Command;

use super::{PATIENCE, about, authority};
use crate::ca::der::{Facts, name_of_issuer};
use crate::ca::pem;
use crate::child;
use crate::client::Destination;
use crate::doctor::{Finding, Job, Kind};
use crate::proxy_url::ProxyUrl;

/// The judgement of a program of the image about the certificate.
enum Verdict {
    /// Trusted, or there was no certificate to judge.
    Fine,
    /// Not trusted; with the name of the CA where the name is known.
    Refused(Option<String>),
}

/// Judges the certificate of a server that git reaches through the proxy.
pub fn check(job: &Job, proxy: &ProxyUrl, server: &Destination) -> Option<Finding> {
    let openssl = job.program("openssl").filter(|_| !proxy.has_credentials());
    let verdict = openssl.map(|openssl| by_openssl(Command::new(openssl), proxy, server));
    let verdict = verdict.or_else(|| Some(by_curl(Command::new(job.program("curl")?), server)));
    match verdict {
        Some(Verdict::Fine) => None,
        Some(Verdict::Refused(name)) => {
            let name = name.map_or("a CA".to_owned(), |name| format!("'{name}'"));
            let text = format!(
                "re-signs TLS as {name}, unless {} has that CA itself; git, node and java of this image will refuse it",
                server.host()
            );
            let remedy = "jobproxy setup --export --ca FILE, with the certificate of that CA in FILE";
            Some(about(Kind::ConnectCaUnknown, proxy, &text, remedy))
        }
        None => {
            let text =
                "may re-sign TLS; that was not looked at, since neither openssl nor curl is in this image";
            let remedy = "in an image with curl, jobproxy doctor --connect says whether programs trust the certificate";
            Some(about(Kind::ConnectCaUnchecked, proxy, text, remedy))
        }
    }
}

/// Without a password, which would be an argument that other users can read.
fn by_openssl(mut openssl: Command, proxy: &ProxyUrl, server: &Destination) -> Verdict {
    let address = format!("{}:{}", proxy.host(), proxy.port());
    openssl.args([
        "s_client",
        "-proxy",
        &address,
        "-connect",
        &authority(server),
        "-servername",
        server.host(),
    ]);
    let Ok(Some((_, output))) = child::run(openssl.arg("-showcerts"), PATIENCE) else { return Verdict::Fine };
    // openssl-s_client(1), -verify_return_error is not given: the handshake continues, and the result is printed.
    let is_refused = output.split(|byte| *byte == b'\n').any(|line| {
        line.trim_ascii_start()
            .strip_prefix(b"Verify return code: ")
            .is_some_and(|code| !code.starts_with(b"0 "))
    });
    let mut chain = pem::certificates(&output);
    match chain.next().filter(|_| is_refused) {
        Some(leaf) => Verdict::Refused(Facts::read(&leaf).and_then(|facts| name_of_issuer(&facts))),
        None => Verdict::Fine,
    }
}

/// With the proxy of the environment, as the job's programs take it.
fn by_curl(mut curl: Command, server: &Destination) -> Verdict {
    /// CURLE_PEER_FAILED_VERIFICATION (curl(1), "Exit codes").
    const NOT_TRUSTED: i32 = 60;
    let seconds = PATIENCE.as_secs().to_string();
    curl.args(["-s", "-q", "-o", "/dev/null", "-I", "--max-time", &seconds]);
    let done = child::run(curl.arg(format!("https://{}/", authority(server))), PATIENCE);
    let is_refused = matches!(done, Ok(Some((status, _))) if status.code() == Some(NOT_TRUSTED));
    if is_refused { Verdict::Refused(None) } else { Verdict::Fine }
}

//! Warnings about settings that are valid, but probably not what their author meant. The settings are used unchanged.

use crate::environment::Environment;

use super::Proxies;

/// Returns the warnings, one line each, without userinfo.
pub(super) fn on(proxies: &Proxies, environment: &Environment) -> Vec<String> {
    let request_method = || {
        let text =
            "REQUEST_METHOD is set: Go programs such as docker will refuse to use HTTP_PROXY; unset it";
        environment.texts.request_method.as_ref().map(|_| text.to_owned())
    };
    [on_one_scheme(proxies), request_method(), on_tls(proxies), on_own_address(proxies, environment)]
        .into_iter()
        .flatten()
        .collect()
}

/// Warns where only one of HTTP_PROXY and HTTPS_PROXY is set.
fn on_one_scheme(proxies: &Proxies) -> Option<String> {
    let (name, scheme) = match (&proxies.http, &proxies.https) {
        (Some(_), None) => ("HTTPS_PROXY", "https"),
        (None, Some(_)) => ("HTTP_PROXY", "http"),
        _ => return None,
    };
    Some(format!("{name} is not set: most programs will go direct to {scheme}:// addresses"))
}

/// Warns of one host and port that one variable reaches with TLS and another variable without TLS.
fn on_tls(proxies: &Proxies) -> Option<String> {
    let (tls, proxy, plain) = proxies.tls_and_plain_at_one_port()?;
    Some(format!(
        "{tls}: https:// means TLS to the proxy itself, but {plain} reaches the same port without TLS; \
         probably meant: http://{}:{}. jobproxy doctor --connect shows which of the two the proxy speaks",
        proxy.host(),
        proxy.port()
    ))
}

/// Warns of a proxy address that means another machine inside a container than outside: a loopback address, or an
/// address of the container in which the job runs. Docker's config gives the address to the containers that docker
/// starts.
fn on_own_address(proxies: &Proxies, environment: &Environment) -> Option<String> {
    let in_container = environment.in_container();
    if let Some((name, proxy)) = proxies.named().find(|(_, proxy)| proxy.is_loopback()) {
        let host = proxy.host();
        return Some(if in_container {
            format!(
                "{name} points to loopback ({host}), which in a container is the container itself; \
                 give the proxy's address on the network"
            )
        } else {
            format!(
                "{name} points to loopback ({host}); containers that docker starts look for the proxy in \
                 themselves: give them an address of this machine that they reach, for example docker0's"
            )
        });
    }
    // Usually all variables name the same host, which is looked up once.
    let mut hosts: Vec<&str> = Vec::new();
    let (name, proxy) = proxies.named().filter(|_| in_container).find(|(_, proxy)| {
        let is_new = !hosts.contains(&proxy.host());
        hosts.push(proxy.host());
        is_new && environment.is_own_address(proxy.host())
    })?;
    Some(format!(
        "{name}: {} is an address of this container itself (docker0 of docker-in-docker takes 172.17.0.1); \
         give dockerd another one with --bip",
        proxy.host()
    ))
}

//! The URLs that every job talks to.

use crate::environment::Environment;

/// Returns the URLs of the GitLab server, its API, its registry and docker's daemon, as far as the job's variables
/// name them. A registry is named without a scheme, and is reached by https.
#[must_use]
pub fn own_urls(environment: &Environment) -> Vec<String> {
    let texts = &environment.texts;
    let registry = texts.ci_registry.as_ref().map(|host| format!("https://{host}"));
    let daemon = environment.docker_daemon().map(|daemon| format!("tcp://{daemon}"));
    [texts.ci_server_url.clone(), texts.ci_api_v4_url.clone(), registry, daemon]
        .into_iter()
        .flatten()
        .collect()
}

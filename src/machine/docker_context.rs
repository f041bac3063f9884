//! The daemon of a docker context (docker/cli, cli/context/store).

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Context {
    name: String,
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Endpoint,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    host: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    current_context: String,
}

/// The name of the context that docker's config.json makes the current one.
#[must_use]
pub fn current(config: &[u8]) -> Option<String> {
    serde_json::from_slice::<Config>(config).ok().map(|config| config.current_context)
}

/// The daemon's address, when `meta` is the meta.json of the context called `name`.
#[must_use]
pub fn host(meta: &[u8], name: &str) -> Option<String> {
    let context: Context = serde_json::from_slice(meta).ok()?;
    (context.name == name).then_some(context.endpoints.docker.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_that_of_the_context_that_was_asked_for() {
        let meta = br#"{"Name":"remote","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://192.0.2.7:2376","SkipTLSVerify":false}}}"#;
        assert_eq!(host(meta, "remote").as_deref(), Some("tcp://192.0.2.7:2376"));
        assert_eq!((host(meta, "other"), host(b"{}", "remote"), host(b"x", "remote")), (None, None, None));
        assert_eq!(current(br#"{"auths":{},"currentContext":"remote"}"#).as_deref(), Some("remote"));
        assert_eq!((current(b"{}"), current(b"[]")), (None, None));
    }
}

//! Clients that read no common proxy variable, and what they need instead.

use super::{Input, Model, Note};
use crate::client::sources::{NOTHING, Sources};

/// Yarn 4 turns `YARN_*` variables of either letter case into settings (`getEnvironmentSettings` in
/// packages/yarnpkg-core/sources/Configuration.ts). Yarn 4 has no setting for exceptions.
pub const YARN_4: Model = Model {
    sources: Sources {
        http: &[&["YARN_HTTP_PROXY", "yarn_http_proxy"]],
        https: &[&["YARN_HTTPS_PROXY", "yarn_https_proxy"]],
        ..NOTHING
    },
    note: Note::Always(
        "NO_PROXY is never read: with YARN_HTTP_PROXY (setup --for yarn) every host is proxied",
    ),
    ..Model::DEFAULT
};

/// got uses the agent that the caller passes (documentation/tips.md, Proxying), else Node's global agent.
pub const GOT: Model = Model {
    note: Note::Always(
        "Node 22.21, 24.5 and newer use the proxy with NODE_USE_ENV_PROXY=1 (setup --for node)",
    ),
    ..Model::DEFAULT
};

/// Subversion reads `http-proxy-host` in its `servers` file (`load_config` in `libsvn_ra_serf/serf.c`).
pub const SVN: Model = Model {
    note: Note::Always(
        "set http-proxy-host, http-proxy-port and http-proxy-exceptions in ~/.subversion/servers",
    ),
    ..Model::DEFAULT
};

/// s3cmd reads `proxy_host` in its configuration (S3/Config.py).
pub const S3CMD: Model = Model {
    note: Note::Always("set proxy_host and proxy_port in ~/.s3cfg, which knows no exceptions"),
    ..Model::DEFAULT
};

/// Java without system properties.
pub const JAVA: Model = Model {
    note: Note::Always("Java needs the properties that setup --for java exports in JAVA_TOOL_OPTIONS"),
    ..Model::DEFAULT
};

/// Node before 22.21 and 24.5, or without NODE_USE_ENV_PROXY=1 (doc/api/cli.md).
pub const NODE_WITHOUT_OPTION: Model = Model {
    note: Note::Always("Node 22.21, 24.5 and newer read them with NODE_USE_ENV_PROXY=1 (setup --for node)"),
    ..Model::DEFAULT
};

/// PHP's streams read the proxy only from a stream context.
pub const PHP_STREAM: Model =
    Model { note: Note::Always("pass a stream context with http.proxy, or use curl"), ..Model::DEFAULT };

/// dockerd pulls and pushes. dockerd's environment comes from the service manager, or from the dind service container.
pub const DOCKERD: Model = Model {
    input: Input::Elsewhere,
    note: Note::Always(
        "pulls and pushes use the environment of the dockerd process; docker info shows HTTP Proxy and No Proxy",
    ),
    ..Model::DEFAULT
};

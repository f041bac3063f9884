//! Which client uses which rule, reads which variables, and takes which proxies.
//!
//! The letters at the end are explained at `proxy::FLAWS`: what the client does with a proxy's value that
//! is not plain. They are measured; the variables are too, and read in the sources that the rules cite.

use super::Client;
use super::proxy::{Cgi, Empty, Reads};
use super::rule::{self, Rule};

const ALL: &[&str] = &["all_proxy", "ALL_PROXY"];
const UPPER_ALL: &[&str] = &["ALL_PROXY", "all_proxy"];
const LOWER: &[&str] = &["http_proxy", "HTTP_PROXY"];
const LOWER_TLS: &[&str] = &["https_proxy", "HTTPS_PROXY"];
const LOWER_NO: &[&str] = &["no_proxy", "NO_PROXY"];
const UPPER: &[&str] = &["HTTP_PROXY", "http_proxy"];
const UPPER_TLS: &[&str] = &["HTTPS_PROXY", "https_proxy"];
const UPPER_NO: &[&str] = &["NO_PROXY", "no_proxy"];

const NOTHING: Reads = Reads {
    http: &[],
    https: &[],
    no_proxy: &[],
    empty: Empty::Skipped,
    empty_list: Empty::Skipped,
    cgi: Cgi::Nothing,
};

/// Lower case first, and an empty variable is none.
const LOWER_FIRST: Reads = Reads { http: &[LOWER], https: &[LOWER_TLS], no_proxy: LOWER_NO, ..NOTHING };
const LOWER_FIRST_ALL: Reads = Reads { http: &[LOWER, ALL], https: &[LOWER_TLS, ALL], ..LOWER_FIRST };

/// `curl_getenv` takes an empty variable for none; `HTTP_PROXY` is never read.
const LIBCURL: Reads = Reads { http: &[&["http_proxy"], ALL], ..LOWER_FIRST_ALL };
/// `http_init` in git's http.c asks for itself, and keeps what is empty.
const GIT: Reads = Reads { empty: Empty::Disables, empty_list: Empty::Hides, ..LIBCURL };
/// `getproxies_environment` in Lib/urllib/request.py.
const URLLIB: Reads =
    Reads { empty: Empty::Hides, empty_list: Empty::Hides, cgi: Cgi::HidesUpper, ..LOWER_FIRST };
const HTTPX: Reads = Reads { http: &[LOWER, ALL], https: &[LOWER_TLS, ALL], ..URLLIB };
/// `get_proxy` in requests/utils.py takes the upper list when the lower one is empty.
const REQUESTS: Reads = Reads { empty_list: Empty::Skipped, ..HTTPX };
const ATTOHTTPC: Reads = Reads { cgi: Cgi::Nothing, ..HTTPX };
/// `Net::HTTP` asks for the proxy of an http URL whatever it fetches.
const RUBY: Reads = Reads { https: &[LOWER], empty: Empty::Disables, ..URLLIB };
const GEM: Reads = Reads { cgi: Cgi::Nothing, ..URLLIB };
const GO: Reads =
    Reads { http: &[UPPER], https: &[UPPER_TLS], no_proxy: UPPER_NO, cgi: Cgi::Fails, ..NOTHING };
/// `env_proxy` in LWP/UserAgent.pm walks the sorted environment, capitals first, and skips what is empty.
const LWP: Reads = Reads { cgi: Cgi::HidesUpper, ..GO };
const HTTP_TINY: Reads = Reads { no_proxy: &["no_proxy"], cgi: Cgi::HidesUpper, ..LOWER_FIRST_ALL };
/// `http_make_proxy_url` in apk-tools' libfetch/http.c.
const APK: Reads = Reads { empty: Empty::Hides, empty_list: Empty::Hides, cgi: Cgi::Nothing, ..GO };
const APT: Reads = Reads {
    http: &[&["http_proxy"]],
    https: &[&["https_proxy"], &["http_proxy"]],
    no_proxy: &["no_proxy"],
    ..NOTHING
};
const ARIA2: Reads = Reads {
    http: &[&["http_proxy"], &["all_proxy"]],
    https: &[&["https_proxy"], &["all_proxy"]],
    no_proxy: &["no_proxy"],
    ..NOTHING
};
/// `download_one_url` in busybox's networking/wget.c.
const BUSYBOX: Reads = Reads { http: &[&["http_proxy"]], https: &[&["http_proxy"]], ..NOTHING };
const WGET: Reads = Reads { https: &[&["https_proxy"]], ..APT };
/// `GetHttpProxyServer` in `http_proxy_mapper.cc`; one proxy for everything.
const GRPC: Reads = Reads {
    http: &[&["grpc_proxy", "https_proxy", "http_proxy"]],
    https: &[&["grpc_proxy", "https_proxy", "http_proxy"]],
    no_proxy: &["no_grpc_proxy", "no_proxy"],
    empty: Empty::Disables,
    empty_list: Empty::Hides,
    cgi: Cgi::Nothing,
};
/// `get_first_env` and `Builder::build` in hyper-util's matcher.rs.
const HYPER_UTIL: Reads = Reads {
    http: &[UPPER, UPPER_ALL],
    https: &[UPPER_TLS, UPPER_ALL],
    no_proxy: UPPER_NO,
    empty: Empty::Hides,
    empty_list: Empty::Hides,
    cgi: Cgi::Disables,
};
/// `from_env` in deno's ext/fetch/proxy.rs.
const DENO: Reads = Reads { cgi: Cgi::DisablesHttp, ..HYPER_UTIL };
const UREQ: Reads =
    Reads { http: UREQ_ANY, https: UREQ_ANY, no_proxy: UPPER_NO, empty_list: Empty::Hides, ..NOTHING };
/// `Proxy::try_from_env`: one proxy for everything, the first name whose value can be read.
const UREQ_ANY: &[&[&str]] =
    &[&["ALL_PROXY"], &["all_proxy"], &["HTTPS_PROXY"], &["https_proxy"], &["HTTP_PROXY"], &["http_proxy"]];
/// `EnvHttpProxyAgent`: https falls back to the http proxy, and an empty variable hides the other case.
const UNDICI: Reads =
    Reads { https: &[LOWER_TLS, LOWER], empty: Empty::Hides, empty_list: Empty::Hides, ..LOWER_FIRST };
const REQUEST: Reads = Reads { https: &[UPPER_TLS, UPPER], cgi: Cgi::Nothing, ..GO };
/// `getProxy` in @npmcli/agent: http asks for the https proxy first.
const NPM: Reads = Reads {
    http: &[UPPER_TLS, UPPER],
    empty: Empty::Hides,
    empty_list: Empty::Hides,
    cgi: Cgi::Nothing,
    ..GO
};
const GLOBAL_AGENT: Reads = Reads {
    http: &[&["HTTP_PROXY"]],
    https: &[&["HTTPS_PROXY", "HTTP_PROXY"]],
    no_proxy: &["NO_PROXY"],
    ..NOTHING
};
/// Java reads properties; these variables stand for those that `setup --java` makes of them.
const JAVA: Reads = LOWER_FIRST;

const fn client(
    name: &'static str,
    version: &'static str,
    rule: &'static Rule,
    reads: &'static Reads,
    syntax: &'static str,
) -> Client {
    Client { name, version, rule, reads, syntax }
}

/// Every client that was measured, the versions of one in rising order.
pub(super) static CLIENTS: [Client; 75] = [
    client("HTTP-Tiny", "0.096", &rule::HTTP_TINY, &HTTP_TINY, "XXEPEPPEXPXEEXXPPPPPPP"),
    client("LWP", "6.68", &rule::LWP_6_68, &LWP, "XEEPPPXPPPXPEEEPPPPPPP"),
    client("LWP", "6.83", &rule::LWP_6_83, &LWP, "XEEPPPXPPPXPEEEPPPPPPP"),
    client("aiohttp", "3.14.5", &rule::AIOHTTP, &URLLIB, "EEEDDPPPPPEPEEEEPEPPPP"),
    client("apk", "2.14.10", &rule::APK, &APK, "DDDDDDDDPPDEPPDPPPDPPP"),
    client("apk", "3.0.6", &rule::APK, &APK, "DDDDDDDDPPDEPPDPPPDPPP"),
    client("apt", "2.6.1", &rule::APT, &APT, "EEEPPEEPPPDPPPEPPPPPPP"),
    client("apt", "3.3.5", &rule::APT, &APT, "EEEPPEEPPPDPPPEPPPPPPP"),
    client("aria2", "1.37.0", &rule::ARIA2, &ARIA2, "PPPPPDDDPPEEDDDDPPPPPP"),
    client("attohttpc", "0.31.0", &rule::ATTOHTTPC, &ATTOHTTPC, "DDDEEPPPPPDPDDDPPEPPPP"),
    client("aws-cli", "2.38.1", &rule::URLLIB, &URLLIB, "PPPPPEEEPPEPEEEEPEPPEP"),
    client("axios", "1.7.9", &rule::PROXY_FROM_ENV, &LOWER_FIRST_ALL, "PPPPPPPPPEEPEEEPPEPPPP"),
    client("axios", "1.21.1", &rule::AXIOS, &LOWER_FIRST_ALL, "PPPPPPPPPEEPEEEPPEPPPP"),
    client("boto3", "1.44.5", &rule::URLLIB, &URLLIB, "PPPPPEEEPPEPEEEEPEPPEP"),
    client("busybox-wget", "1.30.1", &rule::NONE, &BUSYBOX, "PPPEEEEEPPEPEEEPPPPPPP"),
    client("busybox-wget", "1.35.0", &rule::NONE, &BUSYBOX, "PPPEEEEEPPEPEEEPPPPPPP"),
    client("busybox-wget", "1.38.0", &rule::NONE, &BUSYBOX, "PPPEEEEEPPEPEEEPEPPPPP"),
    client("cargo", "1.95.0", &rule::CURL_8_9, &LIBCURL, "PPPPPPEEPPEEEEEPEPPPPP"),
    client("composer", "2.11.0", &rule::COMPOSER, &LOWER_FIRST, "PPPPPPEPPPEPEEEPPPPPPP"),
    client("curl", "7.74.0", &rule::CURL_7_74, &LIBCURL, "PPPPPPEEPPEEEEEPPPPPPP"),
    client("curl", "7.88.1", &rule::CURL_7_86, &LIBCURL, "PPPPPPEEPPEEEEEPEPPPPP"),
    client("curl", "8.23.0", &rule::CURL_8_23, &LIBCURL, "PPPPPPEEPPEEEEEPEPPPPP"),
    client("deno", "2.9.6", &rule::DENO, &DENO, "PPPPPPDDPPDPEEEDDDPDPP"),
    client("dnf4", "4.24.0", &rule::CURL_8_23, &LIBCURL, "PPPPPPEEPPEEEEEPEPPPPP"),
    client("dnf5", "5.4.6", &rule::CURL_8_23, &LIBCURL, "PPPPPPEEPPEEEEEPEPPPPP"),
    client("docker", "28.2.2", &rule::GO_1_27, &GO, "PPPPPPDEPPEPEEEEEEDPPP"),
    client("docker", "28.5.2", &rule::GO_1_27, &GO, "PPPPPPDEPPEPEEEEEEDPPP"),
    client("gem", "4.0.22", &rule::GEM, &GEM, "PPPPPPEEPPEEEEEEEEEPPP"),
    client("git-http.proxy", "2.47.3", &rule::CURL_7_86, &GIT, "PPPPPPPEEPEPEEEPPPPEPP"),
    client("git", "2.47.3", &rule::CURL_7_86, &GIT, "PPPPPPPEEPEPEEEPPPPEPP"),
    client("git", "2.55.0", &rule::CURL_8_23, &GIT, "PPPPPEEEEPEPEEEPPPPEPP"),
    client("global-agent", "4.1.3", &rule::GLOBAL_AGENT, &GLOBAL_AGENT, "PPPPPPPPPPEPEEEPPEEPPP"),
    client("go", "1.19.8", &rule::GO_1_19, &GO, "PPPPPPDEPPEPEEEEEEDPPP"),
    client("go", "1.27.3", &rule::GO_1_27, &GO, "PPPPPPDEPPEPEEEEEEDPPP"),
    client("grpc", "1.85.1", &rule::GRPC, &GRPC, "DDPDPPDPPPDPEEEPPPPPPP"),
    client("httplib2", "0.32.1", &rule::HTTPLIB2, &GEM, "DDDPPPPEPEDPEEEEPPPPPP"),
    client("httpx", "0.28.1", &rule::HTTPX, &HTTPX, "PPPPPPXPPPEPXXXPPPPPPP"),
    client("java-env", "17.0.15", &rule::NONE, &NOTHING, "PPPPPPPPPPPPPPPPPPPPPP"),
    client("java-httpclient", "17.0.15", &rule::JAVA, &JAVA, "PPPPPPPPPPPPPPPPPPPPPP"),
    client("java-properties", "17.0.15", &rule::JAVA, &JAVA, "PPPPPPPPPPPPPPPPPPPPPP"),
    client("node-fetch-env", "24.22.2", &rule::NODE_FETCH, &UNDICI, "XXEPPPPPXPXPXXXPPXXPPP"),
    client("node-fetch", "20.20.2", &rule::NONE, &NOTHING, "PPPPPPPPPPPPPPPPPPPPPP"),
    client("node-http-agent", "24.22.2", &rule::NODE_HTTP, &LOWER_FIRST, "DDDPPDDPPPDPEEEPPEEPPP"),
    client("node-http-env", "24.22.2", &rule::NODE_HTTP, &LOWER_FIRST, "DDDPPDDPPPDPEEEPPEEPPP"),
    client("npm", "11.19.1", &rule::NPM, &NPM, "EEEPPPPPPPEPEEEPPEEPPP"),
    client("npm", "12.2.0", &rule::NPM, &NPM, "EEEPPPPPPPEPEEEPPEEPPP"),
    client("oras", "1.3.3", &rule::GO_1_27, &GO, "PPPPPPDEPPEPEEEEEEDPPP"),
    client("php-curl", "8.4.27", &rule::CURL_8_23, &LIBCURL, "PPPPPPEEPPEEEEEPEPPPPP"),
    client("php-stream", "8.4.27", &rule::NONE, &NOTHING, "PPPPPPPPPPPPPPPPPPPPPP"),
    client("pip", "23.2.1", &rule::REQUESTS_2_31, &REQUESTS, "PEPPPPEEPPEPEEEEPEPPPP"),
    client("pip", "26.3", &rule::REQUESTS_2_34, &REQUESTS, "PEPPPPEEPPEPEEEEPEPPPP"),
    client("proxy-agent", "8.0.2", &rule::PROXY_FROM_ENV, &LOWER_FIRST_ALL, "PPPPPPPPPPEPEEEPPEEPPP"),
    client("proxy-from-env", "1.1.0", &rule::PROXY_FROM_ENV, &LOWER_FIRST_ALL, "PPPPPPPPPPPPPPPPPPPPPP"),
    client("proxy-from-env", "2.1.0", &rule::PROXY_FROM_ENV, &LOWER_FIRST_ALL, "PPPPPPPPPPPPPPPPPPPPPP"),
    client("pycurl", "7.49.0", &rule::CURL_8_23, &LIBCURL, "PPPPPPEEPPEEEEEPEPPPPP"),
    client("rclone", "1.75.2", &rule::GO_1_27, &GO, "PPPPPPDEPPEPEEEEEEDPPP"),
    client("request", "2.88.2", &rule::REQUEST, &REQUEST, "EEEPPPPPPPEPEEEPPEEPPP"),
    client("requests", "2.31.0", &rule::REQUESTS_2_31, &REQUESTS, "PEPPPPEEPPEPEEEEPEPPPP"),
    client("requests", "2.34.2", &rule::REQUESTS_2_34, &REQUESTS, "PEPPPPEEPPEPEEEEPEPPPP"),
    client("reqwest", "0.12.28", &rule::HYPER_UTIL, &HYPER_UTIL, "PPPEEPDDPPDPEEEDDDPPPP"),
    client("reqwest", "0.13.5", &rule::HYPER_UTIL, &HYPER_UTIL, "PPPEEPDDPPDPEEEDDDPPPP"),
    client("ruby-open-uri", "3.3.8", &rule::RUBY, &URLLIB, "EEEEEPEEPPEEEEEEEEEPPP"),
    client("ruby", "3.1.2", &rule::RUBY, &RUBY, "EDEPPPEEPPEEEEEEEEEPPP"),
    client("ruby", "3.3.8", &rule::RUBY, &RUBY, "EDEPPPEEPPEEEEEEEEEPPP"),
    client("skopeo", "1.22.0", &rule::GO_1_27, &GO, "PPPPPPDEPPEPEEEEEEDPPP"),
    client("undici", "7.30.2", &rule::UNDICI, &UNDICI, "XXEPPPPPXPXPXXXPPXXPPP"),
    client("ureq", "2.12.1", &rule::NONE, &UREQ, "PPPDDDDPPEEPPPPPPPPDPP"),
    client("ureq", "3.5.2", &rule::UREQ, &UREQ, "PPPPPPDDPPDPEEEDDDPPPP"),
    client("urllib", "3.11.7", &rule::URLLIB, &URLLIB, "PPPPPPEPPPEPPPPPPPPPPP"),
    client("urllib", "3.14.10", &rule::URLLIB, &URLLIB, "PPPPPPEPPPEPPPPPPPPPPP"),
    client("uv", "0.13.9", &rule::HYPER_UTIL, &HYPER_UTIL, "PPPPPPDDPPDPEEEDDDPPPP"),
    client("wget2", "2.2.0", &rule::WGET2, &UNDICI, "DPDPPPDDPPDEDDDPPPDPPE"),
    client("wget", "1.21.3", &rule::WGET, &WGET, "PPPEPPEEPPEEEEEEPPPPPP"),
    client("wget", "1.25.0", &rule::WGET, &WGET, "PPPEPPEEPPEEEEEEPPPPPP"),
    client("yarn", "1.22.22", &rule::REQUEST, &REQUEST, "EEEPPPPPPPEPEEEPPEEPPP"),
];

use std::os::unix::ffi::OsStringExt;

use super::*;

fn collect(variables: &[(&str, &[u8])]) -> Environment {
    Environment::collect(variables.iter().map(|(n, v)| (n.into(), OsString::from_vec(v.to_vec()))))
}

#[test]
fn a_foreign_variable_that_is_not_utf8_does_not_matter() {
    let environment = collect(&[
        ("OTHER", b"\xff"),
        ("DOCKER_HOST", b"\xff"),
        ("HTTP_PROXY", b"http://p"),
        ("http_proxy", b""),
    ]);
    assert_eq!(environment.filled("HTTP_PROXY"), Some("http://p"));
    assert!(environment.is_set("http_proxy") && environment.filled("http_proxy").is_none());
    assert!(environment.not_utf8.is_empty() && environment.texts.docker_host.is_none());
}

#[test]
fn a_proxy_variable_that_is_not_utf8_is_named() {
    for name in ["HTTPS_PROXY", "no_proxy"] {
        assert_eq!(collect(&[(name, b"a,\xff")]).not_utf8, [name]);
    }
}

#[test]
fn a_path_may_hold_any_bytes() {
    let environment = collect(&[("HOME", b"/\xff"), ("DOCKER_CONFIG", b"")]);
    assert!(environment.path("HOME").is_some());
    assert!(environment.path("DOCKER_CONFIG").is_none());
}

#[test]
fn every_text_that_is_picked_has_its_field() {
    let all: Vec<_> = TEXTS.iter().map(|name| (*name, b"x".as_slice())).collect();
    let texts = collect(&all).texts;
    assert!(texts.docker_host.is_some() && texts.request_method.is_some() && texts.ci.is_some());
    assert!(collect(&[("DOCKER_HOST", b" ")]).texts.docker_host.is_none());
}

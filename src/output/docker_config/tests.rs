use super::*;

const SET: &str = r#"{"httpProxy":"http://u:pw@p:1","noProxy":"docker:2375"}"#;

fn wanted() -> [Wanted; 2] {
    [("httpProxy", "http://u:pw@p:1".to_owned()), ("noProxy", "docker:2375".to_owned())]
}

fn merge_bytes(old: &[u8], daemons: &[&str]) -> Result<Option<Vec<u8>>> {
    let daemons: Vec<String> = daemons.iter().map(|&daemon| daemon.to_owned()).collect();
    let edit = decide(Some(old), &wanted(), &daemons, true)?;
    assert!(!edit.diff.concat().contains("pw"), "{:?}", edit.diff);
    Ok(match edit.change {
        Change::Content(content) => Some(content),
        _ => None,
    })
}

fn merge(old: &str, daemons: &[&str]) -> Result<Option<String>> {
    Ok(merge_bytes(old.as_bytes(), daemons)?.map(|content| String::from_utf8(content).unwrap()))
}

#[test]
fn keys_are_found_in_any_case_and_others_are_left_alone() {
    for (old, expected) in [
        (r#"{"auths":{"r":{}}}"#, format!(r#"{{"auths":{{"r":{{}}}},"proxies":{{"default":{SET}}}}}"#)),
        (
            r#"{"Proxies":{"default":{"HTTPProxy":"o","noProxy":"docker:2375"}}}"#,
            format!(r#"{{"Proxies":{{"default":{}}}}}"#, SET.replace("httpProxy", "HTTPProxy")),
        ),
        (r#"{"proxies":{"Default":{}}}"#, format!(r#"{{"proxies":{{"Default":{SET},"default":{SET}}}}}"#)),
        (
            r#"{"proxies":{"default":{},"tcp://docker:2376":{},"tcp://other:2375":{}}}"#,
            format!(r#"{{"proxies":{{"default":{SET},"tcp://docker:2376":{SET},"tcp://other:2375":{{}}}}}}"#),
        ),
        (
            r#"{"proxies":{"default":{"httpProxy":null,"ftpProxy":"f"}}}"#,
            r#"{"proxies":{"default":{"httpProxy":"http://u:pw@p:1","ftpProxy":"f","noProxy":"docker:2375"}}}"#
                .to_owned(),
        ),
        // Docker takes null for nothing.
        ("null", format!(r#"{{"proxies":{{"default":{SET}}}}}"#)),
        (r#"{"a":1,"proxies":null}"#, format!(r#"{{"a":1,"proxies":{{"default":{SET}}}}}"#)),
        (r#"{"proxies":{"default":null}}"#, format!(r#"{{"proxies":{{"default":{SET}}}}}"#)),
        (
            r#"{"proxies":{"tcp://docker:2376":null,"tcp://x:1":null}}"#,
            format!(r#"{{"proxies":{{"tcp://docker:2376":{SET},"tcp://x:1":null,"default":{SET}}}}}"#),
        ),
    ] {
        let merged = merge(old, &["tcp://docker:2376"]).unwrap().unwrap();
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&merged), value(&expected), "{old} became {merged}");
        assert_eq!(merge(&merged, &["tcp://docker:2376"]).unwrap(), None, "merging twice: {old}");
    }
}

/// Docker decodes the first value of the file and never looks at the rest.
#[test]
fn what_stands_after_the_object_stays_where_it_is() {
    for (before, after) in
        [("", "}"), (" \n", "{}"), ("", " // no comment for docker\n"), ("\t", "\0"), ("", "\n\n")]
    {
        let merged = merge(&format!("{before}{{\"a\":1}}{after}"), &[]).unwrap().unwrap();
        assert_eq!(merged, format!(r#"{before}{{"a":1,"proxies":{{"default":{SET}}}}}{after}"#));
    }
    let merged = merge("null {\"a\":1}", &[]).unwrap().unwrap();
    assert!(merged.starts_with("{\n\t\"proxies\"") && merged.ends_with("} {\"a\":1}"), "{merged}");
}

/// Go replaces the bytes when it reads; nothing else of the file is lost.
#[test]
fn bytes_that_are_not_utf8_stay() {
    let merged = merge_bytes(b"{\"a\":\"\xff\xc3\xa4\"}", &[]).unwrap().unwrap();
    let expected = [b"{\"a\":\"\xff\xc3\xa4\",\"proxies\":{\"default\":", SET.as_bytes(), b"}}"].concat();
    assert_eq!(merged, expected);
}

#[test]
fn what_docker_would_not_read_is_refused() {
    for (old, part) in [
        ("{", "not valid JSON at line 1"),
        ("[]", "not an object"),
        ("true", "not an object"),
        ("\"auths\":{}", "not an object"),
        ("\u{feff}{}", "not valid JSON"),
        (r#"{"proxies":[]}"#, "proxies is not an object"),
        (r#"{"proxies":{"default":"x"}}"#, "proxies.default is not an object"),
        (r#"{"proxies":{"httpProxy":"http://u:pw@p"}}"#, "proxies.httpProxy stands outside of \"default\""),
        (r#"{"proxies":{},"Proxies":{}}"#, "has proxies twice"),
        (r#"{"proxies":{"default":{"httpProxy":"a","httpproxy":"b"}}}"#, "has httpProxy twice"),
    ] {
        let error = merge(old, &[]).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains("pw"), "{old}: {error}");
    }
}

#[test]
fn an_empty_file_counts_as_an_empty_object() {
    let new = merge("", &[]).unwrap().unwrap();
    assert!(new.starts_with("{\n\t\"proxies\": {\n\t\t\"default\": {\n\t\t\t\"httpProxy\": "), "{new}");
    assert_eq!(merge(" \n", &[]).unwrap().unwrap(), new);
}

#[test]
fn undo_removes_the_values_of_setup_and_names_the_values_that_stay() {
    let reverted = |old: &str| revert(old.as_bytes(), &wanted(), &[]).unwrap();
    for (old, expected) in [
        (format!(r#"{{"proxies":{{"default":{SET}}}}}"#), Change::Removal),
        (format!(r#"{{"a":1,"proxies":{{"default":{SET}}}}}"#), Change::Content(br#"{"a":1}"#.into())),
        (format!(r#"{{"proxies":{{"default":{SET}}}}}{{}}"#), Change::Content(b"{}{}".into())),
        (r#"{"a":1}"#.to_owned(), Change::Nothing),
        ("null".to_owned(), Change::Nothing),
    ] {
        let edit = reverted(&old);
        assert_eq!((edit.change, edit.notes.len()), (expected, 0), "{old}");
    }
    let edit = reverted(
        r#"{"proxies":{"default":{"httpProxy":"http://x:s3cret@y:1","noProxy":"docker:2375","ftpProxy":7}}}"#,
    );
    assert_eq!(
        edit.change,
        Change::Content(
            br#"{"proxies":{"default":{"httpProxy":"http://x:s3cret@y:1","ftpProxy":7}}}"#.into()
        )
    );
    assert_eq!(
        edit.notes,
        [
            "docker: left proxies.default.httpProxy: http://***@y:1: setup would not write that value",
            "docker: left proxies.default.ftpProxy: ***: setup would not write that value"
        ]
    );
}

#[test]
fn no_value_is_shown_that_may_hold_a_password() {
    for value in [
        "http://alicia:s3cret%40p:1",
        "http://alicia:s3cret",
        "http://alicia:s3cret#p:1",
        "alicia:s3cret:p:1",
        "http://s3cret:1/p@h",
        "http://alicia:s3/cret@h:1,a.corp",
    ] {
        for key in KEYS {
            let old = format!(r#"{{"proxies":{{"default":{{"{key}":"{value}"}}}}}}"#);
            let edit = decide(Some(old.as_bytes()), &[(key, "new".to_owned())], &[], true).unwrap();
            let shown = edit.diff.concat();
            assert!(!shown.contains("s3") && !shown.contains("cret"), "{old}: {shown}");
        }
    }
}

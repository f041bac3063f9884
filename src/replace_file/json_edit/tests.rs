use super::members::MAX_DEPTH;
use super::*;

const PATH: [&str; 3] = ["proxies", "default", "httpProxy"];

/// Sets one string.
fn set_one(json: &str, path: &[&str], value: &str) -> String {
    let (key, object) = path.split_last().unwrap();
    set(json, object, &[(key, value)]).unwrap()
}

#[test]
fn a_member_is_set_in_the_layout_that_is_there() {
    for (json, expected) in [
        ("{}", "{\n\t\"proxies\": {\n\t\t\"default\": {\n\t\t\t\"httpProxy\": \"v\"\n\t\t}\n\t}\n}"),
        (r#"{"a":1}"#, r#"{"a":1,"proxies":{"default":{"httpProxy":"v"}}}"#),
        (r#"{"a": 1, "b": 2}"#, r#"{"a": 1, "b": 2, "proxies": {"default": {"httpProxy": "v"}}}"#),
        (r#"{ "a": 1 }"#, r#"{ "a": 1, "proxies": {"default": {"httpProxy": "v"}} }"#),
        (
            "{\n  \"a\": 1\n}\n",
            "{\n  \"a\": 1,\n  \"proxies\": {\n    \"default\": {\n      \"httpProxy\": \"v\"\n    }\n  }\n}\n",
        ),
        (
            "{\r\n\t\"proxies\": {}\r\n}",
            "{\r\n\t\"proxies\": {\r\n\t\t\"default\": {\r\n\t\t\t\"httpProxy\": \"v\"\r\n\t\t}\r\n\t}\r\n}",
        ),
        (
            r#"{"proxies":{"default":{"noProxy":"n"}}}"#,
            r#"{"proxies":{"default":{"noProxy":"n","httpProxy":"v"}}}"#,
        ),
        (
            r#"{"proxies":{"default":{"httpProxy":"o"}},"z":1}"#,
            r#"{"proxies":{"default":{"httpProxy":"v"}},"z":1}"#,
        ),
    ] {
        assert_eq!(set_one(json, &PATH, "v"), expected);
    }
}

#[test]
fn several_members_are_set_as_one_after_the_other() {
    for json in [
        "{}",
        "{ }",
        r#"{"a":1}"#,
        r#"{ "a" : 1 }"#,
        r#"{"a": {"b":2}, "proxies": null}"#,
        r#"{"a": 1, "proxies": {"default": {}}}"#,
        r#"{"proxies":{"default":{"noProxy":"n"}}}"#,
        r#"{"proxies":{"default":{"httpsProxy":"old","x":"y","httpProxy":"older"}},"z":1}"#,
        r#"{"proxies":{"default":{"noProxy":1, "httpProxy":null}}}"#,
        "{\n  \"a\": 1\n}\n",
        "{\r\n\t\"proxies\": {\r\n\t\t\"other\": {}\r\n\t}\r\n}",
        "{\n\n\t\"proxies\"\n:\n{\n\"default\": {\n\"noProxy\":\"n\"}\n}}",
    ] {
        let wanted = [("httpProxy", "v"), ("httpsProxy", "w\""), ("noProxy", "")];
        let one_by_one = wanted
            .iter()
            .fold(json.to_owned(), |json, (key, value)| set_one(&json, &["proxies", "default", key], value));
        assert_eq!(set(json, &["proxies", "default"], &wanted).unwrap(), one_by_one, "{json}");
        let backwards: Vec<_> = wanted.iter().rev().copied().collect();
        let inside = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(inside(&set(json, &["proxies", "default"], &backwards).unwrap()), inside(&one_by_one));
    }
}

#[test]
fn what_set_made_remove_takes_away() {
    for json in [
        r#"{"a":1}"#,
        "{\n    \"a\": {\"b\": [1.0, 1e400, -0, \"\\u0041\\ud800\"]},\n    \"a\": 12345678901234567890\n}\n",
        r#"{"proxies":{"default":{"noProxy":"n"}}}"#,
    ] {
        let path = if json.contains("proxies") { &PATH[..] } else { &PATH[..1] };
        assert_eq!(remove(&set_one(json, &PATH, "v"), path).unwrap(), json);
    }
    assert_eq!(remove(r#"{ "a": 1, "b": 2 }"#, &["a"]).unwrap(), r#"{ "b": 2 }"#);
    assert_eq!(remove(r#"{"a":1}"#, &["a"]).unwrap(), "{}");
    assert_eq!(remove(r#"{"a":1}"#, &["b", "c"]).unwrap(), r#"{"a":1}"#);
}

#[test]
fn values_come_back_as_they_were_meant() {
    let value = "q\"b\\n\u{1f600}\n\u{0}";
    let json = set_one("{}", &["k"], value);
    let inside = members(&json).unwrap();
    assert_eq!(serde_json::from_str::<String>(inside[0].1.get()).unwrap(), value);
}

#[test]
fn an_error_says_where_and_quotes_nothing() {
    for (json, expected) in [
        ("{\n \"a\": s3cret}", "not valid JSON at line 2 column 7"),
        ("\"s3cret\"", "not an object"),
        ("[1]", "not an object"),
        ("{\"a\":1,}", "not valid JSON at line 1 column 8"),
        ("\u{feff}{}", "not valid JSON at line 1 column 1"),
    ] {
        assert_eq!(members(json).err().unwrap().to_string(), expected, "{json}");
    }
}

#[test]
fn depth_counts_brackets_outside_of_strings_only() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(check_depth(&nested(MAX_DEPTH)).is_ok());
    assert!(check_depth(&nested(MAX_DEPTH + 1)).is_err());
    assert!(check_depth(&format!("\"\\\"{}\"", nested(1000))).is_ok());
}

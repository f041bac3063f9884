//! Properties that hold for any input.

use jobproxy::no_proxy::entry::CidrPolicy;
use jobproxy::no_proxy::normalize;
use jobproxy::proxy_url::{ProxyUrl, redact};
use proptest::prelude::*;

use crate::support::Job;

fn entry() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[*.]{0,2}[a-zA-Z0-9_.-]{0,10}[.]?(:[0-9a-z]{0,6})?",
        "\\[?[0-9a-fA-F:.]{0,12}\\]?(/[0-9]{0,3})?(:[0-9]{0,6})?",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(/[0-9]{1,2})?",
        "(http|https|x)://[a-z.:@/*0-9]{0,15}",
        "[,;| \\t\\n*]{1,3}",
    ]
}

fn list() -> impl Strategy<Value = String> {
    proptest::collection::vec(entry(), 0..8).prop_map(|entries| entries.join(","))
}

fn cidr() -> impl Strategy<Value = CidrPolicy> {
    prop_oneof![Just(CidrPolicy::Strip), Just(CidrPolicy::Keep), Just(CidrPolicy::Expand)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn normalizing_twice_gives_the_same_list(list in list(), cidr in cidr()) {
        let once = normalize(&list, &[], cidr, &[]).value();
        prop_assert_eq!(&normalize(&once, &[], cidr, &[]).value(), &once);
        prop_assert!(once.is_ascii() && !once.contains(char::is_whitespace), "{}", once);
        prop_assert!(once.is_empty() || once.split(',').all(|entry| !entry.is_empty()), "{}", once);
        prop_assert!(!once.contains(|c: char| c.is_ascii_uppercase()), "{}", once);
    }

    #[test]
    fn repairing_twice_gives_the_same_address(value in "\\PC{0,30}|(http|socks5)://[a-z:@#/?%+0-9 \\\\]{0,20}") {
        if let Ok((proxy, _)) = ProxyUrl::parse(&value) {
            let once = proxy.expose();
            let (again, remarks) = ProxyUrl::parse(&once).expect("what was written is read");
            prop_assert_eq!(again.expose(), once);
            prop_assert!(!remarks.iter().any(|remark| remark.is_repair()), "{:?}", remarks);
        }
        let _ = redact(&value);
    }
}

/// Whether the text holds 6 bytes of the password in a row. tests/secrets.rs looks for shorter parts.
fn appears(password: &str, text: &str) -> bool {
    password.as_bytes().windows(6).any(|part| text.as_bytes().windows(6).any(|other| other == part))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Passwords of letters that no text of jobproxy has in a row, with all characters that must be escaped in between.
    #[test]
    fn no_output_holds_the_password(password in "[QXZJK0-9]{3}[QXZJK0-9#/?@%+: '\"$\\\\]{3,12}[QXZJK0-9]{3}") {
        let value = format!("http://alice:{password}@proxy.corp:3128");
        let job = Job::new().env("HTTP_PROXY", &value).env("https_proxy", &value).env("no_proxy", &value);
        for arguments in [&["setup", "--verbose"][..], &["setup", "--dry-run", "--verbose"], &["setup"]] {
            let ran = job.run(arguments);
            prop_assert!(!appears(&password, &ran.stderr) && ran.stdout.is_empty(), "{}", ran.stderr);
        }
    }

    #[test]
    fn any_object_keeps_all_its_other_keys(
        keys in proptest::collection::btree_map("[a-zA-Z\"\\\\\u{e4} ]{1,6}", "[1-9][0-9]{0,30}|-0|1e400|\"[a-z]{0,5}\"|\\[\\]|null|\\{\"a\": [0-9]\\}", 0..6),
        space in "[ \\t\\n]{0,3}",
    ) {
        let keys: Vec<_> = keys.iter().filter(|(key, _)| !key.eq_ignore_ascii_case("proxies")).collect();
        let members: Vec<String> = keys
            .iter()
            .map(|(key, value)| format!("{space}{}:{space}{value}", serde_json::to_string(key).unwrap()))
            .collect();
        let job = Job::behind_proxy().file(".docker/config.json", format!("{{{}{space}}}", members.join(",")));
        job.run(&["--no-git"]).status(0);
        let text = job.read(".docker/config.json");
        for member in &members {
            prop_assert!(text.contains(member.trim_start()), "{} lost {}", text, member);
        }
        let parsed: serde_json::Map<String, serde_json::Value> = match serde_json::from_str(&text) {
            Ok(parsed) => parsed,
            // serde_json's number type cannot hold 1e400; Go and docker keep the number.
            Err(_) if text.contains("1e400") => return Ok(()),
            Err(error) => panic!("{error}: {text}"),
        };
        prop_assert_eq!(parsed.len(), keys.len() + 1);
    }
}

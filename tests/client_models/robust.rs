//! No environment and no URL makes a model panic or print a password.

use jobproxy::client::{self, Client, Destination, Variables};
use proptest::prelude::*;

const NAMES: [&str; 9] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "REQUEST_METHOD",
];

const URLS: [&str; 6] = [
    "http://a.test/",
    "https://b.a.test:8443/x",
    "http://10.1.2.3:81/",
    "http://[fd00::1]/",
    "tcp://docker:2376",
    "http://A.TEST./",
];

/// Text that breaks parsers: punctuation of URLs and lists, and letters of several bytes.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\\]\\[a-z0-9.*:/@,%! \\t\\n#?é日-]{0,40}",
        ".{0,40}",
        "(a|10|\\.|:|\\*|/|,|\\[|\\]|%zz|é){0,20}"
    ]
}

proptest! {
    // Each case runs every model on six URLs.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_environment_and_every_url_get_an_answer(values in prop::array::uniform9(prop::option::of(nasty()))) {
        let pairs = NAMES.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        let variables = Variables::new(pairs);
        for client in client::all() {
            let reader = client.prepare(&variables);
            for url in URLS {
                let answer = reader.decide(&Destination::parse(url).expect("a destination"));
                prop_assert!(!answer.reason.is_empty() && answer.reason.is_ascii());
                prop_assert!(!answer.reason.contains(char::is_control));
            }
        }
    }

    #[test]
    fn any_url_and_any_entry_are_read(url in nasty(), entry in nasty()) {
        let _ = Destination::parse(&url);
        let _ = Destination::parse(&format!("http://{url}/"));
        let entries: Vec<&str> = entry.split(',').collect();
        prop_assert_eq!(client::survey(&entry, &entries).len(), entries.len());
    }

    #[test]
    fn no_reason_contains_a_password(list in nasty(), user in "[a-z]{1,8}", host in "[a-z.:/?#\\[]{0,12}") {
        let secret = "hunter2";
        let proxy = format!("http://{user}:{secret}@{host}");
        let list = format!("{list},{user}:{secret}@{host}");
        let variables = Variables::new(NAMES.map(|name| {
            (name.to_owned(), if name.eq_ignore_ascii_case("no_proxy") { list.clone() } else { proxy.clone() })
        }));
        for client in client::all() {
            for url in URLS {
                let reader = client.prepare(&variables);
                let answer = reader.decide(&Destination::parse(url).expect("a destination"));
                prop_assert!(!answer.reason.contains(secret), "{}", answer.reason);
            }
        }
    }
}

#[test]
fn time_grows_in_proportion_to_the_list() {
    let small: u64 = client::all().iter().map(|client| nanoseconds(client, 500)).sum();
    let large: u64 = client::all().iter().map(|client| nanoseconds(client, 5_000)).sum();
    println!("{small} ns, with ten times the entries {large} ns");
    assert!(large < 20 * small, "{small} ns, with ten times the entries {large} ns");
}

/// The processor time of one decision with a list of `count` entries and some of `count` letters.
fn nanoseconds(client: &'static Client, count: usize) -> u64 {
    let list = format!("{},[,{},{}", "a,".repeat(count), "*".repeat(count), "a*".repeat(count));
    let variables = Variables::new(NAMES.map(|name| (name.to_owned(), list.clone())));
    let url = format!("http://{}.test/", "ab".repeat(25));
    let destination = Destination::parse(&url).expect("a destination");
    let spent = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
        text.split(' ').next().and_then(|time| time.parse::<u64>().ok()).expect("nanoseconds")
    };
    let before = spent();
    let _ = client.prepare(&variables).decide(&destination);
    spent() - before
}

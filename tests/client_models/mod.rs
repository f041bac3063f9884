//! Compares the models of `jobproxy::client` with observations of the real programs.

mod robust;
mod rules;
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use jobproxy::client::{self, Decision, Destination, Variables};

const NO_PROXY: &str = include_str!("../data/no_proxy_observations.tsv");
const PROXY_ENV: &str = include_str!("../data/proxy_env_observations.tsv");
const NO_PROXY_2: &str = include_str!("../data/no_proxy_observations_2.tsv");
const PROXY_ENV_2: &str = include_str!("../data/proxy_env_observations_2.tsv");
const CLIENTS: &str = include_str!("../data/no_proxy_clients.tsv");
const UNMODELLED: &str = include_str!("../data/unmodelled.tsv");

/// One observation of a client.
struct Observation {
    client: &'static str,
    case: &'static str,
    url: &'static str,
    observed: &'static str,
    variables: Variables,
}

#[test]
fn every_measured_client_has_a_model_and_no_other_has() {
    let measured: BTreeSet<_> = rows(CLIENTS).map(|row| row[0].to_owned()).collect();
    let modelled: BTreeSet<_> =
        client::all().iter().map(|it| format!("{}@{}", it.name, it.version)).collect();
    assert_eq!(measured, modelled);
}

#[test]
fn a_bare_name_finds_the_newest_version() {
    let number =
        |version: &str| version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    for client in client::all() {
        let newest = client::find(client.name).expect("a client");
        assert!(number(newest.version) >= number(client.version), "{} {}", client.name, client.version);
    }
}

#[test]
fn models_predict_every_observed_no_proxy_decision() {
    let seen = rows(NO_PROXY).chain(rows(NO_PROXY_2));
    check("NO_PROXY", &seen.map(|row| no_proxy_row(&row)).collect::<Vec<_>>());
}

#[test]
fn models_predict_every_observed_environment() {
    let seen = rows(PROXY_ENV).chain(rows(PROXY_ENV_2));
    check("variables", &seen.map(|row| proxy_env_row(&row)).collect::<Vec<_>>());
}

fn check(what: &str, observations: &[Observation]) {
    let mut unmodelled: BTreeSet<_> = rows(UNMODELLED)
        .filter(|row| row[0] == what)
        .map(|row| (row[1].to_owned(), row[2].to_owned(), row[3].to_owned()))
        .collect();
    let listed = unmodelled.len();
    let mut scores: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seen in observations {
        let answer = answer(seen);
        let key = (seen.client.to_owned(), seen.case.to_owned(), seen.url.to_owned());
        let score = scores.entry(seen.client).or_default();
        score.1 += 1;
        match (answer.0 == seen.observed, unmodelled.remove(&key)) {
            (true, false) => score.0 += 1,
            (false, true) => (),
            (true, true) => wrong.push(format!("listed as unmodelled, but predicted: {key:?}")),
            (false, false) => {
                wrong.push(format!(
                    "{} {:?} {}: saw {}, {:?}",
                    seen.client, seen.case, seen.url, seen.observed, answer
                ));
            }
        }
    }
    for (client, (matched, total)) in &scores {
        println!("{what}: {client} {matched}/{total}");
    }
    let matched: usize = scores.values().map(|score| score.0).sum();
    println!("{what}: all {matched}/{}", observations.len());
    assert!(unmodelled.is_empty(), "listed as unmodelled, but never seen: {unmodelled:?}");
    assert!(listed * 100 <= observations.len(), "more than 1% is unmodelled");
    assert!(wrong.is_empty(), "{} of {} wrong\n{}", wrong.len(), observations.len(), wrong.join("\n"));
}

/// Returns the decision in the letters of the data, and the reason.
fn answer(seen: &Observation) -> (String, String) {
    let client = client::find(seen.client).unwrap_or_else(|| panic!("no client {}", seen.client));
    let destination = Destination::parse(seen.url).unwrap_or_else(|| panic!("no destination {}", seen.url));
    let destination = measured_address(destination);
    let reader = client.prepare(&seen.variables);
    let answer = reader.decide(&destination);
    assert!(answer.reason.is_ascii() && !answer.reason.is_empty(), "{:?}", answer.reason);
    assert!(!answer.reason.contains("3128"), "a reason contains the proxy: {}", answer.reason);
    assert_eq!(answer.proxy.is_some(), answer.decision == Decision::Proxied);
    // In the data, proxy A listens on port 3128 and proxy B on port 3129.
    let second = answer.proxy.is_some_and(|(_, value)| value.contains(":3129"));
    let decision = format!("{}{}", letter(answer.decision), if second { "(B)" } else { "" });
    (decision, answer.reason)
}

/// Ruby resolves names. During the measurement every name except localhost resolved to 10.9.9.9.
fn measured_address(destination: Destination) -> Destination {
    let name = destination.host().parse::<IpAddr>().is_err() && destination.host() != "localhost";
    if name { destination.resolved_to(Ipv4Addr::new(10, 9, 9, 9).into()) } else { destination }
}

fn letter(decision: Decision) -> &'static str {
    match decision {
        Decision::Direct => "D",
        Decision::Proxied => "P",
        Decision::Fails => "E",
        Decision::Unknown => "?",
    }
}

fn no_proxy_row(row: &[&'static str]) -> Observation {
    let mut pairs = vec![];
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"] {
        pairs.push((name.to_owned(), "http://127.0.0.1:3128".to_owned()));
    }
    if row[1] != "(unset)" {
        for name in ["no_proxy", "NO_PROXY"] {
            pairs.push((name.to_owned(), unescape(row[1])));
        }
    }
    Observation {
        client: row[0],
        case: row[1],
        url: row[2],
        observed: row[3],
        variables: Variables::new(pairs),
    }
}

fn proxy_env_row(row: &[&'static str]) -> Observation {
    let environment: BTreeMap<String, String> =
        serde_json::from_str(&unescape(row[2])).expect("an environment");
    Observation {
        client: row[0],
        case: row[1],
        url: row[3],
        observed: match row[4] {
            "P" if row[5].starts_with("B ") || row[5].ends_with(":3129") => "P(B)",
            observed => observed,
        },
        variables: Variables::new(environment),
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split('\t').collect())
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(match letter {
            '\\' => match letters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            },
            letter => letter,
        });
    }
    plain
}

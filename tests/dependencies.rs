//! The packages of the binary: every package has a row with a reason, so that a new package is a decision.

use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn every_package_in_the_binary_is_listed_with_its_reason() {
    let listed = include_str!("data/dependencies.tsv").lines().skip(1);
    let listed: BTreeSet<&str> =
        listed.filter_map(|line| line.split_once('\t')).map(|(name, _)| name).collect();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = Command::new(cargo)
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(["--target", "x86_64-unknown-linux-musl"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{tree:?}");
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let used: BTreeSet<&str> = names.filter(|name| !matches!(*name, "" | "jobproxy")).collect();
    assert_eq!(used, listed);
    println!("dependencies: {} packages, each with its reason", used.len());
}

//! The end of `cargo test`: which tests were skipped, and what they need. In CI (`CI=true`) a skip fails unless it is
//! in `tests/data/skips.tsv`. See `tests/needs.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::parent_id;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    // The parent of all test programs of one run is cargo.
    let path = format!("{}/skipped-{}", env!("CARGO_TARGET_TMPDIR"), parent_id());
    let records = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(&path);
    let mut tests_by_need = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (need, test) in records.lines().filter_map(|record| record.split_once('\t')) {
        tests_by_need.entry(need).or_default().insert(test);
    }
    for (need, tests) in &tests_by_need {
        println!("skipped: {}: needs {need}", tests.iter().copied().collect::<Vec<_>>().join(", "));
    }
    let tests: BTreeSet<_> = tests_by_need.values().flatten().collect();
    println!("{} tests skipped, in whole or in part", tests.len());
    let allowed: BTreeSet<&str> =
        include_str!("data/skips.tsv").lines().filter_map(|line| line.split('\t').next()).collect();
    let refused: Vec<_> = tests_by_need.into_keys().filter(|need| !allowed.contains(need)).collect();
    if refused.is_empty() || std::env::var("CI").as_deref() != Ok("true") {
        return ExitCode::SUCCESS;
    }
    println!("CI=true: nothing may be missing that is not in tests/data/skips.tsv: {}", refused.join(", "));
    ExitCode::FAILURE
}

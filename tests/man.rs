//! Prints a manual page: `cargo run --example man -- jobproxy 2026-11-26`. `.ci/release` puts the pages into the archives.

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["jobproxy", date] => print!("{}", jobproxy::cli::man_page(date)),
        ["jobproxy-host", date] => print!("{}", jobproxy::host::man_page(date)),
        _ => panic!("usage: man jobproxy|jobproxy-host DATE"),
    }
}

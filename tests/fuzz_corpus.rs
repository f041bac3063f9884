//! The inputs that the fuzzer kept, each with the property that the input was found for.

#[allow(dead_code, missing_docs)]
#[path = "../fuzz/src/lib.rs"]
mod properties;

#[test]
fn what_the_fuzzer_kept_still_holds() {
    let folder = std::path::Path::new("tests/data/fuzz");
    for (name, property) in properties::PROPERTIES {
        let file =
            std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for line in file.lines() {
            property(&properties::unescape(line));
        }
        assert!(file.lines().count() > 0, "{name}: no input is kept");
        println!("fuzz corpus: {name}: {} inputs", file.lines().count());
    }
}

//! A program that panics: `.ci/prove-static` runs it to see that the release build prints the message of a panic.

fn main() {
    panic!("the message of a panic");
}

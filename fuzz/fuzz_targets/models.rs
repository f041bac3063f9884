#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| jobproxy_fuzz::models(input));

//! Any text runs to its end or to an error, within small bounds.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| relume_fuzz::evaluator(text));

//! Any text is read without a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| relume_fuzz::parser(text));

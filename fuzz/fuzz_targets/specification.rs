//! The JSON texts of a checkpoint are checked as what is typed, without a panic and in little memory.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relume_fuzz::checkpoints::specification(bytes));

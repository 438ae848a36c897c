//! A checkpoint is loaded or refused, without a panic and in little memory.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relume_fuzz::checkpoints::checkpoint(bytes));

//! Weights of other programs are read or refused, without a panic and in little memory.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relume_fuzz::checkpoints::safetensors(bytes));

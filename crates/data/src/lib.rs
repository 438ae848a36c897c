//! Data sets: bundled, from files, synthetic; splits, scaling and batches.

#![forbid(unsafe_code)]

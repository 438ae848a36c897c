//! Shared by the benchmarks and by the test that counts allocations: the networks of the comparison with PyTorch, a
//! step of each, and the timing of a step.

// Every program includes the whole module and uses a part of it.
#![allow(dead_code)]

pub mod step;
pub mod timing;
pub mod workloads;

//! What the programs that measure share, and the test that counts allocations: the networks of the comparison with PyTorch, a step
//! of each, and how a step is timed.

// Every program takes in the whole module and uses a part of it.
#![allow(dead_code)]

pub mod step;
pub mod timing;
pub mod workloads;

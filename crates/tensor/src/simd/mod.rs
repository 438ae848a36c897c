//! Element-wise maths at the width of the processor.
//!
//! Everything is plain scalar Rust: branch-free formulas in loops, compiled once for each instruction set and picked at
//! run time. Fused multiply-adds are explicit and exact everywhere, so every instruction set gives the same bits.

mod dispatch;
mod functions;

pub use dispatch::{Kernel, dispatch, map, map_in_place, map2, map2_in_place};
pub use functions::{erf, exp, exp_m1, ln, ln_1p, sigmoid, softplus, tanh};

//! Element-wise maths at the width of the processor.
//!
//! Everything is plain scalar Rust: branch-free formulas in loops, compiled once for each instruction set and picked at
//! run time. Fused multiply-adds are explicit and exact everywhere, so every instruction set gives the same bits.

mod dispatch;
mod fold;
mod functions;
mod normal;
mod sine;

pub use dispatch::{
    Instructions, Kernel, dispatch, dispatch_on, map, map_in_place, map2, map2_in_place,
};
pub use fold::{dot, exponentials, largest, sum};
pub use functions::{exp, exp_m1, ln, ln_1p, sigmoid, softplus, tanh};
pub use normal::{erf, exp_minus_square, normal_tail};
pub use sine::{MODERATE_ANGLE, cos, cos_of_moderate, sin, sin_of_moderate};

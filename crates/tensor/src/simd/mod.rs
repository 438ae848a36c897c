//! Vectorised maths: loops compiled for each instruction set, element-wise functions, and explicit vectors for the
//! microkernels.
//!
//! The functions are plain scalar Rust: branch-free formulas in loops, compiled once for each instruction set and
//! picked at run time. Fused multiply-adds are explicit and exact everywhere, so every instruction set gives the same
//! bits.

mod dispatch;
mod fold;
mod functions;
mod map;
mod normal;
mod sine;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use dispatch::{InstructionSet, Kernel, dispatch, dispatch_on};
pub(crate) use dispatch::{VectorKernel, dispatch_vectors};
pub use fold::{dot, exponentials, inside, largest, sum};
pub use functions::{clamp, exp, exp_m1, ln, ln_1p, sigmoid, softplus, tanh};
pub use map::{map, map_in_place, map2, map2_in_place};
pub use normal::{erf, exp_minus_square, normal_tail};
pub use sine::{MODERATE_ANGLE, cos, cos_of_moderate, sin, sin_of_moderate};
pub(crate) use vector::{LANES, Vector};

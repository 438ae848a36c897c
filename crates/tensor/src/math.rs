//! Functions of one number or two, as PyTorch has them, for loops over tensors.

pub use crate::simd::{clamp, cos, erf, exp, exp_m1, ln, ln_1p, sin, tanh};

/// x rounded to a whole number, halves to the even one.
#[inline(always)]
pub fn round(x: f32) -> f32 {
    x.round_ties_even()
}

/// -1, 0 or 1 by the sign of x; 0 of NaN.
#[inline(always)]
pub fn sign(x: f32) -> f32 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// The remainder of a / b with the sign of b: Python's `%`. NaN for a b of 0.
#[inline(always)]
pub fn remainder(a: f32, b: f32) -> f32 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

/// The remainder of a / b with the sign of a: C's `fmod`. NaN for a b of 0.
#[inline(always)]
pub fn fmod(a: f32, b: f32) -> f32 {
    a % b
}

/// The larger number; NaN if one is.
#[inline(always)]
pub fn maximum(a: f32, b: f32) -> f32 {
    if a > b || a.is_nan() { a } else { b }
}

/// The smaller number; NaN if one is.
#[inline(always)]
pub fn minimum(a: f32, b: f32) -> f32 {
    if a < b || a.is_nan() { a } else { b }
}

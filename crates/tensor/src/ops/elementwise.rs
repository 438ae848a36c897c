//! Functions of each number.

use crate::{Tensor, TensorError, math};

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident: $function:expr;)*) => {
        impl Tensor {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> Tensor {
                    self.map($function)
                }
            )*
        }
    };
}

functions! {
    /// e to the power of each number.
    exp: math::exp;
    /// e to the power of each number less 1, exact near 0.
    expm1: math::exp_m1;
    /// The natural logarithm of each number; NaN below 0.
    ln: math::ln;
    /// The natural logarithm of each number plus 1, exact near 0.
    log1p: math::ln_1p;
    /// The logarithm to the base 2.
    log2: f32::log2;
    /// The logarithm to the base 10.
    log10: f32::log10;
    /// The square root of each number; NaN below 0.
    sqrt: f32::sqrt;
    /// Each number times itself.
    square: |x| x * x;
    /// 1 over each number.
    reciprocal: |x| 1.0 / x;
    /// The magnitude of each number.
    abs: f32::abs;
    /// -1, 0 or 1 by the sign of each number.
    sign: math::sign;
    /// Each number rounded to a whole one, halves to the even one.
    round: math::round;
    /// The next whole number at or below each number.
    floor: f32::floor;
    /// The next whole number at or above each number.
    ceil: f32::ceil;
    /// Each number without its fraction.
    trunc: f32::trunc;
    /// The sine of each angle in radians.
    sin: math::sin;
    /// The cosine of each angle in radians.
    cos: math::cos;
    /// The tangent of each angle in radians.
    tan: f32::tan;
    /// The angle in [-pi/2, pi/2] of each sine; NaN outside of [-1, 1].
    asin: f32::asin;
    /// The angle in [0, pi] of each cosine; NaN outside of [-1, 1].
    acos: f32::acos;
    /// The angle in [-pi/2, pi/2] of each tangent.
    atan: f32::atan;
    /// The hyperbolic sine.
    sinh: f32::sinh;
    /// The hyperbolic cosine.
    cosh: f32::cosh;
    /// The hyperbolic tangent.
    tanh: math::tanh;
    /// The error function.
    erf: math::erf;
}

macro_rules! of_two {
    ($($(#[$doc:meta])* $name:ident: $function:expr;)*) => {
        impl Tensor {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The shapes do not broadcast, or the result does not fit into memory.
                pub fn $name(&self, other: &Tensor) -> Result<Tensor, TensorError> {
                    self.broadcast_with(other, stringify!($name), $function)
                }
            )*
        }
    };
}

of_two! {
    /// The larger of two numbers; NaN if one is (`torch.maximum`).
    maximum: math::maximum;
    /// The smaller of two numbers; NaN if one is (`torch.minimum`).
    minimum: math::minimum;
    /// The remainder of the division with the sign of the divisor, Python's `%` (`torch.remainder`).
    remainder: math::remainder;
    /// The remainder of the division with the sign of the dividend (`torch.fmod`).
    fmod: math::fmod;
    /// Each number to the power of the other (`torch.pow`).
    pow: f32::powf;
}

impl Tensor {
    /// Each number, or the bound that it exceeds; `high` if the bounds are in the wrong order (`torch.clip`). An
    /// infinite bound bounds nothing.
    pub fn clip(&self, low: f32, high: f32) -> Tensor {
        self.map(|x| math::clamp(x, low, high))
    }
}

//! Functions of one number: angles, logarithms, rounding.

use crate::{AutogradError, DerivativeOf, Elementwise, Map, Op, Tape, Var};
use relume_tensor::math;
use std::f32::consts::{FRAC_2_SQRT_PI, LN_2, LN_10};

/// Functions with their derivatives, which are computed from the input or the output.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $type:ident: $of:ident, $value:expr, $derivative:expr;)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// A value of another tape.
            pub fn $name(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
                tape.apply(&Map($type) as &'static dyn Op, &[x])
            }

            #[derive(Clone, Copy, Debug)]
            struct $type;

            impl Elementwise for $type {
                const NAME: &'static str = stringify!($name);
                const DERIVATIVE_OF: DerivativeOf = DerivativeOf::$of;
                #[inline(always)]
                fn value(self, x: f32) -> f32 {
                    ($value)(x)
                }
                #[inline(always)]
                fn derivative(self, at: f32) -> f32 {
                    ($derivative)(at)
                }
            }
        )*

        /// The operations by name.
        pub(super) const ALL: &[(&str, &dyn Op)] = &[$((stringify!($name), &Map($type))),*];
    };
}

functions! {
    /// The sine of each angle in radians.
    sin Sin: Input, math::sin, math::cos;
    /// The cosine of each angle in radians.
    cos Cos: Input, math::cos, |x| -math::sin(x);
    /// The tangent of each angle in radians.
    tan Tan: Output, f32::tan, |y| 1.0 + y * y;
    /// The angle in [-pi/2, pi/2] of each sine; NaN outside of [-1, 1].
    asin Asin: Input, f32::asin, |x: f32| 1.0 / (1.0 - x * x).sqrt();
    /// The angle in [0, pi] of each cosine; NaN outside of [-1, 1].
    acos Acos: Input, f32::acos, |x: f32| -1.0 / (1.0 - x * x).sqrt();
    /// The angle in [-pi/2, pi/2] of each tangent.
    atan Atan: Input, f32::atan, |x| 1.0 / (1.0 + x * x);
    /// The hyperbolic sine.
    sinh Sinh: Input, f32::sinh, f32::cosh;
    /// The hyperbolic cosine.
    cosh Cosh: Input, f32::cosh, f32::sinh;
    /// The hyperbolic tangent.
    tanh Tanh: Output, math::tanh, |y| 1.0 - y * y;
    /// The logarithm to the base 2.
    log2 Log2: Input, f32::log2, |x| 1.0 / (x * LN_2);
    /// The logarithm to the base 10.
    log10 Log10: Input, f32::log10, |x| 1.0 / (x * LN_10);
    /// The natural logarithm of each number plus 1, exact near 0.
    log1p Log1p: Input, math::ln_1p, |x| 1.0 / (1.0 + x);
    /// e to the power of each number less 1, exact near 0.
    expm1 Expm1: Output, math::exp_m1, |y| y + 1.0;
    /// The error function.
    erf Erf: Input, math::erf, |x: f32| FRAC_2_SQRT_PI * math::exp(-x * x);
    /// Each number times itself.
    square Square: Input, |x: f32| x * x, |x: f32| 2.0 * x;
    /// 1 over each number.
    reciprocal Reciprocal: Output, |x| 1.0 / x, |y: f32| -y * y;
    /// Each number rounded to a whole one, halves to the even one. The derivative is 0.
    round Round: Input, math::round, |_| 0.0;
    /// The next whole number at or below each number. The derivative is 0.
    floor Floor: Input, f32::floor, |_| 0.0;
    /// The next whole number at or above each number. The derivative is 0.
    ceil Ceil: Input, f32::ceil, |_| 0.0;
    /// Each number without its fraction. The derivative is 0.
    trunc Trunc: Input, f32::trunc, |_| 0.0;
    /// -1, 0 or 1 by the sign of each number. The derivative is 0.
    sign Sign: Input, math::sign, |_| 0.0;
}

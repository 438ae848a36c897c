//! Functions of each number for itself.

use super::Function;
use super::call::Call;
use super::operand::Operand;
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;

/// Functions of one tensor, each with the operation that it is.
macro_rules! of_each_number {
    ($($(#[$($attribute:tt)*])* $name:ident $(or $alias:literal)? => $operation:path;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function $(, aliases = [$alias])?)]
        pub struct $name {
            /// A tensor.
            pub x: Operand,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                call.apply([self.x], |tape, [x]| $operation(tape, x))
            }
        }
    )*};
}

of_each_number! {
    /// E to the power of each number.
    ///
    /// ```relume
    /// exp([0, 1])
    /// ```
    Exp => ops::exp;

    /// The natural logarithm of each number.
    ///
    /// ```relume
    /// ln([1, 2])
    /// ```
    Ln or "log" => ops::ln;

    /// The square root of each number.
    ///
    /// ```relume
    /// sqrt([4, 9])
    /// ```
    Sqrt => ops::sqrt;

    /// Each number without its sign.
    ///
    /// ```relume
    /// abs([-1, 2])
    /// ```
    Abs => ops::abs;

    /// The sign of each number: -1, 0 or 1.
    ///
    /// The gradient is 0.
    ///
    /// ```relume
    /// sign([-3, 0, 2])
    /// ```
    Sign => ops::sign;

    /// Each number times itself.
    ///
    /// ```relume
    /// square([1, -2])
    /// ```
    Square => ops::square;

    /// 1 over each number.
    ///
    /// ```relume
    /// reciprocal([2, 4])
    /// ```
    Reciprocal => ops::reciprocal;

    /// The logarithm to the base 2 of each number.
    ///
    /// ```relume
    /// log2([1, 8])
    /// ```
    Log2 => ops::log2;

    /// The logarithm to the base 10 of each number.
    ///
    /// ```relume
    /// log10([1, 1000])
    /// ```
    Log10 => ops::log10;

    /// The natural logarithm of each number plus 1, exact near 0.
    ///
    /// ```relume
    /// log1p([0, 1e-10])
    /// ```
    Log1p => ops::log1p;

    /// E to the power of each number, less 1, exact near 0.
    ///
    /// ```relume
    /// expm1([0, 1e-10])
    /// ```
    Expm1 => ops::expm1;

    /// The nearest whole number of each number; halves go to the even one.
    ///
    /// The gradient is 0.
    ///
    /// ```relume
    /// round([0.5, 1.5, 2.4])
    /// ```
    Round => ops::round;

    /// The next whole number at or below each number.
    ///
    /// The gradient is 0.
    ///
    /// ```relume
    /// floor([1.5, -1.5])
    /// ```
    Floor => ops::floor;

    /// The next whole number at or above each number.
    ///
    /// The gradient is 0.
    ///
    /// ```relume
    /// ceil([1.5, -1.5])
    /// ```
    Ceil => ops::ceil;

    /// The whole part of each number.
    ///
    /// The gradient is 0.
    ///
    /// ```relume
    /// trunc([1.5, -1.5])
    /// ```
    Trunc => ops::trunc;

    /// The cosine of each angle in radians.
    ///
    /// `sin` is among the activations.
    ///
    /// ```relume
    /// cos([0, 3.14159265])
    /// ```
    Cos => ops::cos;

    /// The tangent of each angle in radians.
    ///
    /// ```relume
    /// tan([0, 0.78539816])
    /// ```
    Tan => ops::tan;

    /// The angle in radians from -pi/2 to pi/2 of each sine; NaN outside of -1 to 1.
    ///
    /// ```relume
    /// asin([0, 1])
    /// ```
    Asin or "arcsin" => ops::asin;

    /// The angle in radians from 0 to pi of each cosine; NaN outside of -1 to 1.
    ///
    /// ```relume
    /// acos([0, 1])
    /// ```
    Acos or "arccos" => ops::acos;

    /// The angle in radians from -pi/2 to pi/2 of each tangent.
    ///
    /// ```relume
    /// atan([0, 1])
    /// ```
    Atan or "arctan" => ops::atan;

    /// The hyperbolic sine of each number.
    ///
    /// ```relume
    /// sinh([0, 1])
    /// ```
    Sinh => ops::sinh;

    /// The hyperbolic cosine of each number.
    ///
    /// ```relume
    /// cosh([0, 1])
    /// ```
    Cosh => ops::cosh;

    /// The error function of each number: the share of a normal distribution, scaled, within it.
    ///
    /// ```relume
    /// erf([0, 1])
    /// ```
    Erf => ops::erf;
}

/// Functions of two tensors, number by number.
macro_rules! of_two_numbers {
    ($($(#[$($attribute:tt)*])* $name:ident => $operation:path;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function)]
        pub struct $name {
            /// A tensor.
            pub x: Operand,
            /// Another one; the two are broadcast together.
            pub y: Operand,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                call.broadcast([self.x, self.y])?;
                call.apply([self.x, self.y], |tape, [x, y]| $operation(tape, x, y))
            }
        }
    )*};
}

of_two_numbers! {
    /// The smaller of two numbers at each place; NaN if one of them is.
    ///
    /// Equal numbers share the gradient evenly.
    ///
    /// ```relume
    /// minimum([1, 5], [4, 2])
    /// ```
    Minimum => ops::minimum;

    /// The larger of two numbers at each place; NaN if one of them is.
    ///
    /// Equal numbers share the gradient evenly.
    ///
    /// ```relume
    /// maximum([1, 5], [4, 2])
    /// ```
    Maximum => ops::maximum;
}

/// Each number, or the bound that it lies beyond.
///
/// The gradient is 1 between the bounds and 0 outside of them.
///
/// ```relume
/// clip([-2, 0.5, 3], -1, 1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function, aliases = ["clamp"])]
pub struct Clip {
    /// A tensor.
    pub x: Operand,
    /// The smallest number of the result; no bound if not given.
    pub min: Option<f64>,
    /// The largest number of the result; no bound if not given.
    pub max: Option<f64>,
}

impl Function for Clip {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let low = self.min.map_or(f32::NEG_INFINITY, |min| min as f32);
        let high = self.max.map_or(f32::INFINITY, |max| max as f32);
        if low > high {
            return Err(
                call.failure(format!("the bounds {low} and {high} leave nothing between them"))
            );
        }
        call.apply([self.x], |tape, [x]| ops::clamp(tape, x, low, high))
    }
}

/// Questions about each number, whose answers are a mask.
macro_rules! questions {
    ($($(#[$($attribute:tt)*])* $name:ident => $method:ident;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function)]
        pub struct $name {
            /// A tensor.
            pub x: Operand,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                call.constant([self.x], |[x]| Ok(x.$method())).map(Value::Mask)
            }
        }
    )*};
}

questions! {
    /// Which numbers are NaN.
    ///
    /// ```relume
    /// isnan(sqrt([-1, 4]))
    /// ```
    Isnan => isnan;

    /// Which numbers are neither infinite nor NaN.
    ///
    /// ```relume
    /// isfinite(ln([0, 1]))
    /// ```
    Isfinite => isfinite;

    /// Which numbers are infinite.
    ///
    /// ```relume
    /// isinf(ln([0, 1]))
    /// ```
    Isinf => isinf;
}

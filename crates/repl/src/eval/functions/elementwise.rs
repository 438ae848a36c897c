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

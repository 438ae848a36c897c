//! Functions that make one number of many.

use super::Function;
use super::call::Call;
use super::operand::{Axes, Operand};
use crate::{Failure, Value};
use relume_autograd::{AutogradError, Tape, Var, ops};
use relume_catalog::Spec;
use relume_tensor::{Axes as ReducedAxes, Tensor, TensorError};

/// The axes of a reduction; all if none are given.
fn reduced(axis: Option<&Axes>, keepdim: bool) -> ReducedAxes {
    let axes = axis.map_or_else(ReducedAxes::all, |axes| ReducedAxes::from(axes.all()));
    if keepdim { axes.keepdim() } else { axes }
}

/// Functions that reduce all numbers to one, or those along axes.
macro_rules! reductions {
    ($($(#[$($attribute:tt)*])* $name:ident $(or [$($alias:literal),*])? => $operation:path;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function $(, aliases = [$($alias),*])?)]
        pub struct $name {
            /// A tensor.
            pub x: Operand,
            /// The axis or axes that disappear, -1 is the last; all if not given.
            pub axis: Option<Axes>,
            /// Whether the axes stay, with size 1.
            #[spec(default = false)]
            pub keepdim: bool,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                let axes = reduced(self.axis.as_ref(), self.keepdim);
                call.apply([self.x], |tape, [x]| $operation(tape, x, axes.clone()))
            }
        }
    )*};
}

reductions! {
    /// The sum of all numbers, or along axes.
    ///
    /// ```relume
    /// sum([[1, 2], [3, 4]], axis=0)
    /// ```
    Sum => ops::sum_over;

    /// The mean of all numbers, or along axes.
    ///
    /// ```relume
    /// mean([1, 2, 6])
    /// ```
    Mean => ops::mean_over;

    /// The product of all numbers, or along axes.
    ///
    /// ```relume
    /// prod([2, 3, 4])
    /// ```
    Prod => ops::prod;

    /// The largest number, of all or along axes; NaN if there is one.
    ///
    /// Equal largest numbers share the gradient evenly. `topk(x, 1)` gives the positions too.
    ///
    /// ```relume
    /// max([[1, 5], [7, 2]], axis=1)
    /// ```
    Max or ["amax"] => ops::amax;

    /// The smallest number, of all or along axes; NaN if there is one.
    ///
    /// Equal smallest numbers share the gradient evenly.
    ///
    /// ```relume
    /// min([[1, 5], [7, 2]], axis=1)
    /// ```
    Min or ["amin"] => ops::amin;

    /// The logarithm of the sum of the exponentials of all numbers, or along axes, without overflow.
    ///
    /// ```relume
    /// logsumexp([1000, 1000])
    /// ```
    Logsumexp => ops::logsumexp;
}

/// Functions of the distances from the mean.
macro_rules! spreads {
    ($($(#[$($attribute:tt)*])* $name:ident named $own:literal => $operation:path;)*) => {$(
        $(#[$($attribute)*])*
        ///
        /// The sum of squared distances is divided by the count less `correction`: 1 for a sample, 0 for all that there
        /// are (NumPy's default).
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function, name = $own)]
        pub struct $name {
            /// A tensor.
            pub x: Operand,
            /// The axis or axes that disappear, -1 is the last; all if not given.
            pub axis: Option<Axes>,
            /// What is taken off the count.
            #[spec(default = 1.0, non_negative)]
            pub correction: f64,
            /// Whether the axes stay, with size 1.
            #[spec(default = false)]
            pub keepdim: bool,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                let axes = reduced(self.axis.as_ref(), self.keepdim);
                let correction = self.correction as f32;
                call.apply([self.x], |tape, [x]| $operation(tape, x, axes.clone(), correction))
            }
        }
    )*};
}

spreads! {
    /// The standard deviation of all numbers, or along axes: the square root of the variance.
    ///
    /// ```relume
    /// std([1, 2, 6])
    /// ```
    Deviation named "std" => ops::std;

    /// The variance of all numbers, or along axes: the mean squared distance from the mean.
    ///
    /// ```relume
    /// var([1, 2, 6])
    /// ```
    Variance named "var" => ops::var;
}

/// The norm of all numbers, or along axes: the p-th root of the sum of the p-th powers of their sizes.
///
/// p = 2 is the Euclidean norm, p = 1 the sum of sizes. The gradient at 0 is 0.
///
/// ```relume
/// norm([3, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Norm {
    /// A tensor.
    pub x: Operand,
    /// The power.
    #[spec(default = 2.0, non_negative)]
    pub p: f64,
    /// The axis or axes that disappear, -1 is the last; all if not given.
    pub axis: Option<Axes>,
    /// Whether the axes stay, with size 1.
    #[spec(default = false)]
    pub keepdim: bool,
}

impl Function for Norm {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let axes = reduced(self.axis.as_ref(), self.keepdim);
        let p = self.p as f32;
        call.apply([self.x], |tape, [x]| ops::vector_norm(tape, x, p, axes.clone()))
    }
}

/// Functions that answer a question about all numbers, or those along axes.
macro_rules! questions {
    ($($(#[$($attribute:tt)*])* $name:ident => $method:ident;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function)]
        pub struct $name {
            /// A tensor, such as the comparison `x > 2`.
            pub x: Operand,
            /// The axis or axes that disappear, -1 is the last; all if not given.
            pub axis: Option<Axes>,
            /// Whether the axes stay, with size 1.
            #[spec(default = false)]
            pub keepdim: bool,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                let axes = reduced(self.axis.as_ref(), self.keepdim);
                let is_whole = self.axis.is_none() && !self.keepdim;
                call.constant([self.x], |[x]| x.$method(axes)).map(|found| truth(found, is_whole))
            }
        }
    )*};
}

questions! {
    /// Whether a number is other than 0: of all numbers, or those along axes.
    ///
    /// ```relume
    /// any([0, 0, 3])
    /// ```
    Any => any;

    /// Whether every number is other than 0: of all numbers, or those along axes.
    ///
    /// ```relume
    /// all([1, 2, 0])
    /// ```
    All => all;
}

/// The answer about a whole tensor as a truth value; along axes it is a mask.
fn truth(found: Tensor, is_whole: bool) -> Value {
    match found.item() {
        Some(x) if is_whole => Value::Boolean(x != 0.0),
        _ => Value::Mask(found),
    }
}

/// Functions that find a position along an axis.
macro_rules! positions {
    ($($(#[$($attribute:tt)*])* $name:ident => $method:ident;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function)]
        pub struct $name {
            /// A tensor.
            pub x: Operand,
            /// The axis that disappears.
            #[spec(default = -1)]
            pub axis: i64,
            /// Whether the axis stays, with size 1.
            #[spec(default = false)]
            pub keepdim: bool,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                let found = call.constant([self.x], |[x]| {
                    let found = match x.rank() {
                        // A single number is the first along its only line.
                        0 => Tensor::scalar(0.0),
                        _ => x.$method(self.axis)?.to_tensor()?,
                    };
                    kept(found, &x, self.axis, self.keepdim)
                });
                found.map(Value::Tensor)
            }
        }
    )*};
}

positions! {
    /// The position of the largest number along an axis, the first of several; the last axis if none is given.
    ///
    /// ```relume
    /// argmax([1, 5, 2])
    /// ```
    Argmax => argmax;

    /// The position of the smallest number along an axis, the first of several; the last axis if none is given.
    ///
    /// ```relume
    /// argmin([4, 1, 2])
    /// ```
    Argmin => argmin;
}

/// What was found along an axis, in the shape with size 1 there if the axis is kept.
fn kept(found: Tensor, x: &Tensor, axis: i64, keepdim: bool) -> Result<Tensor, TensorError> {
    match keepdim {
        true => found.reshape(ReducedAxes::from(axis).with_ones(x.shape())?),
        false => Ok(found),
    }
}

/// The number in the middle of the sorted numbers, of all or along an axis: of an even count the lower of the two.
///
/// ```relume
/// median([3, 1, 10])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Median {
    /// A tensor.
    pub x: Operand,
    /// The axis that disappears; all if not given.
    pub axis: Option<i64>,
    /// Whether the axis stays, with size 1.
    #[spec(default = false)]
    pub keepdim: bool,
}

impl Function for Median {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let axes = match self.axis {
            Some(axis) => ReducedAxes::from(axis),
            None => ReducedAxes::all(),
        };
        call.apply([self.x], |tape, [x]| median(tape, x, self.axis, &axes, self.keepdim))
    }
}

fn median(
    tape: &mut Tape,
    x: Var,
    axis: Option<i64>,
    axes: &ReducedAxes,
    keepdim: bool,
) -> Result<Var, AutogradError> {
    let shape = tape.get(x)?.shape();
    let found = match axis {
        Some(axis) => ops::median(tape, x, axis)?.0,
        None => {
            let line = ops::reshape(tape, x, shape.count().into())?;
            ops::median(tape, line, 0)?.0
        }
    };
    match keepdim {
        true => ops::reshape(tape, found, axes.with_ones(shape)?),
        false => Ok(found),
    }
}

/// Functions that go along an axis and keep all that they come by.
macro_rules! cumulative {
    ($($(#[$($attribute:tt)*])* $name:ident => $operation:path;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function)]
        pub struct $name {
            /// A tensor.
            pub x: Operand,
            /// The axis; the last if not given.
            #[spec(default = -1)]
            pub axis: i64,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                call.apply([self.x], |tape, [x]| $operation(tape, x, self.axis))
            }
        }
    )*};
}

cumulative! {
    /// The sums of the numbers up to each one along an axis.
    ///
    /// ```relume
    /// cumsum([1, 2, 6])
    /// ```
    Cumsum => ops::cumsum;

    /// The products of the numbers up to each one along an axis.
    ///
    /// ```relume
    /// cumprod([1, 2, 6])
    /// ```
    Cumprod => ops::cumprod;
}

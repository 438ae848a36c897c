//! Functions that make new tensors.

use super::Function;
use super::call::Call;
use super::operand::{Operand, Sizes};
use crate::{Failure, Value};
use relume_catalog::Spec;
use relume_tensor::{Rng, Stream, Tensor};

/// Normally distributed numbers that follow from the seed and the sizes alone.
///
/// The same sizes give the same numbers until `set seed=` sets another seed: a script that uses it gives the same
/// figures wherever the line stands. `randn` goes on with new numbers at each call.
///
/// ```relume
/// random([2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Random {
    /// The sizes.
    pub sizes: Sizes,
}

impl Function for Random {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.new_shape(self.sizes.all())?;
        let mut generator = Rng::stream(call.session.settings.seed, Stream::Prompt);
        Ok(Value::Tensor(generator.normal_tensor(shape, 0.0, 1.0)))
    }
}

/// A tensor of zeros.
///
/// ```relume
/// zeros(2, 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Zeros {
    /// The sizes.
    pub sizes: Sizes,
}

impl Function for Zeros {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        Ok(Value::Tensor(Tensor::zeros(call.new_shape(self.sizes.all())?)))
    }
}

/// A tensor of ones.
///
/// ```relume
/// ones(2, 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Ones {
    /// The sizes.
    pub sizes: Sizes,
}

impl Function for Ones {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        Ok(Value::Tensor(Tensor::ones(call.new_shape(self.sizes.all())?)))
    }
}

/// A tensor of one number repeated.
///
/// ```relume
/// full([2, 3], 0.5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Full {
    /// The sizes.
    pub sizes: Sizes,
    /// The number.
    pub value: f64,
}

impl Function for Full {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        Ok(Value::Tensor(Tensor::full(call.new_shape(self.sizes.all())?, self.value as f32)))
    }
}

/// Zeros in the shape of a tensor.
///
/// ```relume
/// zeros_like([[1, 2], [3, 4]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct ZerosLike {
    /// A tensor.
    pub x: Operand,
}

impl Function for ZerosLike {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        Ok(Value::Tensor(Tensor::zeros(call.shape(self.x)?)))
    }
}

/// Ones in the shape of a tensor.
///
/// ```relume
/// ones_like([[1, 2], [3, 4]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct OnesLike {
    /// A tensor.
    pub x: Operand,
}

impl Function for OnesLike {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        Ok(Value::Tensor(Tensor::ones(call.shape(self.x)?)))
    }
}

/// A matrix with ones on its diagonal and zeros elsewhere.
///
/// ```relume
/// eye(3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Eye {
    /// Rows.
    pub rows: usize,
    /// Columns; as many as rows if not given.
    pub columns: Option<usize>,
}

impl Function for Eye {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let columns = self.columns.unwrap_or(self.rows);
        call.new_shape(&[self.rows, columns])?;
        let made = Tensor::eye(self.rows, columns);
        made.map(Value::Tensor).map_err(|error| call.failure(error))
    }
}

/// Numbers from a start up to, but not including, an end, a step apart.
///
/// `arange(n)` counts from 0 to n - 1. A negative step counts down.
///
/// ```relume
/// arange(0, 1, 0.25)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Arange {
    /// The first number; the end, if it is given alone.
    pub start: f64,
    /// The end, which is not reached.
    pub end: Option<f64>,
    /// From one number to the next.
    #[spec(default = 1.0)]
    pub step: f64,
}

impl Function for Arange {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let (start, end) = self.end.map_or((0.0, self.start), |end| (self.start, end));
        if self.step != 0.0 {
            call.new_shape(&[((end - start) / self.step).ceil().max(0.0) as usize])?;
        }
        Tensor::arange(start, end, self.step).map(Value::Tensor).map_err(|error| {
            call.failure(error).help("a negative step counts down: arange(5, 0, -1)")
        })
    }
}

/// So many numbers from a start to an end, both included, at equal distances.
///
/// ```relume
/// linspace(0, 1, 5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Linspace {
    /// The first number.
    pub start: f64,
    /// The last number.
    pub end: f64,
    /// How many.
    pub steps: usize,
}

impl Function for Linspace {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.new_shape(&[self.steps])?;
        let made = Tensor::linspace(self.start as f32, self.end as f32, self.steps);
        made.map(Value::Tensor).map_err(|error| call.failure(error))
    }
}

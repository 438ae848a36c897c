//! Whole numbers as operands of a loss: indices, or f32 numbers that must be whole.

use relume_autograd::{AutogradError, Input, Inputs};
use relume_tensor::{Indices, Shape, Tensor};

/// From here on, f32 numbers may have been rounded, since f32 does not hold every whole number.
const ROUNDED: f64 = (1u32 << 24) as f64;

/// Class indices, labels or lengths.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whole<'a> {
    Indices(&'a Indices),
    Numbers(&'a Tensor),
}

impl<'a> Whole<'a> {
    /// The operand at a position among the inputs of an operation.
    pub fn of(
        operation: &'static str,
        inputs: Inputs<'a>,
        place: usize,
    ) -> Result<Self, AutogradError> {
        match inputs.place(place) {
            Some(Input::Indices(indices)) => Ok(Whole::Indices(indices)),
            Some(Input::Tensor(tensor)) => Ok(Whole::Numbers(tensor)),
            None => {
                let problem = format!("input {place} is missing");
                Err(AutogradError::Value { operation, problem })
            }
        }
    }

    pub fn shape(self) -> Shape {
        match self {
            Whole::Indices(indices) => indices.shape(),
            Whole::Numbers(tensor) => tensor.shape(),
        }
    }

    pub fn count(self) -> usize {
        self.shape().count()
    }

    /// The tensor, if there is one.
    pub fn numbers(self) -> Option<&'a Tensor> {
        match self {
            Whole::Indices(_) => None,
            Whole::Numbers(tensor) => Some(tensor),
        }
    }

    /// A number, exact as f64; f32 numbers may be negative or not whole.
    pub fn at(self, position: usize) -> f64 {
        match self {
            Whole::Indices(indices) => f64::from(indices.data()[position]),
            Whole::Numbers(tensor) => f64::from(tensor.data()[position]),
        }
    }

    /// The whole number at a position, if it is one from 0 to `most` that was not rounded.
    pub fn up_to(self, position: usize, most: usize) -> Option<usize> {
        let x = self.at(position);
        let is_exact = matches!(self, Whole::Indices(_)) || x < ROUNDED;
        (is_exact && x >= 0.0 && x.fract() == 0.0 && x <= most as f64).then_some(x as usize)
    }

    /// Appended to a message about a number out of range: f32 may have rounded it.
    pub fn rounding_hint(self, position: usize) -> &'static str {
        match matches!(self, Whole::Numbers(_)) && self.at(position) >= ROUNDED {
            true => " (f32 rounds whole numbers from 2^24 on: give them as indices)",
            false => "",
        }
    }

    /// A number as text.
    pub fn text(self, position: usize) -> String {
        match self {
            Whole::Indices(indices) => indices.data()[position].to_string(),
            Whole::Numbers(tensor) => tensor.data()[position].to_string(),
        }
    }
}

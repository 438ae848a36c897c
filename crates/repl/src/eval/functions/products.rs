//! Products of tensors.

use super::call::Call;
use super::operand::Operand;
use super::{Function, bounds};
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;
use relume_tensor::Shape;

/// The sum of the products of numbers at the same places.
///
/// ```relume
/// dot([1, 2], [3, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Dot {
    /// A tensor.
    pub x: Operand,
    /// A tensor of the same size.
    pub y: Operand,
}

impl Function for Dot {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.x, self.y], |tape, [x, y]| ops::dot(tape, x, y))
    }
}

/// Sums of products by Einstein's convention: letters name axes, and those that are not in the result are summed.
///
/// `"ij,jk->ik"` is the matrix product, `"ii"` the trace, `"bij->bji"` exchanges axes.
///
/// ```relume
/// einsum("ij,kj->ik", [[1, 2], [3, 4]], [[5, 6], [7, 8]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Einsum {
    /// The axes of each tensor, and after `->` those of the result.
    pub equation: String,
    /// The tensors, as a list or one after the other.
    pub tensors: Vec<Operand>,
}

impl Function for Einsum {
    const REST: Option<&'static str> = Some("tensors");
    const TENSOR_IS_ITEM: bool = true;

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shapes = self.tensors.iter().map(|&tensor| call.shape(tensor));
        let shapes: Vec<Shape> = shapes.collect::<Result<_, _>>()?;
        call.new_shape(&result_sizes(&self.equation, &shapes))?;
        call.apply_all(&self.tensors, |tape, all| ops::einsum(tape, &self.equation, all))
    }
}

/// The sizes of the axes that an equation's result has, as far as its letters tell: what is wrong with it, the
/// operation says.
fn result_sizes(equation: &str, shapes: &[Shape]) -> Vec<usize> {
    let equation: String = equation.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (inputs, output) = equation.split_once("->").unwrap_or((&equation, ""));
    let letters =
        inputs.split(',').zip(shapes).flat_map(|(names, shape)| names.chars().zip(shape.to_vec()));
    let sizes: Vec<(char, usize)> = letters.filter(|(letter, _)| letter.is_alphabetic()).collect();
    let count = |letter| sizes.iter().filter(|(own, _)| *own == letter).count();
    let stays = |letter| match equation.contains("->") {
        true => output.contains(letter),
        false => count(letter) == 1,
    };
    let mut seen = Vec::new();
    let mut result = Vec::new();
    for &(letter, size) in &sizes {
        if stays(letter) && !seen.contains(&letter) {
            seen.push(letter);
            result.push(size);
        }
    }
    result.truncate(Shape::MAX_RANK);
    result
}

/// The products of each number of one vector with each of another, as a matrix.
///
/// ```relume
/// outer([1, 2], [3, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Outer {
    /// A vector.
    pub x: Operand,
    /// A vector.
    pub y: Operand,
}

impl Function for Outer {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.new_shape(&[call.shape(self.x)?.count(), call.shape(self.y)?.count()])?;
        call.apply([self.x, self.y], |tape, [x, y]| ops::outer(tape, x, y))
    }
}

/// The matrix product: `matmul(x, y)` is `x @ y`.
///
/// ```relume
/// matmul([[1, 2], [3, 4]], [5, 6])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function, aliases = ["mm"])]
pub struct Matmul {
    /// A matrix or a vector, or several matrices along the first axes.
    pub x: Operand,
    /// Another one, with as many rows as the first has columns.
    pub y: Operand,
}

impl Function for Matmul {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        bounds::product(call.shape(self.x)?, call.shape(self.y)?, call.span)?;
        call.apply([self.x, self.y], |tape, [x, y]| ops::matmul(tape, x, y))
    }
}

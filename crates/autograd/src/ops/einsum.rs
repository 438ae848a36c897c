//! Einstein's sums, outer and Kronecker products.

use super::{mul, reshape};
use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Einsum, Shape, Tensor, TensorError};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A sum of products over named axes, as `"ij,jk->ik"` (`torch.einsum`). [`Einsum`] has the rules.
///
/// # Errors
/// An equation or shapes that [`Einsum`] refuses.
pub fn einsum(tape: &mut Tape, equation: &str, inputs: &[Var]) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Sum { equation: Einsum::new(equation)? }), inputs)
}

/// The matrix of the products of all numbers of two vectors (`torch.outer`).
///
/// # Errors
/// An operand that is not a vector.
pub fn outer(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    for var in [a, b] {
        let given = tape.get(var)?.shape();
        if given.rank() != 1 {
            let error = TensorError::Rank { operation: "outer", wanted: "two vectors", given };
            return Err(error.into());
        }
    }
    einsum(tape, "i,j->ij", &[a, b])
}

/// The Kronecker product: each number of `a` times all of `b` (`torch.kron`).
///
/// # Errors
/// More axes together than a tensor can have.
pub fn kron(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    let [left, right, joined] = Shape::kron(tape.get(a)?.shape(), tape.get(b)?.shape())?;
    let (a, b) = (reshape(tape, a, left)?, reshape(tape, b, right)?);
    let product = mul(tape, a, b)?;
    reshape(tape, product, joined)
}

#[derive(Debug)]
struct Sum {
    equation: Einsum,
}

impl Op for Sum {
    fn name(&self) -> &'static str {
        "einsum"
    }

    /// How many it takes stands in the equation, which refuses another number.
    fn input_count(&self) -> RangeInclusive<usize> {
        0..=usize::MAX
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.equation.apply(&inputs)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        for i in 0..pass.inputs.len() {
            if pass.wants(i) {
                pass.give(i, self.equation.gradient(&pass.inputs, i, &pass.gradient)?);
            }
        }
        Ok(())
    }
}

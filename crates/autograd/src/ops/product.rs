//! Products of matrices and vectors.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Matrix, Shape, Tensor, gemm};
use std::ops::RangeInclusive;

/// The matrix product (`torch.matmul`). A vector is a row on the left and a column on the right; with more than two
/// axes there is a product for each place of the axes before the last two, which broadcast.
///
/// # Errors
/// A single number, inner sizes that differ, or axes that do not broadcast.
pub fn matmul(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Matmul as &'static dyn Op, &[a, b])
}

/// The dot product: the sum of the products of corresponding elements.
///
/// # Errors
/// The counts differ.
pub fn dot(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Dot as &'static dyn Op, &[a, b])
}

#[derive(Debug)]
struct Matmul;

impl Op for Matmul {
    fn name(&self) -> &'static str {
        "the matrix product"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].matmul(inputs[1])?)
    }

    fn multiply_adds(&self, inputs: Inputs<'_>, output: &Tensor) -> u64 {
        let inner = inputs.first().and_then(|a| a.shape().last().copied()).unwrap_or(1);
        output.count() as u64 * inner as u64
    }

    /// C = A B: dA = dC B^T and dB = A^T dC.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [a, b] = [pass.inputs[0], pass.inputs[1]];
        if a.rank() > 2 || b.rank() > 2 {
            return batched_backward(pass);
        }
        let (m, k) =
            (a.shape().first().copied().filter(|_| a.rank() == 2).unwrap_or(1), b.dims()[0]);
        let n = b.count() / k.max(1);
        let gradient = Matrix::new(pass.gradient.data(), m, n)?;
        let mut gradients = [None, None];
        if pass.wants(0) {
            let out = gradients[0].insert(Tensor::uninit(a.shape()));
            gemm(gradient, Matrix::new(b.data(), k, n)?.t(), 0.0, out.data_mut())?;
        }
        if pass.wants(1) {
            let out = gradients[1].insert(Tensor::uninit(b.shape()));
            gemm(Matrix::new(a.data(), m, k)?.t(), gradient, 0.0, out.data_mut())?;
        }
        for (i, gradient) in gradients.into_iter().enumerate() {
            if let Some(gradient) = gradient {
                pass.give(i, gradient);
            }
        }
        Ok(())
    }
}

/// The rule of [`Matmul`] for each matrix of a batch; the gradients are summed where a batch was broadcast.
fn batched_backward(pass: &mut Backward<'_>) -> Result<(), AutogradError> {
    let [a, b] = [pass.inputs[0], pass.inputs[1]];
    let mut gradient = pass.take_gradient();
    let (mut left, mut right) = (a.clone(), b.clone());
    // The axis that a vector has not.
    if b.rank() == 1 {
        right = b.unsqueeze(-1)?;
        gradient = gradient.unsqueeze(-1)?;
    }
    if a.rank() == 1 {
        left = a.unsqueeze(0)?;
        gradient = gradient.unsqueeze(-2)?;
    }
    if pass.wants(0) {
        let product = gradient.matmul(&right.swap_axes(-1, -2)?)?;
        pass.give(0, product.sum_to(left.shape())?.reshape(a.shape())?);
    }
    if pass.wants(1) {
        let product = left.swap_axes(-1, -2)?.matmul(&gradient)?;
        pass.give(1, product.sum_to(right.shape())?.reshape(b.shape())?);
    }
    Ok(())
}

#[derive(Debug)]
struct Dot;

impl Op for Dot {
    fn name(&self) -> &'static str {
        "dot"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let value = inputs[0].dot(inputs[1])?;
        Ok(Tensor::full(Shape::SCALAR, value))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let g = pass.gradient.sum();
        for (i, other) in [(0, 1), (1, 0)] {
            let shape = pass.inputs[i].shape();
            pass.give(i, pass.inputs[other].map(|x| g * x).reshape(shape)?);
        }
        Ok(())
    }
}

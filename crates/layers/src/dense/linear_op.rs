//! y = x W^T + b, with the weight in PyTorch's layout.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::threads::{for_pieces, rows_per_piece};
use relume_tensor::{Matrix, Shape, Tensor, TensorError, gemm, gemm_weight};
use std::ops::RangeInclusive;

/// The product with a weight `[outputs, inputs]`, plus a bias `[outputs]` if there is a third input.
///
/// The first input is `[..., inputs]`: a batch of rows, or of sequences of them.
#[derive(Clone, Copy, Debug)]
pub struct Linear;

impl Op for Linear {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=3
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, weight) = (inputs[0], inputs[1]);
        let sizes = Sizes::of(x, weight)?;
        check_bias(self.name(), x, inputs.get(2).copied(), sizes.outputs)?;
        let mut out = Tensor::uninit(sizes.output);
        let mut beta = 0.0;
        if let Some(bias) = inputs.get(2) {
            fill_rows(&mut out, bias);
            beta = 1.0;
        }
        let x = Matrix::new(x.data(), sizes.rows, sizes.inputs)?;
        gemm_weight(x, weight, 0..sizes.outputs, beta, out.data_mut())?;
        Ok(out)
    }

    fn multiply_adds(&self, inputs: Inputs<'_>, output: &Tensor) -> u64 {
        output.count() as u64 * inputs[0].shape().last().copied().unwrap_or(0) as u64
    }

    /// dx = dy W, dW = dy^T x, db = the sum of dy's rows.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, weight) = (pass.inputs[0], pass.inputs[1]);
        let Sizes { rows, inputs, outputs, .. } = Sizes::of(x, weight)?;
        let gradient = pass.take_gradient();
        let dy = Matrix::new(gradient.data(), rows, outputs)?;
        if pass.wants(0) {
            let mut dx = Tensor::uninit(x.shape());
            gemm(dy, Matrix::new(weight.data(), outputs, inputs)?, 0.0, dx.data_mut())?;
            pass.give(0, dx);
        }
        if pass.wants(1) {
            let mut dw = Tensor::uninit(weight.shape());
            gemm(dy.t(), Matrix::new(x.data(), rows, inputs)?, 0.0, dw.data_mut())?;
            pass.give(1, dw);
        }
        if pass.wants(2) {
            pass.give(2, gradient.reshape([rows, outputs])?.sum_axis(0)?);
        }
        Ok(())
    }
}

/// Fills each row with a bias.
pub(super) fn fill_rows(out: &mut Tensor, bias: &Tensor) {
    let width = bias.count().max(1);
    for_pieces(out.data_mut(), rows_per_piece(width, 1) * width, |_, part| {
        part.chunks_exact_mut(width).for_each(|row| row.copy_from_slice(bias.data()));
    });
}

/// Refuses a bias that is not one number for each output.
pub(super) fn check_bias(
    operation: &'static str,
    x: &Tensor,
    bias: Option<&Tensor>,
    outputs: usize,
) -> Result<(), TensorError> {
    match bias.map(Tensor::shape) {
        Some(right) if *right != [outputs] => {
            Err(TensorError::Mismatch { operation, left: x.shape(), right })
        }
        _ => Ok(()),
    }
}

struct Sizes {
    rows: usize,
    inputs: usize,
    outputs: usize,
    output: Shape,
}

impl Sizes {
    fn of(x: &Tensor, weight: &Tensor) -> Result<Self, TensorError> {
        match (x.shape().last(), weight.dims()) {
            (Some(&last), &[outputs, inputs]) if last == inputs => {
                let output = x.shape().with_axis(x.rank() - 1, outputs);
                Ok(Sizes { rows: x.count() / inputs.max(1), inputs, outputs, output })
            }
            _ => Err(TensorError::Mismatch {
                operation: "dense",
                left: x.shape(),
                right: weight.shape(),
            }),
        }
    }
}

//! y = l^T W r + b, with the weight in PyTorch's layout.

use super::linear_op::{check_bias, fill_rows};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Matrix, Tensor, TensorError, gemm, simd, threads};
use std::ops::RangeInclusive;

/// Inputs: l `[..., left]`, r `[..., right]` of as many rows, a weight `[outputs, left, right]`, and a bias `[outputs]`
/// if there is a fourth.
///
/// All products of a row's numbers are computed once; the rest are matrix products.
#[derive(Clone, Copy, Debug)]
pub struct Bilinear;

#[derive(Clone, Copy)]
struct Sizes {
    rows: usize,
    left: usize,
    right: usize,
    outputs: usize,
}

impl Sizes {
    fn of(inputs: Inputs<'_>) -> Result<Self, TensorError> {
        let (l, r, weight) = (inputs[0], inputs[1], inputs[2]);
        match (l.shape().last(), r.shape().last(), weight.dims()) {
            (Some(&left), Some(&right), &[outputs, i, j])
                if [left, right] == [i, j]
                    && left * right > 0
                    && l.count() / left == r.count() / right =>
            {
                Ok(Sizes { rows: l.count() / left, left, right, outputs })
            }
            _ => {
                let (left, right) = (l.shape(), r.shape());
                Err(TensorError::Mismatch { operation: "bilinear", left, right })
            }
        }
    }

    /// All products of each row's numbers: `[rows, left * right]`.
    fn products(self, l: &[f32], r: &[f32]) -> Tensor {
        let Sizes { rows, left, right, .. } = self;
        let mut out = Tensor::uninit([rows, left * right]);
        let at_once = threads::rows_per_piece(left * right, 1);
        threads::for_pieces(out.data_mut(), at_once * left * right, |piece, out| {
            for (i, out) in out.chunks_exact_mut(left * right).enumerate() {
                let row = piece * at_once + i;
                let r = &r[row * right..][..right];
                let l = &l[row * left..][..left];
                for (out, &l) in out.chunks_exact_mut(right).zip(l) {
                    simd::map(r, out, |r| l * r);
                }
            }
        });
        out
    }
}

impl Op for Bilinear {
    fn name(&self) -> &'static str {
        "bilinear"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        3..=4
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let sizes = Sizes::of(inputs)?;
        let (l, r, weight) = (inputs[0], inputs[1], inputs[2]);
        check_bias(self.name(), l, inputs.get(3).copied(), sizes.outputs)?;
        let products = sizes.products(l.data(), r.data());
        let mut out = Tensor::uninit(l.shape().with_axis(l.rank() - 1, sizes.outputs));
        let mut beta = 0.0;
        if let Some(bias) = inputs.get(3) {
            fill_rows(&mut out, bias);
            beta = 1.0;
        }
        let terms = sizes.left * sizes.right;
        let weight = Matrix::new(weight.data(), sizes.outputs, terms)?;
        gemm(Matrix::new(products.data(), sizes.rows, terms)?, weight.t(), beta, out.data_mut())?;
        Ok(out)
    }

    /// The products of l and r, and those of the weight with them.
    fn multiply_adds(&self, inputs: Inputs<'_>, output: &Tensor) -> u64 {
        Sizes::of(inputs).map_or(0, |sizes| {
            let terms = (sizes.left * sizes.right) as u64;
            terms * (sizes.rows as u64 + output.count() as u64)
        })
    }

    /// With P the products of l and r: dP = dy W, dl_i = sum_j dP_ij r_j, dr_j = sum_i dP_ij l_i, dW = dy^T P, db = the
    /// sum of dy's rows.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let sizes = Sizes::of(pass.inputs)?;
        let Sizes { rows, left, right, outputs } = sizes;
        let (l, r, weight) = (pass.inputs[0], pass.inputs[1], pass.inputs[2]);
        let gradient = pass.take_gradient();
        let dy = Matrix::new(gradient.data(), rows, outputs)?;
        if pass.wants(0) || pass.wants(1) {
            let mut d = Tensor::uninit([rows, left * right]);
            let weight = Matrix::new(weight.data(), outputs, left * right)?;
            gemm(dy, weight, 0.0, d.data_mut())?;
            let (mut dl, mut dr) = (Tensor::uninit(l.shape()), Tensor::uninit(r.shape()));
            let at_once = threads::rows_per_piece(left * right, 2);
            let [first, second] = [
                threads::Pieces::new(dl.data_mut(), at_once * left),
                threads::Pieces::new(dr.data_mut(), at_once * right),
            ];
            threads::for_pieces2(first, second, |piece, dl, dr| {
                let rows = dl.chunks_exact_mut(left).zip(dr.chunks_exact_mut(right));
                for (i, (dl, dr)) in rows.enumerate() {
                    let row = piece * at_once + i;
                    let d = d.data()[row * left * right..][..left * right].chunks_exact(right);
                    let (l, r) = (&l.data()[row * left..], &r.data()[row * right..][..right]);
                    dr.fill(0.0);
                    for ((dl, &l), d) in dl.iter_mut().zip(l).zip(d) {
                        *dl = d.iter().zip(r).map(|(d, r)| d * r).sum();
                        simd::map2_in_place(dr, d, |sum, d| sum + d * l);
                    }
                }
            });
            pass.give(0, dl);
            pass.give(1, dr);
        }
        if pass.wants(2) {
            let products = sizes.products(l.data(), r.data());
            let mut dw = Tensor::uninit(weight.shape());
            let products = Matrix::new(products.data(), rows, left * right)?;
            gemm(dy.t(), products, 0.0, dw.data_mut())?;
            pass.give(2, dw);
        }
        if pass.wants(3) {
            pass.give(3, gradient.reshape([rows, outputs])?.sum_axis(0)?);
        }
        Ok(())
    }
}

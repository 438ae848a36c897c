//! Weights of columns: of the outputs along the last axis.

use crate::Reduction;
use crate::pointwise::{Pointwise, check, derivatives, losses, same_shape};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_catalog::Choice;
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;

/// One weight for all columns, or one for each.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Weights {
    /// One for all.
    #[spec(non_negative)]
    One(f64),
    /// One for each column, as many as the last axis is long.
    #[spec(non_negative)]
    Each(Vec<f64>),
}

impl Weights {
    /// As single-precision numbers; weights that are not given are 1.
    pub(crate) fn numbers(weights: Option<&Weights>) -> Vec<f32> {
        match weights {
            None => vec![1.0],
            Some(Weights::One(weight)) => vec![*weight as f32],
            Some(Weights::Each(weights)) => weights.iter().map(|&weight| weight as f32).collect(),
        }
    }
}

/// A loss of predictions and targets, whose other numbers are weights of the columns.
#[derive(Clone, Debug)]
pub(crate) struct Weighted<P, const N: usize> {
    pub pair: P,
    pub reduction: Reduction,
    /// `N - 2` times the weights of the columns, or one weight for all.
    pub columns: Vec<Vec<f32>>,
}

impl<P: Pointwise<N>, const N: usize> Weighted<P, N> {
    /// Predictions, targets, and the weights stretched over all rows.
    fn all(&self, inputs: Inputs<'_>) -> Result<[Tensor; N], AutogradError> {
        let shape = inputs[0].shape();
        same_shape(P::NAME, shape, inputs[1].shape())?;
        let mut all = [0; N].map(|_| inputs[0].clone());
        all[1] = inputs[1].clone();
        for (to, columns) in all.iter_mut().skip(2).zip(&self.columns) {
            *to = over_rows(P::NAME, columns, shape)?;
        }
        Ok(all)
    }
}

/// Weights of columns, repeated for every row.
fn over_rows(
    operation: &'static str,
    columns: &[f32],
    shape: Shape,
) -> Result<Tensor, AutogradError> {
    let width = shape.last().copied().unwrap_or(1);
    match columns {
        [weight] => Ok(Tensor::full(shape, *weight)),
        _ if columns.len() == width && width > 0 => {
            let mut out = Tensor::uninit(shape);
            out.data_mut().chunks_exact_mut(width).for_each(|row| row.copy_from_slice(columns));
            Ok(out)
        }
        _ => Err(AutogradError::Value {
            operation,
            problem: format!(
                "{} weights for predictions of shape {shape}: give one number, or {width}",
                columns.len()
            ),
        }),
    }
}

impl<P: Pointwise<N>, const N: usize> Op for Weighted<P, N> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let all = self.all(inputs)?;
        check(self.pair, all.each_ref())?;
        let losses = losses(self.pair, all.each_ref());
        let divisor = self.reduction.divisor(losses.shape());
        Ok(self.reduction.apply(losses, divisor))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let all = self.all(pass.inputs)?;
        for which in [0, 1] {
            if pass.wants(which) {
                let mut out = self.reduction.spread(&pass.gradient, all[0].shape());
                derivatives(self.pair, all.each_ref(), which, &mut out);
                pass.give(which, out);
            }
        }
        Ok(())
    }
}

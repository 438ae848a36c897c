//! The negative log-likelihood of numbers under normal distributions.

use crate::pointwise::{Pointwise, PointwiseLoss, derivatives};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::{Tensor, simd};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The negative log-likelihood of numbers with a predicted variance: for networks that predict their uncertainty.
///
/// Applied to means m, targets t and variances v (of the same shape, one for each sample `[batch, 1]`, or one number):
/// L = (ln v + (m - t)^2 / v) / 2, with v not below eps; as in PyTorch, the gradient of v ignores that bound. In
/// training the first half of a network's outputs are the means, the second half the variances: end it with
/// concat(dense(1), dense(1) -> softplus). D. Nix and A. Weigend, Estimating the mean and variance of the target
/// probability distribution, 1994.
///
/// ```relume
/// gaussian_nll([1, 2], [1.5, 2], [0.25, 1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct GaussianNll {
    /// Adds the constant ln(2 pi) / 2.
    #[spec(default = false)]
    pub full: bool,
    /// Smaller variances are raised to this.
    #[spec(default = 1e-6, positive)]
    pub eps: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Triple {
    constant: f32,
    eps: f32,
}

impl Triple {
    #[inline(always)]
    fn cut(self, v: f32) -> f32 {
        if v < self.eps { self.eps } else { v }
    }
}

impl Pointwise<3> for Triple {
    const NAME: &'static str = "gaussian_nll";
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, [m, t, v]: [f32; 3]) -> f32 {
        let v = self.cut(v);
        0.5 * (simd::ln(v) + (m - t) * (m - t) / v) + self.constant
    }

    #[inline(always)]
    fn gradients(self, [m, t, v]: [f32; 3]) -> [f32; 3] {
        let v = self.cut(v);
        let slope = (m - t) / v;
        [slope, -slope, 0.5 * (1.0 / v - slope * slope)]
    }

    fn refuse(self, [_, _, v]: [f32; 3]) -> Option<String> {
        (v < 0.0)
            .then(|| format!("{v} is not a variance: it is negative; softplus makes it positive"))
    }
}

impl GaussianNll {
    fn triple(&self) -> PointwiseLoss<Triple, 3> {
        let constant = if self.full { 0.5 * std::f32::consts::TAU.ln() } else { 0.0 };
        let pair = Triple { constant, eps: self.eps as f32 };
        PointwiseLoss { pair, reduction: self.reduced.reduction }
    }
}

/// The loss of outputs `[batch, 2 n]`, means and then variances, and targets `[batch, n]`.
#[derive(Debug)]
struct Halves(PointwiseLoss<Triple, 3>);

impl Halves {
    /// Means, targets, variances.
    fn split(inputs: Inputs<'_>) -> Result<[Tensor; 3], AutogradError> {
        let (outputs, targets) = (inputs[0], inputs[1]);
        let wanted = targets.dims().last().copied().unwrap_or(1);
        match outputs.dims() {
            [_, width] if *width == 2 * wanted && targets.rank() == 2 => Ok([
                outputs.slice(1, 0, wanted)?,
                targets.clone(),
                outputs.slice(1, wanted, 2 * wanted)?,
            ]),
            _ => Err(AutogradError::Value {
                operation: Triple::NAME,
                problem: format!(
                    "outputs of shape {} do not go with targets of {}: means and variances side by side are wanted, {} \
                    numbers",
                    outputs.shape(),
                    targets.shape(),
                    2 * wanted
                ),
            }),
        }
    }
}

impl Op for Halves {
    fn name(&self) -> &'static str {
        Triple::NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let all = Self::split(inputs)?;
        self.0.forward(all.each_ref()[..].into(), saved)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let all = Self::split(pass.inputs)?;
        let gradient = self.0.reduction.spread(&pass.gradient, all[0].shape());
        let part = |which: usize| {
            let mut out = gradient.clone();
            derivatives(self.0.pair, all.each_ref(), which, &mut out);
            out
        };
        if pass.wants(1) {
            pass.give(1, part(1));
        }
        if pass.wants(0) {
            pass.give(0, Tensor::concat(&[&part(0), &part(2)], 1)?);
        }
        Ok(())
    }
}

impl Loss for GaussianNll {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(self.triple()).into())
    }

    fn operands(&self) -> &'static [&'static str] {
        &["means", "targets", "variances"]
    }

    fn in_training(&self) -> Option<OpRef> {
        Some(Arc::new(Halves(self.triple())).into())
    }

    fn extra_outputs(&self) -> &'static [&'static str] {
        &["variance"]
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}

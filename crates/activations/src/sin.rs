//! The sine, for networks with periodic activations.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Pointwise, Saved};
use relume_catalog::Spec;
use relume_tensor::Tensor;
use relume_tensor::simd::{self, Kernel, MODERATE_ANGLE, dispatch};
use relume_tensor::threads::{PIECE, for_pieces};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The sine of each number.
///
/// f(x) = sin(omega x); f'(x) = omega cos(omega x). Range: [-1, 1]. Flat at every crest, at omega x = ±π/2, ±3π/2, ...
/// Networks of sines (omega=30 in the first layer) represent pictures and sounds: Sitzmann and others, "Implicit neural
/// representations with periodic activation functions", 2020.
///
/// ```relume
/// sin([-1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Sin {
    /// The frequency.
    #[spec(default = 1.0)]
    pub omega: f64,
}

#[derive(Clone, Copy, Debug)]
struct SinOp {
    omega: f32,
}

struct Values<'a>(f32, &'a [f32], &'a mut [f32]);

impl Kernel for Values<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.2.iter_mut().zip(self.1) {
            *y = simd::sin_of_moderate(self.0 * x);
        }
    }
}

/// Multiplies gradients by the derivative.
struct Derivatives<'a>(f32, &'a [f32], &'a mut [f32]);

impl Kernel for Derivatives<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (g, &x) in self.2.iter_mut().zip(self.1) {
            *g *= self.0 * simd::cos_of_moderate(self.0 * x);
        }
    }
}

impl Pointwise for SinOp {
    fn values(&self, x: &[f32], to: &mut [f32]) {
        match self.are_moderate(x) {
            true => dispatch(Values(self.omega, x, to)),
            false => to.iter_mut().zip(x).for_each(|(y, x)| *y = simd::sin(self.omega * x)),
        }
    }

    fn multiply_by_derivatives(&self, x: &[f32], _: &[f32], gradients: &mut [f32]) {
        let omega = self.omega;
        match self.are_moderate(x) {
            true => dispatch(Derivatives(omega, x, gradients)),
            false => {
                let pairs = gradients.iter_mut().zip(x);
                pairs.for_each(|(g, x)| *g *= omega * simd::cos(omega * x));
            }
        }
    }
}

impl SinOp {
    /// Whether all angles can be computed by the vectorised loop.
    fn are_moderate(self, x: &[f32]) -> bool {
        x.iter().fold(true, |all, x| all & ((self.omega * x).abs() < MODERATE_ANGLE))
    }
}

impl Op for SinOp {
    fn name(&self) -> &'static str {
        "sin"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn pointwise(&self) -> Option<&dyn Pointwise> {
        Some(self)
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let x = inputs[0].data();
        let mut out = Tensor::uninit(inputs[0].shape());
        for_pieces(out.data_mut(), PIECE, |i, part| {
            self.values(&x[i * PIECE..][..part.len()], part);
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let x = pass.inputs[0].data();
        let mut gradient = pass.take_gradient();
        for_pieces(gradient.data_mut(), PIECE, |i, part| {
            let x = &x[i * PIECE..][..part.len()];
            self.multiply_by_derivatives(x, x, part);
        });
        pass.give(0, gradient);
        Ok(())
    }
}

impl Activation for Sin {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(SinOp { omega: self.omega as f32 }).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}

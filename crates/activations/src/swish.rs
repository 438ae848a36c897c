//! Swish, x sigmoid(beta x): silu with a sharpness that can be trained.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{
    AutogradError, Backward, DerivativeOf, Elementwise, Inputs, Map, Op, OpRef, Saved,
};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor, simd};
use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Silu under its other name, with a sharpness beta that can be trained.
///
/// f(x) = x s with s = sigmoid(beta x); f'(x) = s (1 + beta x (1 - s)). beta=1 is silu, a large beta nearly relu,
/// beta=0 is x / 2. Range: about [-0.278 / beta, ∞) for a positive beta. Flat far below 0, and in the dip at about
/// -1.28 / beta. Parameter with trained=true: `beta` `[1]`, whose derivative is x^2 s (1 - s). Ramachandran and others,
/// "Searching for activation functions", 2017.
///
/// ```relume
/// net = dense(16) -> swish(trained=true) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Swish {
    /// How sharp the bend at 0 is.
    #[spec(default = 1.0)]
    pub beta: f64,
    /// Whether beta is trained.
    #[spec(default = false)]
    pub trained: bool,
}

/// The function for a given beta.
#[derive(Clone, Copy, Debug)]
struct Function {
    beta: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "swish";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x * simd::sigmoid(self.beta * x)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let s = simd::sigmoid(self.beta * x);
        // In this order a huge x is multiplied by the 0 of s (1 - s) before beta makes it infinite.
        s + self.beta * (x * (s * (1.0 - s)))
    }
}

/// The derivative with respect to beta, as a function of x.
#[derive(Clone, Copy, Debug)]
struct OfBeta {
    beta: f32,
}

impl Elementwise for OfBeta {
    const NAME: &'static str = "swish";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let s = simd::sigmoid(self.beta * x);
        // In this order a huge x is multiplied by the 0 in the middle before it overflows.
        x * (s * (1.0 - s)) * x
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let z = self.beta * x;
        let s = simd::sigmoid(z);
        x * (s * (1.0 - s)) * (2.0 + z * (1.0 - 2.0 * s))
    }
}

/// The operation on x and beta `[1]`.
#[derive(Clone, Copy, Debug)]
struct Trained;

fn beta(inputs: Inputs<'_>) -> Result<f32, AutogradError> {
    inputs[1].item().ok_or_else(|| AutogradError::Value {
        operation: "swish",
        problem: format!("beta is a single number, not a tensor of shape {}", inputs[1].shape()),
    })
}

impl Op for Trained {
    fn name(&self) -> &'static str {
        "swish"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        Map(Function { beta: beta(inputs)? }).forward(inputs[..1].into(), saved)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let beta = beta(pass.inputs)?;
        if pass.wants(1) {
            let slopes =
                Map(OfBeta { beta }).forward(pass.inputs[..1].into(), &mut Saved::new(false))?;
            let sum = Tensor::scalar(slopes.dot(&pass.gradient)?);
            pass.give(1, sum.reshape(pass.inputs[1].shape())?);
        }
        Map(Function { beta }).backward(pass)
    }
}

impl Activation for Swish {
    fn op(&self) -> OpRef {
        checked_op(self, || match self.trained {
            true => (&Trained as &'static dyn Op).into(),
            false => Arc::new(Map(Function { beta: self.beta as f32 })).into(),
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn parameters(&self, _: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
        let beta = || ("beta".into(), Tensor::vector(&[self.beta as f32]));
        self.trained.then(beta).into_iter().collect()
    }
}

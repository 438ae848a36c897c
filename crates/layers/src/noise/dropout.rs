//! Dropout (Srivastava and others, 2014).

use crate::{Builder, Layer, LayerError, LayerKind, Pass, Refusal};
use relume_autograd::{Var, ops};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};
use std::sync::Arc;

/// In training, sets each value to 0 with probability p and scales the others by 1 / (1 - p).
///
/// Srivastava and others, "Dropout: a simple way to prevent neural networks from overfitting", 2014. In inference it
/// passes values on unchanged.
///
/// ```relume
/// net = dense(128) -> relu -> dropout(0.2) -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct Dropout {
    /// Probability of setting a value to 0.
    #[spec(default = 0.5, fraction)]
    pub p: f64,
}

impl LayerKind for Dropout {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        Ok(input)
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(DropoutLayer { p: self.p as f32 }))
    }
}

#[derive(Debug)]
pub(crate) struct DropoutLayer {
    pub p: f32,
}

impl Layer for DropoutLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        drop_out(pass, x, self.p, 0)
    }
}

/// Sets numbers to 0 with probability `p` in training; those of the last `together` axes are kept or dropped together.
pub(crate) fn drop_out(
    pass: &mut Pass<'_>,
    x: Var,
    p: f32,
    together: usize,
) -> Result<Var, LayerError> {
    if !pass.is_training() || p == 0.0 {
        return Ok(x);
    }
    let shape = pass.tape.value(x).shape();
    let units =
        (shape.rank() - together..shape.rank()).fold(shape, |shape, axis| shape.with_axis(axis, 1));
    let scale = if p < 1.0 { 1.0 / (1.0 - p) } else { 0.0 };
    let mask = mask(pass, units, p, scale);
    let mask = pass.tape.constant(mask);
    Ok(ops::mul(pass.tape, x, mask)?)
}

impl DropoutLayer {
    /// The factors for values of this shape; `None` if they stay unchanged.
    pub fn factors(&self, pass: &mut Pass<'_>, shape: Shape) -> Option<Tensor> {
        let scale = if self.p < 1.0 { 1.0 / (1.0 - self.p) } else { 0.0 };
        (pass.is_training() && self.p > 0.0).then(|| mask(pass, shape, self.p, scale))
    }
}

/// Numbers that are 0 with probability `p` and otherwise `scale`.
pub(crate) fn mask(pass: &mut Pass<'_>, shape: Shape, p: f32, scale: f32) -> Tensor {
    Tensor::from_fn(shape, |_| if pass.rng.uniform() < p { 0.0 } else { scale })
}

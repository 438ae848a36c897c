//! Dynamic tanh, which takes the place of layer normalisation.

use crate::{Activation, ConstantShape, Facts, Formula, checked_op};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};
use std::borrow::Cow;

/// A tanh with a trained scale, and a weight and bias for each feature: in the place of layer normalisation.
///
/// f(x) = weight tanh(alpha x) + bias. Range: bias - weight to bias + weight. Flat where alpha x is far from 0.
/// Parameters: `alpha` `[1]`, `weight` and `bias` `[features]` along the last axis, which begin with 1 and 0. Zhu and
/// others, "Transformers without normalization", 2025.
///
/// ```relume
/// net = dense(16) -> dynamic_tanh -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation, aliases = ["dyt"])]
pub struct DynamicTanh {
    /// The initial value of alpha.
    #[spec(default = 0.5)]
    pub alpha: f64,
}

impl DynamicTanh {
    fn formula(&self) -> Formula {
        let each = Some(ConstantShape::Features);
        let constants = [
            ("alpha", self.alpha, Some(ConstantShape::One)),
            ("weight", 1.0, each),
            ("bias", 0.0, each),
        ];
        Formula::written("weight * tanh(alpha * x) + bias", &constants)
    }
}

impl Activation for DynamicTanh {
    fn op(&self) -> OpRef {
        checked_op(self, || self.formula().op())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn parameters(&self, sample: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
        self.formula().parameters(sample)
    }
}

//! StarReLU: a squared relu with a trained scale and bias.

use crate::{Activation, ConstantShape, Facts, Formula, checked_op};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};
use std::borrow::Cow;

/// The square of relu, scaled and moved so that normally distributed inputs give mean 0 and variance 1.
///
/// f(x) = scale relu(x)^2 + bias; f'(x) = 2 scale relu(x). Range: [bias, ∞). Flat below 0. Parameters with
/// trained=true: `scale` `[1]` and `bias` `[1]`. Yu and others, "MetaFormer baselines for vision", 2022.
///
/// ```relume
/// star_relu([-1, 2], trained=false)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct StarRelu {
    /// The factor.
    #[spec(default = 0.8944)]
    pub scale: f64,
    /// What is added.
    #[spec(default = -0.4472)]
    pub bias: f64,
    /// Whether both are trained.
    #[spec(default = true)]
    pub trained: bool,
}

impl StarRelu {
    fn formula(&self) -> Formula {
        let shape = self.trained.then_some(ConstantShape::One);
        let constants = [("scale", self.scale, shape), ("bias", self.bias, shape)];
        Formula::written("scale * relu(x) ^ 2 + bias", &constants)
    }
}

impl Activation for StarRelu {
    fn op(&self) -> OpRef {
        checked_op(self, || self.formula().op())
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(self.bias as f32), ..Facts::OPEN }
    }

    fn facts_with(&self, parameters: &[Tensor]) -> Facts {
        match parameters {
            [_, bias] => Facts { off: bias.data().first().copied(), ..Facts::OPEN },
            _ => self.facts(),
        }
    }

    fn parameters(&self, sample: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
        self.formula().parameters(sample)
    }
}

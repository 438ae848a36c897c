//! Snake, x + sin^2(a x) / a: a line with waves, for what is periodic.

use crate::{Activation, ConstantShape, Facts, Formula, checked_op};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};
use std::borrow::Cow;

/// A line with waves, whose frequency can be trained: for signals that are periodic, such as sound.
///
/// f(x) = x + sin^2(a x) / a; f'(x) = 1 + sin(2 a x). Range: all numbers; it never falls. Flat at single points.
/// Parameter with trained=true: `a` `[1]`, or `[units]` with shape="units" (one for each channel, as in BigVGAN). Ziyin
/// and others, "Neural networks fail to learn periodic functions and how to fix it", 2020.
///
/// ```relume
/// snake([-1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Snake {
    /// The frequency.
    #[spec(default = 1.0, positive)]
    pub a: f64,
    /// Whether it is trained.
    #[spec(default = false)]
    pub trained: bool,
    /// One trained frequency, or one for each unit or feature.
    #[spec(default = ConstantShape::One)]
    pub shape: ConstantShape,
}

impl Snake {
    fn formula(&self) -> Formula {
        Formula::written(
            "x + sin(a * x) ^ 2 / a",
            &[("a", self.a, self.trained.then_some(self.shape))],
        )
    }
}

impl Activation for Snake {
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

//! One number of many.

use relume_catalog::{Argument, Type};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// What becomes of the losses of all samples or numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
    /// They stay as they are.
    None,
}

/// The argument that every loss has.
pub(crate) const REDUCTION: Argument = Argument::new(
    "reduction",
    Type::Choice(&["mean", "sum", "none"]),
    "the mean of all losses, their sum, or all of them",
)
.or_text("mean");

impl Reduction {
    /// Reduces losses; a mean divides by `weight`, the count or the sum of the samples' weights.
    pub(crate) fn apply(self, losses: Tensor, weight: f32) -> Tensor {
        match self {
            Reduction::Mean => Tensor::scalar(losses.sum() / weight),
            Reduction::Sum => Tensor::scalar(losses.sum()),
            Reduction::None => losses,
        }
    }

    /// The gradient of each loss, from that of the reduced value.
    pub(crate) fn gradient(self, gradient: &Tensor, weight: f32, at: usize) -> f32 {
        match self {
            Reduction::Mean => gradient.data()[0] / weight,
            Reduction::Sum => gradient.data()[0],
            Reduction::None => gradient.data()[at],
        }
    }
}

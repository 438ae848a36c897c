//! Reductions of losses to one number.

use relume_catalog::{Choice, Spec, Type};
use relume_tensor::{Shape, Tensor};

/// How the losses of all samples or numbers are reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Reduction {
    /// Their mean.
    Mean,
    /// Their sum divided by the number of samples; only for the Kullback-Leibler divergence.
    #[spec(name = "batchmean")]
    BatchMean,
    /// Their sum.
    Sum,
    /// They stay as they are.
    None,
}

/// What becomes of the losses of all samples or numbers, for losses that have no mean for each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Spec)]
#[spec(block = ReductionOptions)]
pub struct Reduced {
    /// The mean of all losses, their sum, or all of them.
    #[spec(default = Reduction::Mean, type = Type::Choice(&["mean", "sum", "none"]))]
    pub reduction: Reduction,
}

impl Reduction {
    /// The divisor of a mean of losses with equal weights.
    pub(crate) fn divisor(self, losses: Shape) -> f32 {
        match self {
            Reduction::BatchMean => losses.first().copied().unwrap_or(1) as f32,
            _ => losses.count() as f32,
        }
    }

    /// Reduces losses; a mean divides by `divisor`, the count or the sum of the samples' weights.
    pub(crate) fn apply(self, losses: Tensor, divisor: f32) -> Tensor {
        match self {
            Reduction::Mean | Reduction::BatchMean => Tensor::scalar(losses.sum() / divisor),
            Reduction::Sum => Tensor::scalar(losses.sum()),
            Reduction::None => losses,
        }
    }

    /// The gradient of one of the losses, from that of the reduced value.
    pub(crate) fn gradient(self, gradient: &Tensor, divisor: f32, at: usize) -> f32 {
        match self {
            Reduction::Mean | Reduction::BatchMean => gradient.data()[0] / divisor,
            Reduction::Sum => gradient.data()[0],
            Reduction::None => gradient.data()[at],
        }
    }

    /// The gradients of losses of a shape with equal weights.
    pub(crate) fn spread(self, gradient: &Tensor, losses: Shape) -> Tensor {
        match self {
            Reduction::None => gradient.clone(),
            _ => Tensor::full(losses, self.gradient(gradient, self.divisor(losses), 0)),
        }
    }
}

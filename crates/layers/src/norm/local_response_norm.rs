//! Local response normalisation, AlexNet's.

use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, ops};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Divides each number by a power of the mean square of neighbouring channels at its place.
///
/// y = x / (k + alpha mean(x^2))^beta, the mean over the `size` channels around each one (with an even size, one more
/// before it than after it); channels beyond the first and last count as 0. Takes `[channels, ...space]`. Krizhevsky,
/// Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012.
///
/// ```relume
/// net = input(3, 8, 8) -> conv2d(16, 3) -> relu -> local_response_norm(5) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct LocalResponseNorm {
    /// Channels that are looked at for each channel, itself included.
    #[spec(positive)]
    pub size: usize,
    /// Factor of the mean square.
    #[spec(default = 1e-4, non_negative)]
    pub alpha: f64,
    /// Exponent of the divisor.
    #[spec(default = 0.75)]
    pub beta: f64,
    /// Added to the mean square.
    #[spec(default = 1.0, positive)]
    pub k: f64,
}

impl LayerKind for LocalResponseNorm {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        match input.rank() {
            0 | 1 => Err(InputMismatch::new("wants channels with places, [channels, ...space]")
                .help("for a row of features there is rmsnorm: {before} -> rmsnorm")
                .into()),
            _ => Ok(input),
        }
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let op = ops::LocalResponseNorm {
            size: self.size,
            alpha: self.alpha as f32,
            beta: self.beta as f32,
            k: self.k as f32,
        };
        Ok(Arc::new(Operation::new(Arc::new(op), Vec::new())))
    }
}

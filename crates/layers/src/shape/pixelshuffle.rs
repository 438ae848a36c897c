//! Channels as finer pixels, and back (Shi and others, 2016).

use crate::shape::flatten::view_to;
use crate::shape::reshape::permutation;
use crate::shape::space::space;
use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, ops};
use relume_catalog::{Described, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// Makes an image larger: every upscale_factor^2 channels become the pixels of one.
///
/// Shi and others, "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
/// network", 2016.
///
/// ```relume
/// net = input(1, 8, 8) -> conv2d(4, 3, padding=1) -> pixel_shuffle(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct PixelShuffle {
    /// Factor on height and width.
    #[spec(positive)]
    pub upscale_factor: usize,
}

/// Makes an image smaller: the pixels of every square become channels.
///
/// Shi and others, "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
/// network", 2016.
///
/// ```relume
/// net = input(1, 8, 8) -> pixel_unshuffle(2) -> conv2d(4, 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct PixelUnshuffle {
    /// The divisor of height and width.
    #[spec(positive)]
    pub downscale_factor: usize,
}

impl LayerKind for PixelShuffle {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (channels, [height, width]) = space::<2>(input, &self.text())?;
        let factor = self.upscale_factor;
        let parts = factor.saturating_mul(factor);
        match channels.checked_rem(parts) {
            Some(0) => {
                let [height, width] = [height, width].map(|size| size.saturating_mul(factor));
                Ok([channels / parts, height, width].into())
            }
            _ => {
                let more = channels.div_ceil(parts.max(1)).saturating_mul(parts);
                Err(InputMismatch::new(format!("wants a multiple of {parts} channels"))
                    .help(format!("give the layer before it {more} channels"))
                    .into())
            }
        }
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let [channels, height, width] = [input[0], input[1], input[2]];
        let factor = self.upscale_factor;
        // [c, r, r, h, w] to [c, h, r, w, r].
        let view = [channels / (factor * factor), factor, factor, height, width];
        let view = Operation::new(Arc::new(ops::View::Sample(view.into())), Vec::new());
        view_to(self.output_shape(input), vec![view, permutation(&[1, 4, 2, 5, 3])])
    }
}

impl LayerKind for PixelUnshuffle {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (channels, [height, width]) = space::<2>(input, &self.text())?;
        let factor = self.downscale_factor;
        match (height.checked_rem(factor), width.checked_rem(factor)) {
            (Some(0), Some(0)) => {
                let channels = channels.saturating_mul(factor).saturating_mul(factor);
                Ok([channels, height / factor, width / factor].into())
            }
            _ => {
                Err(InputMismatch::new(format!("wants a height and a width that {factor} divides"))
                    .help(format!(
                        "resize before it: {{before}} -> upsample([{}, {}]) -> {}",
                        height.div_ceil(factor.max(1)).saturating_mul(factor),
                        width.div_ceil(factor.max(1)).saturating_mul(factor),
                        self.text()
                    ))
                    .into())
            }
        }
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let [channels, height, width] = [input[0], input[1], input[2]];
        let factor = self.downscale_factor;
        // [c, h, r, w, r] to [c, r, r, h, w].
        let view = [channels, height / factor, factor, width / factor, factor];
        let view = Operation::new(Arc::new(ops::View::Sample(view.into())), Vec::new());
        view_to(self.output_shape(input), vec![view, permutation(&[1, 3, 5, 2, 4])])
    }
}

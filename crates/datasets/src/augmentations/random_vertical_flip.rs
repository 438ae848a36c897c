//! Vertical flips.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Flips each image vertically with probability p in training.
///
/// As torchvision's RandomVerticalFlip. It follows a data set of images; the test part is not changed.
///
/// ```relume
/// d = digits(image=true) -> randomverticalflip(0.3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "randomverticalflip")]
pub struct RandomVerticalFlip {
    /// Probability for each image.
    #[spec(default = 0.5, fraction)]
    pub p: f64,
}

impl Augmentation for RandomVerticalFlip {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for RandomVerticalFlip {
    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        if f64::from(rng.uniform()) >= self.p {
            return;
        }
        let [_, height, width] = image.shape();
        for plane in image.pixels_mut().chunks_exact_mut(height * width) {
            let (upper, lower) = plane.split_at_mut(height / 2 * width);
            let lower = lower.chunks_exact_mut(width).rev();
            upper.chunks_exact_mut(width).zip(lower).for_each(|(a, b)| a.swap_with_slice(b));
        }
    }
}

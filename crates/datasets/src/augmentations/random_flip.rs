//! Horizontal flips.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Flips each image horizontally with probability p in training.
///
/// As torchvision's RandomHorizontalFlip. It follows a data set of images; the test part is not changed.
///
/// ```relume
/// d = digits(image=true) -> randomflip(0.3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "randomflip", aliases = ["randomhorizontalflip"])]
pub struct RandomFlip {
    /// Probability for each image.
    #[spec(default = 0.5, fraction)]
    pub p: f64,
}

impl Augmentation for RandomFlip {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for RandomFlip {
    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        if f64::from(rng.uniform()) < self.p {
            let [_, _, width] = image.shape();
            image.pixels_mut().chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
    }
}

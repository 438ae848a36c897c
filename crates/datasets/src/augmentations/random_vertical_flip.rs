//! Top and bottom exchanged.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Rng;
use serde::{Deserialize, Serialize};

/// Exchanges top and bottom of some images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomVerticalFlip {
    /// The probability of each image.
    pub p: f64,
}

impl Described for RandomVerticalFlip {
    const ENTRY: Entry = Entry {
        kind: Kind::Augmentation,
        name: "randomverticalflip",
        aliases: &[],
        summary: "exchanges top and bottom of each image with probability p while training",
        details: "As torchvision's RandomVerticalFlip. It stands behind a data set of images; the test part stays as it is.",
        arguments: &[Argument::new("p", Type::FRACTION, "probability of each image").or_number(0.5)],
        example: "d = digits(image=true) -> randomverticalflip(0.3)",
    };
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

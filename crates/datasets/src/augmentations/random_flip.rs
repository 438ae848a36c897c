//! Left and right exchanged.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Rng;
use serde::{Deserialize, Serialize};

/// Exchanges left and right of some images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomFlip {
    /// The probability of each image.
    pub p: f64,
}

impl Described for RandomFlip {
    const ENTRY: Entry = Entry {
        kind: Kind::Augmentation,
        name: "randomflip",
        aliases: &["randomhorizontalflip"],
        summary: "exchanges left and right of each image with probability p while training",
        details: "As torchvision's RandomHorizontalFlip. It stands behind a data set of images; the test part stays as it is.",
        arguments: &[Argument::new("p", Type::FRACTION, "probability of each image").or_number(0.5)],
        example: "d = digits(image=true) -> randomflip(0.3)",
    };
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

//! Noise on pixels.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Rng;
use serde::{Deserialize, Serialize};

/// Adds normally distributed noise to each pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageNoise {
    /// The noise's standard deviation, where 1 is the whole range from black to white.
    pub std: f64,
}

impl Described for ImageNoise {
    const ENTRY: Entry = Entry {
        kind: Kind::Augmentation,
        name: "imagenoise",
        aliases: &[],
        summary: "adds normally distributed noise to each pixel of each image while training",
        details: "As torchvision's GaussianNoise with mean 0: pixels are taken as 0..1, `std` is the noise's standard deviation, and what falls out of the range is cut off. Pixels are bytes, of which 1 is 255; sums are rounded to the nearest byte, where torchvision cuts the noise itself to a whole number. It stands behind a data set of images; the test part stays as it is.",
        arguments: &[Argument::new(
            "std",
            Type::NON_NEGATIVE,
            "standard deviation, where 1 is the whole range from black to white",
        )
        .or_number(0.1)],
        example: "d = digits(image=true) -> imagenoise(0.01)",
    };
}

impl Augmentation for ImageNoise {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for ImageNoise {
    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        let std = (self.std * 255.0) as f32;
        for pixel in image.pixels_mut() {
            // The conversion cuts off at 0 and 255.
            *pixel = (f32::from(*pixel) + std * rng.normal()).round() as u8;
        }
    }
}

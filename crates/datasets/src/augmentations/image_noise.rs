//! Noise on pixels.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Adds normally distributed noise to each pixel of each image while training.
///
/// As torchvision's GaussianNoise with mean 0: pixels are taken as 0..1, `std` is the noise's standard deviation, and
/// what falls out of the range is cut off. Pixels are bytes, of which 1 is 255; sums are rounded to the nearest byte,
/// where torchvision cuts the noise itself to a whole number. It stands after a data set of images; the test part stays
/// as it is.
///
/// ```relume
/// d = digits(image=true) -> imagenoise(0.01)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "imagenoise")]
pub struct ImageNoise {
    /// Standard deviation, where 1 is the whole range from black to white.
    #[spec(default = 0.1, non_negative)]
    pub std: f64,
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

//! Noise on pixels.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Adds normally distributed noise to each pixel of each image in training.
///
/// As torchvision's GaussianNoise with mean 0: pixels are taken as 0..1, `std` is the noise's standard deviation, and
/// results are clipped to the range. Pixels are bytes, of which 255 is 1; sums are rounded to the nearest byte, whereas
/// torchvision truncates the noise itself to a whole number. It follows a data set of images; the test part is not
/// changed.
///
/// ```relume
/// d = digits(image=true) -> imagenoise(0.01)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "imagenoise")]
pub struct ImageNoise {
    /// Standard deviation; 1 is the whole range from black to white.
    #[spec(default = 0.1, non_negative)]
    pub std: f64,
}

impl Augmentation for ImageNoise {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for ImageNoise {
    fn keeps_places(&self) -> bool {
        true
    }

    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        let std = (self.std * 255.0) as f32;
        for pixel in image.pixels_mut() {
            // The conversion clips to 0 and 255.
            *pixel = (f32::from(*pixel) + std * rng.normal()).round() as u8;
        }
    }
}

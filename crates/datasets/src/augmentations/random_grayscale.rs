//! Random conversion to gray.

use super::colours::{each_colour, gray};
use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Makes each image gray with probability p in training; it keeps its three channels.
///
/// As torchvision's RandomGrayscale on a tensor of bytes: 0.2989 red + 0.587 green + 0.114 blue, rounded down. An image
/// of one channel is not changed, and neither is the test part. It follows a data set of images.
///
/// ```relume
/// d = images("photos", size=8) -> randomgrayscale(0.2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "randomgrayscale")]
pub struct RandomGrayscale {
    /// Probability for each image.
    #[spec(default = 0.1, fraction)]
    pub p: f64,
}

impl Augmentation for RandomGrayscale {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for RandomGrayscale {
    fn keeps_places(&self) -> bool {
        true
    }

    fn output(&self, shape: [usize; 3]) -> Result<[usize; 3], String> {
        match shape[0] {
            1 | 3 => Ok(shape),
            channels => {
                Err(format!("randomgrayscale wants images of 1 or 3 channels, not {channels}"))
            }
        }
    }

    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        if f64::from(rng.uniform()) < self.p {
            each_colour(image, |colour| [gray(colour); 3]);
        }
    }
}

//! Erased rectangles.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Erases a random rectangle of each image with probability p in training.
///
/// As torchvision's RandomErasing (Zhong and others, 2017, arXiv:1708.04896): the area is drawn from `scale`, and the
/// ratio of height to width from `ratio` by its logarithm; an image for which ten such rectangles are too large is not
/// changed. The value is a byte, before pixels are scaled. It follows a data set of images; the test part is not
/// changed.
///
/// ```relume
/// d = digits(image=true) -> randomerasing(0.5, scale=[0.1, 0.2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "randomerasing", check = Self::consistent)]
pub struct RandomErasing {
    /// Probability for each image.
    #[spec(default = 0.5, fraction)]
    pub p: f64,
    /// Smallest and largest part of the image's area.
    #[spec(default = [0.02, 0.33], fraction)]
    pub scale: [f64; 2],
    /// Smallest and largest ratio of height to width.
    #[spec(default = [0.3, 3.3], positive)]
    pub ratio: [f64; 2],
    /// The byte that fills the rectangle.
    #[spec(default = 0)]
    pub value: u8,
}

/// Rectangles that are tried before the image is left unchanged.
const TRIES: usize = 10;

impl RandomErasing {
    fn consistent(&self) -> Result<(), String> {
        for (name, [least, most]) in [("scale", self.scale), ("ratio", self.ratio)] {
            if least > most {
                return Err(format!(
                    "{name} wants the smaller number first, not [{least}, {most}]"
                ));
            }
        }
        Ok(())
    }
}

impl Augmentation for RandomErasing {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for RandomErasing {
    fn keeps_places(&self) -> bool {
        true
    }

    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        if f64::from(rng.uniform()) >= self.p {
            return;
        }
        let [_, height, width] = image.shape();
        let logs = self.ratio.map(libm::log);
        let within = |[least, most]: [f64; 2], u: f32| least + (most - least) * f64::from(u);
        for _ in 0..TRIES {
            let area = (height * width) as f64 * within(self.scale, rng.uniform());
            let ratio = libm::exp(within(logs, rng.uniform()));
            let sides = [area * ratio, area / ratio];
            let [tall, wide] = sides.map(|square| square.sqrt().round_ties_even() as usize);
            if tall < height && wide < width {
                let [top, left] = [height - tall, width - wide].map(|free| rng.below(free + 1));
                for plane in image.pixels_mut().chunks_exact_mut(height * width) {
                    for row in plane.chunks_exact_mut(width).skip(top).take(tall) {
                        row[left..left + wide].fill(self.value);
                    }
                }
                return;
            }
        }
    }
}

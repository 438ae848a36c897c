//! Augmentation: training samples varied at random, so that a network sees each of them differently in each epoch.
//!
//! An augmentation changes one image at a time, with a generator that belongs to the seed, the epoch and the sample: the same
//! run sees the same images for any number of threads, and wherever it was stopped and taken up again. Where nothing is
//! trained, [`Augmentation::settle`] does what must be done all the same, such as cutting to the same size.

mod image;
mod image_noise;
mod random_crop;
mod random_erasing;
mod random_flip;
mod random_grayscale;
mod random_vertical_flip;

pub use image::Image;
pub use image_noise::ImageNoise;
pub use random_crop::{PaddingMode, RandomCrop};
pub use random_erasing::RandomErasing;
pub use random_flip::RandomFlip;
pub use random_grayscale::RandomGrayscale;
pub use random_vertical_flip::RandomVerticalFlip;

use relume_catalog::table;
use relume_tensor::Rng;

/// A way to vary images.
pub trait Augmentation: Send + Sync {
    /// The shape `[channels, height, width]` that comes out for one that goes in.
    ///
    /// # Errors
    /// A shape that it cannot take, as a sentence.
    fn output(&self, shape: [usize; 3]) -> Result<[usize; 3], String> {
        Ok(shape)
    }

    /// Varies an image that is trained on.
    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng);

    /// Brings an image that is not trained on to the same shape; nothing where the shape stays.
    fn settle(&self, image: &mut Image<'_>) {
        let _ = image;
    }
}

table! {
    /// Every augmentation.
    pub enum AugmentationSpec: dyn Augmentation {
        RandomCrop, RandomFlip, RandomVerticalFlip, RandomGrayscale, RandomErasing, ImageNoise
    }
}

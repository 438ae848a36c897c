//! Augmentation: training samples changed at random, so that a network sees each of them differently in each epoch.
//!
//! An augmentation changes one sample at a time, with a generator that depends on the seed, the epoch and the sample:
//! the same run sees the same samples for any number of threads, and also after it was stopped and resumed. There are
//! two kinds of sample, images of bytes and numbers, and each augmentation is a [`Stage`] for one of them; [`Mixup`] is
//! one for whole batches.

mod color_jitter;
mod colours;
mod frequency_mask;
mod image;
mod image_noise;
mod masked;
mod mixup;
mod noise;
mod numbers;
mod random_crop;
mod random_erasing;
mod random_flip;
mod random_grayscale;
mod random_rotation;
mod random_vertical_flip;
mod span;
mod time_mask;

pub use color_jitter::ColorJitter;
pub use frequency_mask::FrequencyMask;
pub use image::Image;
pub use image_noise::ImageNoise;
pub use mixup::Mixup;
pub use noise::Noise;
pub use numbers::Numbers;
pub use random_crop::{PaddingMode, RandomCrop};
pub use random_erasing::RandomErasing;
pub use random_flip::RandomFlip;
pub use random_grayscale::RandomGrayscale;
pub use random_rotation::{Interpolation, RandomRotation};
pub use random_vertical_flip::RandomVerticalFlip;
pub use span::Span;
pub use time_mask::TimeMask;

pub(crate) use mixup::mix;

use relume_catalog::table;
use relume_tensor::{Rng, Shape};

/// An augmentation.
pub trait Augmentation: Send + Sync {
    /// What it changes, and how.
    fn stage(&self) -> Stage<'_>;
}

/// What an augmentation changes.
#[derive(Clone, Copy)]
pub enum Stage<'a> {
    /// Images of bytes.
    Images(&'a dyn ImageStage),
    /// Prepared numbers.
    Numbers(&'a dyn NumberStage),
    /// Batches of either.
    Batches(&'a Mixup),
}

impl<'a> Stage<'a> {
    /// The stage for images; `None` if it changes other samples.
    pub fn images(self) -> Option<&'a dyn ImageStage> {
        match self {
            Stage::Images(stage) => Some(stage),
            Stage::Numbers(_) | Stage::Batches(_) => None,
        }
    }

    /// The stage for numbers; `None` if it changes other samples.
    pub fn numbers(self) -> Option<&'a dyn NumberStage> {
        match self {
            Stage::Numbers(stage) => Some(stage),
            Stage::Images(_) | Stage::Batches(_) => None,
        }
    }
}

/// A change of images. Outside training, [`ImageStage::settle`] does what is still needed, such as cutting to the same
/// size.
pub trait ImageStage {
    /// The shape `[channels, height, width]` after it, for one before it.
    ///
    /// # Errors
    /// A shape that it cannot take, as a sentence.
    fn output(&self, shape: [usize; 3]) -> Result<[usize; 3], String> {
        Ok(shape)
    }

    /// Whether each pixel stays where it is, so that the classes of pixels stay true.
    fn keeps_places(&self) -> bool {
        false
    }

    /// Changes an image that is trained on.
    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng);

    /// Brings an image that is not trained on to the same shape; does nothing if the shape stays the same.
    fn settle(&self, image: &mut Image<'_>) {
        let _ = image;
    }
}

/// A change of samples of numbers, which keeps their shape.
pub trait NumberStage {
    /// Whether it takes samples of this shape.
    ///
    /// # Errors
    /// A shape that it cannot take, as a sentence.
    fn check(&self, shape: &Shape) -> Result<(), String> {
        let _ = shape;
        Ok(())
    }

    /// Changes a sample that is trained on.
    fn vary(&self, sample: &mut Numbers<'_>, rng: &mut Rng);
}

table! {
    /// Every augmentation.
    pub enum AugmentationSpec: dyn Augmentation as Augmentation {
        RandomCrop, RandomFlip, RandomVerticalFlip, RandomRotation, RandomGrayscale, ColorJitter, RandomErasing,
        ImageNoise, TimeMask, FrequencyMask, Noise, Mixup
    }
}

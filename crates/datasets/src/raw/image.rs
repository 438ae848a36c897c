//! Pictures of any size.

use super::within;
use crate::augmentations::{AugmentationSpec, Image};
use crate::pixels::{Channels, convert};
use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// How a picture of any size becomes an image of the size that a network was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawImage {
    /// The channels of the result.
    pub channels: Channels,
    /// The height and width to which it is resized.
    pub size: [usize; 2],
    /// The augmentations of the training images: a crop takes the middle of the picture.
    pub augmentations: Vec<AugmentationSpec>,
}

impl RawImage {
    /// The shape `[channels, height, width]` of an image that a network takes, after the augmentations.
    pub fn shape(&self) -> [usize; 3] {
        let [height, width] = self.size;
        let stages = self.augmentations.iter().filter_map(|spec| spec.inner().stage().images());
        let shape = [self.channels.count(), height, width];
        stages.fold(shape, |shape, stage| stage.output(shape).unwrap_or(shape))
    }

    /// Checks the size and the augmentations.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        const LARGEST: usize = 1 << 30;
        let [height, width] = self.size;
        within("the height of its pictures", height, 1..=LARGEST)?;
        within("the width of its pictures", width, 1..=LARGEST)?;
        let count = height.checked_mul(width).and_then(|n| n.checked_mul(self.channels.count()));
        within("the size of its pictures in bytes", count.unwrap_or(usize::MAX), 1..=LARGEST)?;
        let augmentations = self.augmentations.iter().try_for_each(AugmentationSpec::check);
        augmentations.map_err(|error| error.to_string())
    }

    /// The prepared image `[channels, height, width]` of a picture's planes, which have these channels and this size
    /// already.
    ///
    /// # Errors
    /// Planes of another number of bytes, or an option of an augmentation that is out of range.
    pub fn sample(
        &self,
        preparation: &Preparation,
        mut planes: Vec<u8>,
    ) -> Result<Tensor, DataError> {
        self.augmentations.iter().try_for_each(AugmentationSpec::check)?;
        let [height, width] = self.size;
        let shape = [self.channels.count(), height, width];
        if planes.len() != shape.iter().product::<usize>() {
            let problem = format!("{} bytes are not an image of {shape:?}", planes.len());
            return Err(DataError::Options(problem));
        }
        let mut spare = Vec::new();
        let mut image = Image::new(shape, &mut planes, &mut spare);
        let stages = self.augmentations.iter().filter_map(|spec| spec.inner().stage().images());
        stages.for_each(|stage| stage.settle(&mut image));
        let [channels, height, width] = image.shape();
        let mut sample = Tensor::uninit([channels, height, width]);
        convert(image.pixels(), height * width, preparation, sample.data_mut());
        Ok(sample)
    }
}

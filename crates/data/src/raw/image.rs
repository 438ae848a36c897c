//! Pictures by their paths.

use crate::augmentations::{AugmentationSpec, Image};
use crate::pixels::{Reading, convert};
use crate::sources::Channels;
use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How a picture of any size becomes an image of the size that a network was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawImage {
    /// What becomes of the colours.
    pub channels: Channels,
    /// The height and width to which it is brought.
    pub size: [usize; 2],
    /// What the training images were varied by: a crop makes the middle of the picture its own.
    pub augmentations: Vec<AugmentationSpec>,
}

impl RawImage {
    /// The image `[channels, height, width]` of a JPEG or PNG file, its pixels prepared.
    pub(super) fn sample(
        &self,
        preparation: &Preparation,
        path: &str,
    ) -> Result<Tensor, DataError> {
        let reading = Reading { channels: self.channels, size: Some(self.size) };
        let (mut bytes, [height, width]) = reading.planes(Path::new(path))?;
        let mut spare = Vec::new();
        let mut image = Image::new([self.channels.count(), height, width], &mut bytes, &mut spare);
        let stages = self.augmentations.iter().filter_map(|spec| spec.inner().stage().images());
        stages.for_each(|stage| stage.settle(&mut image));
        let [channels, height, width] = image.shape();
        let mut sample = Tensor::uninit([channels, height, width]);
        convert(image.pixels(), height * width, preparation, sample.data_mut());
        Ok(sample)
    }
}

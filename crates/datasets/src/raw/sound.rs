//! Recordings as frames of features.

use super::{AudioFeatures, LONGEST, within};
use crate::Preparation;
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// How a recording becomes frames of features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawSound {
    /// Its features.
    pub features: AudioFeatures,
    /// How many frames there are: a shorter recording is followed by zeros, and a longer one is cut.
    pub length: usize,
    /// In files of before, where strings of labels are predicted, what each label is, from label 1 on. It is only read:
    /// what targets are called is no part of what is done to inputs.
    #[serde(default, skip_serializing)]
    pub labels: Vec<String>,
}

impl RawSound {
    /// Checks the number of frames, and the options of the features.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        within("the length of its recordings in frames", self.length, 1..=LONGEST)?;
        self.features.check()
    }

    /// The prepared frames `[length, features]` of a recording's frames `[any, features]`.
    pub fn sample(&self, preparation: &Preparation, frames: &Tensor) -> Tensor {
        let mut sample = Tensor::uninit([self.length, self.features.width()]);
        self.fill(preparation, frames, sample.data_mut());
        sample
    }

    /// Writes prepared frames into `out`, `[length, features]`. Zeros follow them, which no frame is.
    pub fn fill(&self, preparation: &Preparation, frames: &Tensor, out: &mut [f32]) {
        let count = frames.count().min(out.len());
        let (own, padding) = out.split_at_mut(count);
        own.copy_from_slice(&frames.data()[..count]);
        preparation.apply_to_samples(own, own.len());
        padding.fill(0.0);
    }
}

//! Recordings by their paths.

use crate::audio::{AudioFeatures, Extractor, Sound};
use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How a recording becomes frames of features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawSound {
    /// What is heard in it.
    pub features: AudioFeatures,
    /// How many frames there are: zeros stand behind a shorter recording, and a longer one is cut.
    pub length: usize,
    /// Where strings of labels are predicted, what each label is, from label 1 on; a character or a class. Otherwise empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

impl RawSound {
    /// The frames `[length, features]` of a WAV or FLAC file, prepared.
    pub(super) fn sample(
        &self,
        preparation: &Preparation,
        path: &str,
    ) -> Result<Tensor, DataError> {
        let extractor = self.extractor()?;
        let frames = extractor.features(&Sound::read(Path::new(path))?)?;
        let mut sample = Tensor::uninit([self.length, self.features.width()]);
        self.fill(preparation, &frames, sample.data_mut());
        Ok(sample)
    }

    /// What takes the features out.
    pub(crate) fn extractor(&self) -> Result<Extractor, DataError> {
        self.features.extractor().map_err(DataError::Options)
    }

    /// Puts prepared frames into `out`, `[length, features]`. What stands behind them is zero, which no frame is.
    pub(crate) fn fill(&self, preparation: &Preparation, frames: &Tensor, out: &mut [f32]) {
        let mut frames = frames.clone();
        preparation.apply(&mut frames);
        let count = frames.count().min(out.len());
        out[..count].copy_from_slice(&frames.data()[..count]);
        out[count..].fill(0.0);
    }
}

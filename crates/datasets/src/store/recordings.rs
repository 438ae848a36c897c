//! Recordings as frames of features.

use crate::raw::{AudioFeatures, RawSound};
use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use std::fmt::Debug;
use std::sync::Arc;

/// A source from which recordings can be read again, for other features.
pub trait SoundSource: Debug + Send + Sync {
    /// The frames `[any, features]` of each recording.
    ///
    /// # Errors
    /// A recording that cannot be read, or features that it does not have.
    fn frames(&self, features: &AudioFeatures) -> Result<Vec<Tensor>, DataError>;
}

/// The frames of recordings, without scaling and without a common length.
#[derive(Clone, Debug)]
pub struct Recordings {
    /// The features of each recording.
    pub features: AudioFeatures,
    /// `[any, features]` for each recording.
    pub frames: Vec<Tensor>,
    /// The source of the recordings.
    pub source: Arc<dyn SoundSource>,
}

impl Recordings {
    /// The same recordings with these features, read again if they are different ones.
    ///
    /// # Errors
    /// A recording that cannot be read, or features that it does not have.
    pub(crate) fn with_features(
        self: &Arc<Self>,
        features: &AudioFeatures,
    ) -> Result<Arc<Self>, DataError> {
        if self.features == *features {
            return Ok(Arc::clone(self));
        }
        Ok(Arc::new(Recordings {
            features: features.clone(),
            frames: self.source.frames(features)?,
            source: Arc::clone(&self.source),
        }))
    }

    /// Writes a recording's prepared frames into `out`.
    pub(crate) fn fill(
        &self,
        recording: usize,
        raw: &RawSound,
        preparation: &Preparation,
        out: &mut [f32],
    ) {
        raw.fill(preparation, &self.frames[recording], out);
    }
}

//! Recordings as frames of features.

use crate::raw::{AudioFeatures, RawSound};
use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use std::fmt::Debug;
use std::sync::Arc;

/// Where recordings can be heard once more, for other features.
pub trait SoundSource: Debug + Send + Sync {
    /// The frames `[any, features]` of each recording.
    ///
    /// # Errors
    /// A recording that cannot be read, or features that it does not have.
    fn frames(&self, features: &AudioFeatures) -> Result<Vec<Tensor>, DataError>;
}

/// The frames of recordings, neither scaled nor brought to one length.
#[derive(Clone, Debug)]
pub struct Recordings {
    /// What was taken out of each recording.
    pub features: AudioFeatures,
    /// `[any, features]` for each recording.
    pub frames: Vec<Tensor>,
    /// Where they come from.
    pub source: Arc<dyn SoundSource>,
}

impl Recordings {
    /// The same recordings with these features, read anew where they are others.
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

    /// Puts a recording's prepared frames into `out`.
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

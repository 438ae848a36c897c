//! How recordings become frames of features: the arguments that all sources of recordings share.

use relume_catalog::Spec;
use relume_datasets::raw::{AudioFeatures, FeatureKind};

/// What is taken out of recordings.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = FramesOptions)]
pub struct Frames {
    /// What a frame becomes.
    #[spec(default = FeatureKind::Mfcc)]
    pub kind: FeatureKind,
    /// Numbers of a frame, before differences.
    #[spec(default = 40, range = 1..=1024)]
    pub features: usize,
    /// Differences after them: 1 for slopes, 2 for slopes and their slopes.
    #[spec(default = 0, range = 0..=2)]
    pub deltas: usize,
    /// Samples a second to which recordings are brought; the first one's if not given.
    #[spec(range = 100..=1_000_000)]
    pub rate: Option<u32>,
    /// Milliseconds of a frame.
    #[spec(default = 25.0, positive)]
    pub window: f64,
    /// Milliseconds from one frame to the next.
    #[spec(default = 10.0, positive)]
    pub hop: f64,
    /// Bands of the mel scale for MFCC; at least 40 and as many as features if not given.
    #[spec(range = 1..=1024)]
    pub mels: Option<usize>,
    /// Lowest frequency of the bands in Hz.
    #[spec(default = 0.0, non_negative)]
    pub low: f64,
    /// Highest one; half the rate if not given.
    #[spec(positive)]
    pub high: Option<f64>,
    /// Frames of each sample: what is longer is cut; the longest one's if not given.
    #[spec(range = 1..=1 << 20)]
    pub length: Option<usize>,
    /// Bring each feature to mean 0 and deviation 1, by the train part.
    #[spec(default = true)]
    pub standardize: bool,
    /// Leave files out that cannot be read, and say how many.
    #[spec(default = false)]
    pub skip_broken: bool,
}

/// Mel bands where fewer numbers are taken out of them.
const MELS: usize = 40;

impl Frames {
    /// The features at a rate.
    pub(super) fn at_rate(&self, rate: u32) -> AudioFeatures {
        AudioFeatures {
            kind: self.kind,
            features: self.features,
            rate,
            window: self.window,
            hop: self.hop,
            mels: self.mels.unwrap_or(self.features.max(MELS)),
            low: self.low,
            high: self.high,
            deltas: self.deltas,
        }
    }
}

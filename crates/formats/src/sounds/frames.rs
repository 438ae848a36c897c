//! How recordings become frames of features: the options that all sources of recordings share.

use relume_catalog::Spec;
use relume_datasets::raw::{AudioFeatures, FeatureKind};

/// The features of recordings.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = FramesOptions)]
pub struct Frames {
    /// The kind of features.
    #[spec(default = FeatureKind::Mfcc)]
    pub kind: FeatureKind,
    /// Features of a frame, before differences.
    #[spec(default = 40, range = 1..=1024)]
    pub features: usize,
    /// Differences that follow them: 1 for slopes, 2 for slopes and their slopes.
    #[spec(default = 0, range = 0..=2)]
    pub deltas: usize,
    /// Samples per second to which recordings are resampled; the first one's by default.
    #[spec(range = 100..=1_000_000)]
    pub rate: Option<u32>,
    /// Milliseconds of a frame.
    #[spec(default = 25.0, positive)]
    pub window: f64,
    /// Milliseconds from one frame to the next.
    #[spec(default = 10.0, positive)]
    pub hop: f64,
    /// Bands of the mel scale for MFCC; by default 40, or as many as features if those are more.
    #[spec(range = 1..=1024)]
    pub mels: Option<usize>,
    /// Lowest frequency of the bands in Hz.
    #[spec(default = 0.0, non_negative)]
    pub low: f64,
    /// Highest one; half the rate by default.
    #[spec(positive)]
    pub high: Option<f64>,
    /// Frames of each sample: longer recordings are cut; the longest one's by default.
    #[spec(range = 1..=1 << 20)]
    pub length: Option<usize>,
    /// Standardise each feature to mean 0 and deviation 1, by the train part.
    #[spec(default = true)]
    pub standardize: bool,
    /// Skip files that cannot be read, and report how many.
    #[spec(default = false)]
    pub skip_broken: bool,
}

/// Mel bands, if fewer features are computed from them.
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

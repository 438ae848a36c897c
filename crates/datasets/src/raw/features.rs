//! Which features are taken out of a recording.

use relume_catalog::Choice;
use serde::{Deserialize, Serialize};

/// What a frame becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum FeatureKind {
    /// Mel-frequency cepstral coefficients: the cosine transform of the bands' energies in decibels. Davis and Mermelstein,
    /// "Comparison of parametric representations for monosyllabic word recognition", 1980.
    Mfcc,
    /// Natural logarithms of the bands' energies, 1e-6 added.
    #[spec(name = "logmel")]
    LogMel,
}

/// How recordings become features `[frames, features]`, as torchaudio's `MFCC` and `MelSpectrogram` make them: Hann windows, frames
/// around their middle with the sound mirrored at its ends, power spectra, triangles on HTK's mel scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudioFeatures {
    /// What a frame becomes.
    pub kind: FeatureKind,
    /// How many numbers of that kind there are for a frame, before differences.
    pub features: usize,
    /// The rate to which recordings are brought, in samples a second.
    pub rate: u32,
    /// The length of a frame, in milliseconds.
    pub window: f64,
    /// From one frame to the next, in milliseconds.
    pub hop: f64,
    /// Bands of the mel scale, for MFCC.
    pub mels: usize,
    /// The lowest frequency of the bands, in Hz.
    pub low: f64,
    /// The highest one; half the rate where it is not given.
    pub high: Option<f64>,
    /// Differences that stand behind the features: 1 for slopes, 2 for slopes and their slopes.
    pub deltas: usize,
}

impl AudioFeatures {
    /// How many numbers a frame becomes.
    pub fn width(&self) -> usize {
        self.features * (1 + self.deltas)
    }
}

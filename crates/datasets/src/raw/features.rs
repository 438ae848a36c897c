//! The features of a recording.

use super::within;
use relume_catalog::Choice;
use serde::{Deserialize, Serialize};

/// The kind of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum FeatureKind {
    /// Mel-frequency cepstral coefficients: the cosine transform of the bands' energies in decibels. Davis and
    /// Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980.
    Mfcc,
    /// Natural logarithms of the bands' energies, 1e-6 added.
    #[spec(name = "logmel")]
    LogMel,
}

/// How recordings become features `[frames, features]`, as in torchaudio's `MFCC` and `MelSpectrogram`: Hann windows,
/// frames around their middle with the sound mirrored at its ends, power spectra, triangles on HTK's mel scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudioFeatures {
    /// The kind of features.
    pub kind: FeatureKind,
    /// How many of them there are in a frame, before differences.
    pub features: usize,
    /// The rate to which recordings are resampled, in samples per second.
    pub rate: u32,
    /// The length of a frame, in milliseconds.
    pub window: f64,
    /// From one frame to the next, in milliseconds.
    pub hop: f64,
    /// Bands of the mel scale, for MFCC.
    pub mels: usize,
    /// The lowest frequency of the bands, in Hz.
    pub low: f64,
    /// The highest one; half the rate if not given.
    pub high: Option<f64>,
    /// Differences that follow the features: 1 for slopes, 2 for slopes and their slopes.
    pub deltas: usize,
}

impl AudioFeatures {
    /// Checks all options against the ranges that data sources have for them.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        within("the number of its features", self.features, 1..=1024)?;
        within("the number of its bands", self.mels, 1..=1024)?;
        within("the order of its differences", self.deltas, 0..=2)?;
        within("its rate", self.rate, 100..=1_000_000)?;
        within("its window", self.window, f64::MIN_POSITIVE..=f64::MAX)?;
        within("its hop", self.hop, f64::MIN_POSITIVE..=f64::MAX)?;
        within("its lowest frequency", self.low, 0.0..=f64::MAX)?;
        self.high.map_or(Ok(()), |high| {
            within("its highest frequency", high, f64::MIN_POSITIVE..=f64::MAX)
        })
    }

    /// How many numbers a frame has.
    pub fn width(&self) -> usize {
        self.features * (1 + self.deltas)
    }
}

//! How recordings become frames of features: the arguments that all sources of recordings share.

use crate::files::reading;
use relume_catalog::{Argument, Type};
use relume_datasets::raw::{AudioFeatures, FeatureKind};
use serde::{Deserialize, Serialize};

/// What is taken out of recordings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frames {
    /// What a frame becomes.
    pub kind: FeatureKind,
    /// How many numbers of that kind there are for a frame.
    pub features: usize,
    /// Differences behind them.
    pub deltas: usize,
    /// Samples a second.
    pub rate: Option<u32>,
    /// Milliseconds of a frame.
    pub window: f64,
    /// Milliseconds from one frame to the next.
    pub hop: f64,
    /// Bands of the mel scale.
    pub mels: Option<usize>,
    /// The lowest frequency.
    pub low: f64,
    /// The highest frequency.
    pub high: Option<f64>,
    /// Frames of each recording.
    pub length: Option<usize>,
    /// Whether each feature is brought to mean 0 and standard deviation 1 by the train part.
    pub standardize: bool,
    /// Whether files that cannot be read are left out.
    pub skip_broken: bool,
}

/// Mel bands where fewer numbers are taken out of them.
const MELS: usize = 40;

impl Frames {
    pub(crate) const KIND: Argument =
        Argument::new("kind", Type::Choice(&["mfcc", "logmel"]), "what a frame becomes")
            .or_text("mfcc");
    pub(crate) const FEATURES: Argument = Argument::new(
        "features",
        Type::Integer { min: 1, max: 1024 },
        "numbers of a frame, before differences",
    )
    .or_integer(40);
    pub(crate) const DELTAS: Argument = Argument::new(
        "deltas",
        Type::Integer { min: 0, max: 2 },
        "differences behind them: 1 for slopes, 2 for slopes and their slopes",
    )
    .or_integer(0);
    pub(crate) const RATE: Argument = Argument::new(
        "rate",
        Type::Integer { min: 100, max: 1_000_000 },
        "samples a second to which recordings are brought; the first one's if not given",
    )
    .optional();
    pub(crate) const WINDOW: Argument =
        Argument::new("window", Type::POSITIVE, "milliseconds of a frame").or_number(25.0);
    pub(crate) const HOP: Argument =
        Argument::new("hop", Type::POSITIVE, "milliseconds from one frame to the next")
            .or_number(10.0);
    pub(crate) const MELS: Argument = Argument::new(
        "mels",
        Type::Integer { min: 1, max: 1024 },
        "bands of the mel scale for MFCC; at least 40 and as many as features if not given",
    )
    .optional();
    pub(crate) const LOW: Argument =
        Argument::new("low", Type::NON_NEGATIVE, "lowest frequency of the bands in Hz")
            .or_number(0.0);
    pub(crate) const HIGH: Argument =
        Argument::new("high", Type::POSITIVE, "highest one; half the rate if not given").optional();
    pub(crate) const LENGTH: Argument = Argument::new(
        "length",
        Type::Integer { min: 1, max: 1 << 20 },
        "frames of each sample: what is longer is cut; the longest one's if not given",
    )
    .optional();
    pub(crate) const STANDARDIZE: Argument = Argument::new(
        "standardize",
        Type::Boolean,
        "bring each feature to mean 0 and deviation 1, by the train part",
    )
    .or_boolean(true);
    pub(crate) const SKIP_BROKEN: Argument = reading::SKIP_BROKEN;

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

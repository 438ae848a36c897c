//! Masks over frames.

use super::{Augmentation, NumberStage, Numbers, Stage, masked};
use relume_catalog::{Described, Spec};
use relume_tensor::{Rng, Shape};

/// Sets some successive frames of each sequence to 0 in training.
///
/// SpecAugment's time mask (Park and others, 2019, arXiv:1904.08779), drawn as in torchaudio's TimeMasking: a uniform
/// width below `size`, and a uniform start at which it fits; with `p` the width is also below that part of the frames,
/// rounded down. 0 is each feature's mean if the data set is standardised. Frames of zeros at a sequence's end are
/// padding: masks are placed among the frames before them, and leave the last of these unchanged, so that no sequence
/// becomes shorter for `masking`. It follows a data set of sequences `[time, features]`; the test part is not changed.
///
/// ```relume
/// d = sounds("recordings", pattern="{label}_{index}", features=13, length=50) -> timemask(10, count=2, p=0.2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "timemask", aliases = ["timemasking"])]
pub struct TimeMask {
    /// The width of a mask is less than this many frames.
    #[spec(positive)]
    pub size: usize,
    /// Masks for each sequence.
    #[spec(default = 1, positive)]
    pub count: usize,
    /// The largest part of a sequence that a mask takes.
    #[spec(default = 1.0, fraction)]
    pub p: f64,
}

impl Augmentation for TimeMask {
    fn stage(&self) -> Stage<'_> {
        Stage::Numbers(self)
    }
}

impl NumberStage for TimeMask {
    fn check(&self, shape: &Shape) -> Result<(), String> {
        masked::fits(Self::ENTRY.name, self.size, shape, (0, "frames"))
    }

    fn vary(&self, sample: &mut Numbers<'_>, rng: &mut Rng) {
        let (values, features) = sample.unpadded();
        let frames = values.len() / features;
        let size = self.size.min((frames as f64 * self.p) as usize);
        // The last one stays.
        let frames = frames.saturating_sub(1);
        for _ in 0..self.count {
            let span = masked::span(size, frames, rng);
            values[span.start * features..span.end * features].fill(0.0);
        }
    }
}

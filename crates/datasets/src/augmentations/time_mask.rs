//! Frames wiped out.

use super::{Augmentation, NumberStage, Numbers, Stage, masked};
use relume_catalog::{Described, Spec};
use relume_tensor::{Rng, Shape};

/// Makes some successive frames of each sequence 0 while training.
///
/// SpecAugment's time mask (Park and others, 2019, arXiv:1904.08779), drawn as torchaudio's TimeMasking draws it: a
/// width below `size`, uniform, and a start from which it fits, uniform; with `p` also a width below that part of the
/// frames, rounded down. 0 is each feature's mean where a data set is standardised. Frames at a sequence's end that are
/// 0 throughout are padding: masks stay among the frames before them, and leave the last of these as it is, so that no
/// sequence becomes shorter for `masking`. It stands after a data set of sequences `[time, features]`; the test part
/// stays as it is.
///
/// ```relume
/// d = sounds("recordings", pattern="{label}_{index}", features=13, length=50) -> timemask(10, count=2, p=0.2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "timemask", aliases = ["timemasking"])]
pub struct TimeMask {
    /// Number of frames that a mask stays below.
    #[spec(positive)]
    pub size: usize,
    /// Masks for each sequence.
    #[spec(default = 1, positive)]
    pub count: usize,
    /// Part of a sequence that a mask takes at most.
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

//! Masks over features.

use super::{Augmentation, NumberStage, Numbers, Stage, masked};
use relume_catalog::{Described, Spec};
use relume_tensor::{Rng, Shape};

/// Sets some neighbouring features of each sequence to 0 in all its frames in training.
///
/// SpecAugment's frequency mask (Park and others, 2019, arXiv:1904.08779), drawn as in torchaudio's FrequencyMasking: a
/// uniform width below `size`, and a uniform start at which it fits. 0 is each feature's mean if the data set is
/// standardised. Frames of zeros at a sequence's end are padding; if a mask would make the last frame before them all
/// 0, that frame is not masked, so that no sequence becomes shorter for `masking`. It follows a data set of sequences
/// `[time, features]`; the test part is not changed.
///
/// ```relume
/// d = sounds("recordings", pattern="{label}_{index}", features=13, length=50) -> frequencymask(4)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "frequencymask", aliases = ["frequencymasking"])]
pub struct FrequencyMask {
    /// The width of a mask is less than this many features.
    #[spec(positive)]
    pub size: usize,
    /// Masks for each sequence.
    #[spec(default = 1, positive)]
    pub count: usize,
}

impl Augmentation for FrequencyMask {
    fn stage(&self) -> Stage<'_> {
        Stage::Numbers(self)
    }
}

impl NumberStage for FrequencyMask {
    fn check(&self, shape: &Shape) -> Result<(), String> {
        masked::fits(Self::ENTRY.name, self.size, shape, (1, "features"))
    }

    fn vary(&self, sample: &mut Numbers<'_>, rng: &mut Rng) {
        let (values, features) = sample.unpadded();
        let last = values.len() / features;
        for _ in 0..self.count {
            let span = masked::span(self.size, features, rng);
            for (i, frame) in values.chunks_exact_mut(features).enumerate() {
                let (before, rest) = frame.split_at_mut(span.start);
                let (masked, behind) = rest.split_at_mut(span.len());
                let left = || before.iter().chain(behind.iter()).any(|&x| x != 0.0);
                if i + 1 < last || left() {
                    masked.fill(0.0);
                }
            }
        }
    }
}

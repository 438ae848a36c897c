//! Features wiped out.

use super::{Augmentation, NumberStage, Numbers, Stage, masked};
use relume_catalog::{Described, Spec};
use relume_tensor::{Rng, Shape};

/// Makes some neighbouring features of each sequence 0 in all its frames while training.
///
/// SpecAugment's frequency mask (Park and others, 2019, arXiv:1904.08779), drawn as torchaudio's FrequencyMasking draws
/// it: a width below `size`, uniform, and a start from which it fits, uniform. 0 is each feature's mean where a data
/// set is standardised. Frames at a sequence's end that are 0 throughout are padding; a last frame before them that a
/// mask would leave nothing of stays as it is, so that no sequence becomes shorter for `masking`. It stands after a
/// data set of sequences `[time, features]`; the test part stays as it is.
///
/// ```relume
/// d = sounds("recordings", pattern="{label}_{index}", features=13, length=50) -> frequencymask(4)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "frequencymask", aliases = ["frequencymasking"])]
pub struct FrequencyMask {
    /// Number of features that a mask stays below.
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

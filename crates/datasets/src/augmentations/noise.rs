//! Noise on numbers.

use super::{Augmentation, NumberStage, Numbers, Stage};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Rng;
use serde::{Deserialize, Serialize};

/// Adds normally distributed noise to each number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// The noise's standard deviation.
    pub std: f64,
}

impl Described for Noise {
    const ENTRY: Entry = Entry {
        kind: Kind::Augmentation,
        name: "noise",
        aliases: &[],
        summary: "adds normally distributed noise to each number of each sample while training",
        details: "Noise of mean 0 on the numbers as a network gets them, after they were standardised or scaled. It stands behind a data set of numbers, of rows as well as of sequences `[time, features]`; in these, frames at the end that are 0 throughout are padding and stay so. The test part stays as it is. For images there is `imagenoise`, and a network makes noise of its own with the layer `gaussian_noise`.",
        arguments: &[Argument::new("std", Type::NON_NEGATIVE, "the noise's standard deviation")
            .or_number(0.1)],
        example: "d = iris() -> noise(0.05)",
    };
}

impl Augmentation for Noise {
    fn stage(&self) -> Stage<'_> {
        Stage::Numbers(self)
    }
}

impl NumberStage for Noise {
    fn vary(&self, sample: &mut Numbers<'_>, rng: &mut Rng) {
        let std = self.std as f32;
        let (values, _) = sample.unpadded();
        values.iter_mut().for_each(|x| *x += std * rng.normal());
    }
}

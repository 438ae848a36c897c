//! Noise on numbers.

use super::{Augmentation, NumberStage, Numbers, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Adds normally distributed noise to each number of each sample while training.
///
/// Noise of mean 0 on the numbers as a network gets them, after they were standardised or scaled. It stands after a
/// data set of numbers, of rows as well as of sequences `[time, features]`; in these, frames at the end that are 0
/// throughout are padding and stay so. The test part stays as it is. For images there is `imagenoise`, and a network
/// makes noise of its own with the layer `gaussian_noise`.
///
/// ```relume
/// d = iris() -> noise(0.05)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation)]
pub struct Noise {
    /// The noise's standard deviation.
    #[spec(default = 0.1, non_negative)]
    pub std: f64,
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

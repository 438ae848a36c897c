//! Noise on numbers.

use super::{Augmentation, NumberStage, Numbers, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Adds normally distributed noise to each number of each sample in training.
///
/// Noise of mean 0 on the numbers that a network gets, after they were standardised or scaled. It follows a data set of
/// numbers: rows, or sequences `[time, features]`, whose frames of zeros at the end are padding and stay 0. The test
/// part is not changed. For images there is `imagenoise`; inside a network there is the layer `gaussian_noise`.
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

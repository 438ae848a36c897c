//! Whitening: uncorrelated outputs of variance 1.

use super::gain::Gain;
use super::{Initializer, Orthogonal};
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Uncorrelated outputs of variance 1: the principal components of the kernel's inputs in the first batch, for first
/// layers.
///
/// For dense and conv1d, conv2d, conv3d, when the network is first trained. Output i is the i-th eigenvector of the
/// covariance of all inputs (dense) or of all patches of the kernel's size inside the samples (conv), by falling
/// variance, divided by the root of variance + eps; with groups, each group by its own channels. After the last
/// eigenvector they follow again with the sign reversed, for activations that cut off one side; further outputs are
/// orthogonal. A bias makes the outputs' mean 0. Page, "How to train your ResNet", 2019; Jordan, "94% on CIFAR-10 in
/// 3.29 seconds on a single GPU", 2024. Freeze the layer, as they do, or train it.
///
/// ```relume
/// net = conv2d(8, 2, init=whitening) -> relu -> flatten -> dense(10)
/// train net on digits(image=true) epochs=1
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Whitening {
    /// Added to each variance; smaller values amplify the weakest patterns more.
    #[spec(default = EPS, positive, omit_default)]
    pub eps: f64,
}

const EPS: f64 = 5e-4;

impl Initializer for Whitening {
    fn tensor(&self, shape: Shape, fans: [usize; 2], rng: &mut Rng) -> Tensor {
        Orthogonal { gain: Gain::ONE }.tensor(shape, fans, rng)
    }

    fn missing_feature(&self) -> Option<&'static str> {
        Orthogonal { gain: Gain::ONE }.missing_feature()
    }
}

//! Whitening: outputs that are not correlated, each of variance 1.

use super::gain::Gain;
use super::{Initializer, Orthogonal};
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Outputs that are not correlated and have variance 1: the principal components of what the kernel sees in the first
/// batch, for first layers.
///
/// For dense and conv1d, conv2d, conv3d, when the network is first trained. Output i is the i-th eigenvector of the
/// covariance of all inputs (dense) or of all patches of the kernel's size inside of the samples (conv), by falling
/// variance, divided by the root of variance + eps; with groups, each group by its own channels. After the last
/// eigenvector the same come once more with the sign turned, for the activations that cut off one side; what is beyond
/// those starts orthogonal. A bias makes the outputs' mean 0. Page, "How to train your ResNet", 2019; Jordan, "94% on
/// CIFAR-10 in 3.29 seconds on a single GPU", 2024. Freeze the layer, as they do, or let it learn on.
///
/// ```relume
/// net = conv2d(8, 2, init=whitening) -> relu -> flatten -> dense(10)
/// train net on digits(image=true) epochs=1
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Whitening {
    /// Added to each variance; the smaller, the more weight the faintest patterns get.
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

//! Each sample of a batch mixed with another one.

use super::{Augmentation, Stage};
use relume_catalog::Spec;
use relume_tensor::{Array, Rng, Tensor};

/// Mixes each sample of a batch with another one of it, targets included, in training.
///
/// Zhang and others, 2017, arXiv:1710.09412, as torchvision.transforms.v2.MixUp: for each batch a share lambda is drawn
/// from Beta(alpha, alpha), and each sample becomes lambda of itself plus 1 - lambda of the one before it in the
/// shuffled batch. The loss of classes is lambda of that for its own class plus 1 - lambda of that for the other's, and
/// accuracy in training counts the class of the larger share; targets that are numbers are mixed as samples are. A
/// small alpha leaves most samples nearly unchanged; with 1 every share is equally likely. It comes last after a data
/// set of images or numbers. It does not take texts, whose words cannot be mixed, nor the strings of labels of ctc. The
/// test part is not changed.
///
/// ```relume
/// d = digits(image=true) -> randomcrop(8, padding=1) -> mixup(0.2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation)]
pub struct Mixup {
    /// Both parameters of the Beta distribution: the larger, the nearer shares are to one half.
    #[spec(default = 0.2, range = 1e-3..=1e3)]
    pub alpha: f64,
}

impl Augmentation for Mixup {
    fn stage(&self) -> Stage<'_> {
        Stage::Batches(self)
    }
}

impl Mixup {
    /// The share of itself that each sample of a batch keeps: a number from 0 to 1, of Beta(alpha, alpha).
    pub fn share(&self, rng: &mut Rng) -> f32 {
        // G / (G + H) for two numbers of Gamma(alpha), in logarithms since they underflow for a small alpha.
        let [own, other] = [(); 2].map(|()| ln_gamma(self.alpha, rng));
        (1.0 / (1.0 + libm::exp(other - own))) as f32
    }
}

/// The logarithm of a number of the gamma distribution of this shape and scale 1 (Marsaglia and Tsang, 2000, "A simple
/// method for generating gamma variables").
fn ln_gamma(shape: f64, rng: &mut Rng) -> f64 {
    // From (0, 1].
    let ln_uniform = |rng: &mut Rng| libm::log(1.0 - f64::from(rng.uniform()));
    // Below 1: a number of the shape one higher, times u^(1/shape).
    let (shape, less) =
        if shape < 1.0 { (shape + 1.0, ln_uniform(rng) / shape) } else { (shape, 0.0) };
    let d = shape - 1.0 / 3.0;
    loop {
        let x = f64::from(rng.normal());
        let root = 1.0 + x / (9.0 * d).sqrt();
        let v = root * root * root;
        if v > 0.0 && ln_uniform(rng) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return libm::log(d * v) + less;
        }
    }
}

/// Mixes each row of `[samples, ...]` with the one before it, the first with the last: `share` of itself plus the rest
/// of the other.
pub(crate) fn mix(rows: &mut Array, share: f32) {
    // Indices cannot be mixed.
    let Array::Tensor(rows) = rows else { return };
    let one = rows.shape().tail(1).count();
    let samples = rows.dims()[0];
    if samples < 2 {
        return;
    }
    let mut last = Tensor::uninit(one);
    last.data_mut().copy_from_slice(&rows.data()[(samples - 1) * one..]);
    let rest = 1.0 - share;
    let blend = |own: &mut [f32], other: &[f32]| {
        own.iter_mut().zip(other).for_each(|(own, other)| *own = rest * other + share * *own);
    };
    // From the end on: the row that is mixed in is still unchanged.
    let rows = rows.data_mut();
    for sample in (1..samples).rev() {
        let (before, own) = rows.split_at_mut(sample * one);
        blend(&mut own[..one], &before[(sample - 1) * one..]);
    }
    blend(&mut rows[..one], last.data());
}

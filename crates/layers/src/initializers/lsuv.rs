//! LSUV: weights that give outputs of variance 1 on real data.

use super::from_data::output;
use super::gain::Gain;
use super::{Initializer, Orthogonal};
use crate::{LayerError, Network};
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Orthogonal, then scaled until the layer's outputs on the first batch have variance 1: for deep networks without
/// normalisation.
///
/// The scaling happens when the network is first trained, layer by layer from the input on, each after the scaling of
/// the layers before it. Layers inside residual and concat stay orthogonal. Mishkin and Matas, "All you need is a good
/// init", 2016.
///
/// ```relume
/// net = dense(32, init=lsuv) -> relu -> dense(32, init=lsuv) -> relu -> dense(10)
/// train net on digits epochs=1
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Lsuv {
    /// The allowed deviation of a variance from 1.
    #[spec(default = TOLERANCE, positive, omit_default)]
    pub tolerance: f64,
    /// The most scalings of a weight.
    #[spec(default = ATTEMPTS, positive, omit_default)]
    pub attempts: usize,
}

const TOLERANCE: f64 = 0.1;
const ATTEMPTS: usize = 10;

impl Initializer for Lsuv {
    fn tensor(&self, shape: Shape, fans: [usize; 2], rng: &mut Rng) -> Tensor {
        Orthogonal { gain: Gain::ONE }.tensor(shape, fans, rng)
    }

    fn missing_feature(&self) -> Option<&'static str> {
        Orthogonal { gain: Gain::ONE }.missing_feature()
    }
}

impl Lsuv {
    /// Scales a stage's weight until its outputs for a batch `[batch, ...input]` have variance 1.
    pub(super) fn scale(
        &self,
        network: &mut Network,
        stage: usize,
        batch: &Tensor,
    ) -> Result<(), LayerError> {
        let Some(id) = network.parameters().find(&format!("{stage}.weight")) else {
            return Ok(());
        };
        for _ in 0..self.attempts {
            let variance = output(network, stage, batch)?.variance();
            let near = (f64::from(variance) - 1.0).abs() < self.tolerance;
            // If outputs are all the same, or not finite, scaling does not help.
            if near || !variance.is_finite() || variance <= 0.0 {
                break;
            }
            network.parameters_mut().get_mut(id).value.scale(variance.sqrt().recip());
        }
        Ok(())
    }
}

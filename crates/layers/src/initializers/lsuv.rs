//! LSUV: weights that give outputs of variance 1 on real data.

use super::from_data::output;
use super::gain::Gain;
use super::{Initializer, Orthogonal};
use crate::{LayerError, Network};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Rng, Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Orthogonal at first; scaled by the first batch that the network is trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lsuv {
    /// How far from 1 a variance may be.
    #[serde(default = "tolerance", skip_serializing_if = "is_tolerance")]
    pub tolerance: f64,
    /// How often a weight is scaled at most.
    #[serde(default = "attempts", skip_serializing_if = "is_attempts")]
    pub attempts: usize,
}

const TOLERANCE: f64 = 0.1;
const ATTEMPTS: usize = 10;

fn tolerance() -> f64 {
    TOLERANCE
}

fn is_tolerance(x: &f64) -> bool {
    *x == TOLERANCE
}

fn attempts() -> usize {
    ATTEMPTS
}

fn is_attempts(x: &usize) -> bool {
    *x == ATTEMPTS
}

impl Described for Lsuv {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "lsuv",
        aliases: &[],
        summary: "orthogonal, then scaled until the layer's outputs on the first batch have variance 1: for deep networks without norms",
        details: "The scaling happens when the network is first trained, layer by layer from the input on, each with the layers before it as they are by then. Layers inside of residual and concat stay orthogonal. Mishkin and Matas, \"All you need is a good init\", 2016.",
        arguments: &[
            Argument::new("tolerance", Type::POSITIVE, "how far from 1 a variance may be")
                .or_number(TOLERANCE),
            Argument::new("attempts", Type::COUNT, "how often a weight is scaled at most")
                .or_integer(ATTEMPTS as i64),
        ],
        example: "net = dense(32, init=lsuv) -> relu -> dense(32, init=lsuv) -> relu -> dense(10)\ntrain net on digits epochs=1",
    };
}

impl Initializer for Lsuv {
    fn tensor(&self, shape: Shape, fans: [usize; 2], rng: &mut Rng) -> Tensor {
        Orthogonal { gain: Gain::ONE }.tensor(shape, fans, rng)
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
            // Outputs that are all the same, or not finite, no scale makes better.
            if near || !variance.is_finite() || variance <= 0.0 {
                break;
            }
            network.parameters_mut().get_mut(id).value.scale(variance.sqrt().recip());
        }
        Ok(())
    }
}

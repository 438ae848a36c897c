//! LSUV: weights that give outputs of variance 1 on real data.

use super::gain::Gain;
use super::{Initializer, Orthogonal};
use crate::{LayerError, Mode, Network, Stage, Workspace};
use relume_catalog::{Argument, Described, Entry, Kind, Type, Value};
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

/// The stage's own LSUV, if its weight starts so.
fn of(stage: &Stage) -> Option<Lsuv> {
    let Stage::Layer(layer) = stage else { return None };
    let init = layer.arguments().get("init")?.get("lsuv").cloned()?;
    serde_json::from_value::<Lsuv>(init).ok()
}

/// Whether something inside of a value starts by LSUV.
fn mentions(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.contains_key("lsuv") || map.values().any(mentions),
        Value::Array(items) => items.iter().any(mentions),
        _ => false,
    }
}

impl Network {
    /// Whether the weight of one of its stages starts by LSUV.
    pub fn starts_by_lsuv(&self) -> bool {
        self.spec().layers.iter().any(|stage| of(stage).is_some())
    }

    /// The stages inside of which a weight starts by LSUV, but cannot be scaled.
    pub fn stages_beyond_lsuv(&self) -> impl Iterator<Item = &Stage> {
        self.spec().layers.iter().filter(|stage| match stage {
            Stage::Layer(layer) => of(stage).is_none() && layer.arguments().values().any(mentions),
            Stage::Activation(_) => false,
        })
    }

    /// Scales the weights that start by LSUV until the outputs of their stages, for a batch `[batch, ...input]`, have variance 1.
    ///
    /// # Errors
    /// Samples of another shape, or what a layer refuses.
    pub fn scale_by_lsuv(&mut self, batch: &Tensor) -> Result<(), LayerError> {
        let stages: Vec<(usize, Lsuv)> = self
            .spec()
            .layers
            .iter()
            .enumerate()
            .filter_map(|(index, stage)| Some((index, of(stage)?)))
            .collect();
        for (index, options) in stages {
            let Some(id) = self.parameters().find(&format!("{index}.weight")) else { continue };
            for _ in 0..options.attempts {
                let variance = self.variance_after(index, batch)?;
                let near = (f64::from(variance) - 1.0).abs() < options.tolerance;
                // Outputs that are all the same, or not finite, no scale makes better.
                if near || !variance.is_finite() || variance <= 0.0 {
                    break;
                }
                self.parameters_mut().get_mut(id).value.scale(variance.sqrt().recip());
            }
        }
        Ok(())
    }

    /// The variance of a stage's outputs, as in training.
    fn variance_after(&self, stage: usize, batch: &Tensor) -> Result<f32, LayerError> {
        let mut workspace = Workspace::inference();
        let x = workspace.tape.constant(batch.clone());
        let mut output = None;
        // On a clone: running statistics and the generator stay as they are.
        self.clone().forward_watched(&mut workspace, x, Mode::Training, |index, value| {
            if index == stage {
                output = Some(value);
            }
        })?;
        Ok(output.map_or(f32::NAN, |output| workspace.tape.value(output).variance()))
    }
}

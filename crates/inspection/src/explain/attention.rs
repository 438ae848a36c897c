//! Attention as an explanation: the weights of each head, and their way through all layers.

use super::refused;
use crate::facts::put;
use relume_layers::pool::{PoolOverTime, TimePooling};
use relume_layers::{LayerSpec, Mode, Network, NetworkSpec, Stage, WatchedAttention, Workspace};
use relume_tensor::{Array, Tensor};
use relume_training::{Model, TrainError, check_pass};
use serde::Serialize;

/// The attention of a network for a sample.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttentionMaps {
    /// Steps of the sequence.
    pub steps: usize,
    /// How many of them are real: the others are padding.
    pub real: usize,
    /// Whether the answer comes from the last real step; otherwise from all of them together.
    pub from_last: bool,
    /// The layers, in the order in which the sample passes through them.
    pub layers: Vec<AttentionLayer>,
    /// Attention rollout, `[steps, steps]`: how much of each step's result comes from each step of the input. Each row
    /// adds up to 1.
    pub rollout: Vec<f32>,
}

/// The attention of one layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttentionLayer {
    /// The path of its stage, with the name of the part if it is one: `3`, `2.self_attn`.
    pub path: String,
    /// Heads.
    pub heads: usize,
    /// Whether what the heads give is added to what they were given.
    pub is_residual: bool,
    /// The weights by which each query attends to each key, `[heads, queries, keys]`.
    pub weights: Vec<f32>,
}

impl AttentionLayer {
    /// What a head is called: `2.self_attn head 0`.
    pub fn head_name(&self, head: usize) -> String {
        head_name(&self.path, head)
    }
}

/// What a head of the attention at a path is called.
pub(crate) fn head_name(path: &str, head: usize) -> String {
    format!("{path} head {head}")
}

/// An attention through which a sample has passed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PassedAttention {
    pub layer: AttentionLayer,
    /// Steps of the queries and of the keys.
    pub steps: [usize; 2],
    /// How many of both are real: the others are padding.
    pub real: [usize; 2],
    /// Whether queries and keys are of the same sequence.
    pub is_self: bool,
}

/// The attentions through which one sample `[1, ...]` passes in inference, in their order; none of a network without
/// attention.
///
/// # Errors
/// A model without parameters, a sample of another shape, or too little memory for a pass.
pub(crate) fn attentions(
    model: &Model,
    sample: &Array,
) -> Result<Vec<PassedAttention>, TrainError> {
    let network = model.in_use().ok_or(TrainError::NotBuilt)?;
    check_pass(&network, 1)?;
    let is_one = sample.dims().first() == Some(&1);
    if !is_one || sample.shape().without_batch() != network.input() {
        let (given, wanted) = (sample.shape(), network.input());
        return Err(refused(format!("attention is that to one sample of {wanted}, not {given}")));
    }
    passed(&network, sample)
}

fn passed(network: &Network, sample: &Array) -> Result<Vec<PassedAttention>, TrainError> {
    let mut workspace = Workspace::recording().watching();
    let x = put(&mut workspace, sample);
    network.clone().forward(&mut workspace, x, Mode::Inference)?;
    let mut all: Vec<PassedAttention> = Vec::new();
    for own in workspace.watch().map_or(&[][..], |watch| watch.attentions()) {
        let weights = own.weights(&workspace.tape)?;
        let &[_, heads, queries, keys] = weights.dims() else { continue };
        let lengths = own.lengths(&workspace.tape)?.and_then(|own| own.first().copied());
        let real_keys = lengths.map_or(keys, |real| (real as usize).min(keys).max(1));
        // A decoder's queries are the steps that attended to each other just before.
        let before = all.iter().rfind(|before| before.is_self && before.steps[0] == queries);
        let real_queries = match own.is_self {
            true => real_keys.min(queries),
            false => before.map_or(queries, |before| before.real[0]),
        };
        let is_residual = own.is_residual || is_in_residual(network.spec(), own);
        let weights = weights.data().to_vec();
        all.push(PassedAttention {
            layer: AttentionLayer { path: own.path.clone(), heads, is_residual, weights },
            steps: [queries, keys],
            real: [real_queries, real_keys],
            is_self: own.is_self,
        });
    }
    Ok(all)
}

impl AttentionMaps {
    /// How much of the answer comes from each step: the rollout of the step that it comes from, or the mean over all
    /// real steps. They add up to 1.
    pub fn of_answer(&self) -> Vec<f32> {
        self.received(&self.rollout)
    }

    /// How much attention each step gets in a head of a layer, as [`AttentionMaps::of_answer`] combines the queries.
    pub fn of_head(&self, layer: &AttentionLayer, head: usize) -> Vec<f32> {
        let size = self.steps * self.steps;
        self.received(layer.weights.get(head * size..(head + 1) * size).unwrap_or_default())
    }

    fn received(&self, matrix: &[f32]) -> Vec<f32> {
        let first = if self.from_last { self.real.saturating_sub(1) } else { 0 };
        let rows = self.real - first;
        let mut sums = vec![0.0_f64; self.steps];
        for row in matrix.chunks_exact(self.steps.max(1)).skip(first).take(rows) {
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        sums.into_iter().map(|sum| (sum / rows.max(1) as f64) as f32).collect()
    }
}

/// The attention for one sample `[1, ...]`, in inference.
///
/// The rollout is that of Abnar and Zuidema, "Quantifying attention flow in transformers", 2020: the mean over the
/// heads of each layer, in halves with the identity where the layer adds its input to its result; the product of all
/// layers.
pub(super) fn maps(network: &Network, sample: &Array) -> Result<AttentionMaps, TrainError> {
    let seen = passed(network, sample)?;
    let Some(first) = seen.first() else {
        return Err(refused(
            "the network has no attention: it is that of multihead_attention and transformer_encoder".to_string(),
        ));
    };
    if seen.iter().any(|own| !own.is_self) {
        return Err(refused(
            "encoder_decoder is not explained by its attention: the rollout follows one sequence"
                .to_string(),
        ));
    }
    let ([steps, _], [real, _]) = (first.steps, first.real);
    if let Some(other) = seen.iter().find(|own| own.steps[0] != steps) {
        let (path, queries) = (&other.layer.path, other.steps[0]);
        return Err(refused(format!(
            "attention is followed over layers with the same steps: {path} has {queries}, the ones before {steps}",
        )));
    }
    let layers: Vec<AttentionLayer> = seen.into_iter().map(|own| own.layer).collect();
    Ok(AttentionMaps {
        steps,
        real,
        from_last: is_from_last(network.spec()),
        rollout: rollout(&layers, steps)?,
        layers,
    })
}

/// Whether a stage around the attention, such as residual(...), adds its input to its result.
fn is_in_residual(spec: &NetworkSpec, own: &WatchedAttention) -> bool {
    let is_residual = |path: &str| {
        let part = spec.place(path).and_then(|place| spec.part(&place));
        let stage = part.ok().and_then(|part| part.layers.into_iter().next());
        matches!(stage, Some(Stage::Layer(LayerSpec::Residual(_))))
    };
    own.path.match_indices('.').any(|(end, _)| is_residual(&own.path[..end]))
}

/// Whether the network goes on with the last step of a sequence alone.
fn is_from_last(spec: &NetworkSpec) -> bool {
    spec.layers.iter().any(|stage| {
        matches!(
            stage,
            Stage::Layer(LayerSpec::PoolOverTime(PoolOverTime { mode: TimePooling::Last }))
        )
    })
}

/// The product of the layers' attention, `[steps, steps]`.
fn rollout(layers: &[AttentionLayer], steps: usize) -> Result<Vec<f32>, TrainError> {
    let identity = |i: usize| if i / steps == i % steps { 1.0 } else { 0.0 };
    let mut product = Tensor::from_fn([steps, steps], |i| identity(i) as f32);
    for layer in layers {
        let mean = |i: usize| {
            let heads = layer.weights.iter().skip(i).step_by((steps * steps).max(1));
            heads.map(|&x| f64::from(x)).sum::<f64>() / layer.heads.max(1) as f64
        };
        let own = |i: usize| match layer.is_residual {
            true => 0.5 * mean(i) + 0.5 * identity(i),
            false => mean(i),
        };
        product = Tensor::from_fn([steps, steps], |i| own(i) as f32).matmul(&product)?;
    }
    Ok(product.data().to_vec())
}

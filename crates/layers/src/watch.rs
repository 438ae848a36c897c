//! Watching a pass: the values at every depth of a network, by path.

mod fused;

pub use fused::FusedStages;

use crate::network::Stage;
use crate::ops::MultiheadAttention;
use crate::{LayerError, Pass};
use relume_activations::ActivationSpec;
use relume_autograd::{AutogradError, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Array, Tensor};
use std::sync::Arc;

/// Records what comes into and out of each stage and each part of one, in the order in which they ran. A workspace has
/// one if [`Workspace::watching`](crate::Workspace::watching) made it; without one nothing is recorded.
#[derive(Debug, Default)]
pub struct Watch {
    seen: Vec<Watched>,
    attentions: Vec<WatchedAttention>,
    /// Whether stages run as in training, fused into one another.
    is_fused: bool,
    fused: Vec<FusedStages>,
}

/// A stage, or a part of one, through which a batch has passed. Its values are on the tape of the workspace.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Its path, as [`NetworkSpec::place`](crate::NetworkSpec::place) reads it, or with the name of a part: `2.body.1`,
    /// `0.branches.1.1`, `3.linear1`, `0.l1_reverse`.
    pub path: String,
    /// What it is.
    pub kind: WatchedKind,
    /// What came in.
    pub input: Var,
    /// What came out.
    pub output: Var,
}

/// What was watched.
#[derive(Clone, Debug)]
pub enum WatchedKind {
    /// A stage of a network.
    Stage,
    /// A part of a stage, such as the first dense layer of a transformer's block.
    Part(&'static str),
    /// An activation function inside a stage.
    Activation(ActivationSpec),
    /// One direction of a recurrent layer. What comes in and out are sequences `[batch, time, features]`.
    Recurrent(RecurrentPart),
}

/// One direction of a recurrent layer.
#[derive(Clone, Debug)]
pub struct RecurrentPart {
    /// Rows of its weights for each unit of the state: 1 for rnn, 3 for gru, 4 for lstm.
    pub gates: usize,
    /// Whether it reads the steps from the last to the first.
    pub reverse: bool,
    /// Whether there is another direction beside it.
    pub bidirectional: bool,
    /// W_ih and W_hh, and b_ih and b_hh if there are biases.
    pub parameters: Vec<Var>,
}

impl Watch {
    /// What was seen, in order.
    pub fn seen(&self) -> &[Watched] {
        &self.seen
    }

    /// The attentions that were seen, in order.
    pub fn attentions(&self) -> &[WatchedAttention] {
        &self.attentions
    }

    /// The stages that ran as one operation, if the pass was watched as it trains.
    pub fn fused(&self) -> &[FusedStages] {
        &self.fused
    }

    /// One that leaves stages fused into one another.
    pub(crate) fn as_trained() -> Self {
        Watch { is_fused: true, ..Watch::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.seen.clear();
        self.attentions.clear();
        self.fused.clear();
    }
}

/// An attention through which a batch has passed. Its values are on the tape of the workspace.
#[derive(Clone, Debug)]
pub struct WatchedAttention {
    /// The path of its stage, with the name of the part if it is one: `3`, `2.self_attn`.
    pub path: String,
    /// Whether queries and keys are of the same sequence.
    pub is_self: bool,
    /// Whether what it gives is added to what it was given, inside of the stage.
    pub is_residual: bool,
    pub(crate) op: Arc<MultiheadAttention>,
    pub(crate) inputs: Vec<Var>,
}

impl WatchedAttention {
    /// The weights by which each query attends to each key, `[batch, heads, queries, keys]`: those of a query add up to
    /// 1, and are 0 for padding. They are computed anew from what passed, without dropout.
    ///
    /// # Errors
    /// Values that are no longer on the tape.
    pub fn weights(&self, tape: &Tape) -> Result<Tensor, LayerError> {
        let (mut tensors, mut indices) = (Vec::new(), Vec::new());
        for (place, &var) in self.inputs.iter().enumerate() {
            match tape.array(var)? {
                Array::Tensor(own) => tensors.push(own),
                Array::Indices(own) => indices.push((place, own)),
            }
        }
        let mut saved = Saved::new(true);
        self.op.forward(Inputs::new(&tensors, &indices), &mut saved)?;
        Ok(self.op.probabilities(&saved).cloned().ok_or(AutogradError::NotRecording)?)
    }

    /// How many keys of each sample are real; `None` if all are.
    ///
    /// # Errors
    /// Values that are no longer on the tape.
    pub fn lengths<'a>(&self, tape: &'a Tape) -> Result<Option<&'a [u32]>, LayerError> {
        for &var in &self.inputs {
            if let Array::Indices(own) = tape.array(var)? {
                return Ok(Some(own.data()));
            }
        }
        Ok(None)
    }
}

impl Pass<'_> {
    /// Whether the pass is recorded.
    pub(crate) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// Whether layers run one by one, none fused into another.
    pub(crate) fn is_separate(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| !watch.is_fused)
    }

    /// Records that the stage which is watched next is several that run as one operation.
    pub(crate) fn watched_fused(&mut self, path: &str, stages: &[Stage]) {
        if let Some(watch) = self.watch.as_mut() {
            watch.fused.push(FusedStages::new(watch.seen.len(), path, stages));
        }
    }

    /// Records a stage or a part of one, if the pass is watched.
    pub(crate) fn watched(&mut self, seen: impl FnOnce() -> Watched) {
        if let Some(watch) = self.watch.as_mut() {
            watch.seen.push(seen());
        }
    }

    /// Records an attention, if the pass is watched.
    pub(crate) fn watched_attention(&mut self, seen: impl FnOnce() -> WatchedAttention) {
        if let Some(watch) = self.watch.as_mut() {
            watch.attentions.push(seen());
        }
    }
}

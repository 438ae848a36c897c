//! Watching a pass: the values at every depth of a network, by path.

use crate::Pass;
use relume_activations::ActivationSpec;
use relume_autograd::Var;

/// Records what comes into and out of each stage and each part of one, in the order in which they ran. A workspace has
/// one if [`Workspace::watching`](crate::Workspace::watching) made it; without one nothing is recorded.
#[derive(Debug, Default)]
pub struct Watch {
    seen: Vec<Watched>,
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

    pub(crate) fn clear(&mut self) {
        self.seen.clear();
    }
}

impl Pass<'_> {
    /// Whether the pass is recorded: then layers run one by one, none fused into another.
    pub(crate) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// Records a stage or a part of one, if the pass is watched.
    pub(crate) fn watched(&mut self, seen: impl FnOnce() -> Watched) {
        if let Some(watch) = self.watch.as_mut() {
            watch.seen.push(seen());
        }
    }
}

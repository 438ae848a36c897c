//! Stages that run as one operation: what passes between them.

use crate::network::Stage;
use crate::{LayerError, Mode, Network, Pass, Watched, WatchedKind, Workspace};
use relume_autograd::Var;

/// Stages that ran as one operation in a watched pass: a convolution with the functions after it.
///
/// Between them no values are kept. [`FusedStages::separated`] computes them again.
#[derive(Clone, Debug)]
pub struct FusedStages {
    /// The place among what was seen of what came into the first of them and out of the last.
    at: usize,
    /// What the paths of the stages begin with.
    path: String,
    stages: Vec<Stage>,
}

impl FusedStages {
    pub(super) fn new(at: usize, path: &str, stages: &[Stage]) -> Self {
        FusedStages { at, path: path.to_string(), stages: stages.to_vec() }
    }

    /// The place among [`Watch::seen`](super::Watch::seen) of what came into the first stage and out of the last.
    pub fn place(&self) -> usize {
        self.at
    }

    /// Passes what came in through the stages again, one by one, with the parameters that a network has, and the
    /// gradient of what came out back through all but the first: a workspace that has seen each stage. The network
    /// stays as it is.
    ///
    /// # Errors
    /// Values that are no longer on the tape of the pass.
    pub fn separated(&self, pass: &Workspace, network: &Network) -> Result<Workspace, LayerError> {
        let missing = || LayerError::from(relume_autograd::AutogradError::ForeignVar);
        let seen = pass.watch().and_then(|watch| watch.seen().get(self.at)).ok_or_else(missing)?;
        let mut workspace = Workspace::recording().watching();
        workspace.tape.keep_all_gradients();
        let (mut parameters, mut rng) = (network.parameters().clone(), network.rng().clone());
        for (id, own) in parameters.iter() {
            let constant = workspace.tape.constant(own.value.clone());
            workspace.place(id, constant);
        }
        let mut x = workspace.tape.constant(pass.tape.array(seen.input)?.clone());
        let mut own = Pass::new(&mut workspace, &mut parameters, &mut rng, Mode::Training);
        for (place, (index, layer)) in self.stages.iter().enumerate() {
            let mut y = layer.forward(&mut own, x)?;
            if place == 0 {
                // The gradient ends at what the first stage gives.
                let value = own.tape.get(y)?.clone();
                y = own.tape.variable(value);
            }
            let path = format!("{}{index}", self.path);
            own.watched(|| Watched { path, kind: WatchedKind::Stage, input: x, output: y });
            x = y;
        }
        back(&mut workspace, x, pass, seen.output)?;
        Ok(workspace)
    }
}

/// Passes the gradient of what came out back, if it has one.
fn back(
    workspace: &mut Workspace,
    last: Var,
    pass: &Workspace,
    output: Var,
) -> Result<(), LayerError> {
    if let Some(gradient) = pass.tape.gradient(output) {
        workspace.tape.backward_from(last, gradient.clone())?;
    }
    Ok(())
}

//! What the outputs for a batch say: its loss in use, that of outputs that say nothing, and the predicted classes.

use relume_datasets::{Batch, Part};
use relume_layers::{Mode, Network, Workspace};
use relume_losses::Expects;
use relume_tensor::Tensor;
use relume_training::{Task, TrainError};

/// The loss of outputs that say nothing about a batch, if it is finite.
pub(super) fn of_nothing(
    task: &Task,
    batch: &Batch,
    outputs: &Tensor,
    expects: Expects,
) -> Option<f32> {
    let classes = outputs.dims().last().copied().unwrap_or(1).max(2) as f32;
    let same = match expects {
        Expects::Probabilities => 1.0 / classes,
        Expects::LogProbabilities => -classes.ln(),
        _ => 0.0,
    };
    let mut workspace = Workspace::inference();
    let y = workspace.tape.constant(Tensor::full(outputs.shape(), same));
    let loss = task.loss(&mut workspace, y, batch).ok()?;
    let loss = workspace.tape.get(loss).ok()?.sum();
    loss.is_finite().then_some(loss)
}

/// The loss of a batch in inference, and the outputs.
pub(super) fn in_use(
    network: &Network,
    task: &Task,
    batch: &Batch,
) -> Result<(f32, Tensor), TrainError> {
    let mut workspace = Workspace::inference();
    let x = workspace.tape.constant(batch.inputs.clone());
    let y = network.clone().forward(&mut workspace, x, Mode::Inference)?;
    let loss = task.loss(&mut workspace, y, batch)?;
    let loss = workspace.tape.get(loss)?.sum();
    Ok((loss, workspace.tape.get(y)?.clone()))
}

/// How often each class is predicted and true, as shares; empty without classes.
pub(super) fn predicted(outputs: &Tensor, part: &Part, batch: &Batch) -> Vec<[f64; 2]> {
    let classes = part.data().classes().map_or(0, <[String]>::len);
    if outputs.rank() != 2 || outputs.dims()[1] != classes || classes < 2 {
        return Vec::new();
    }
    let mut shares = vec![[0.0; 2]; classes];
    let each = 1.0 / batch.samples().max(1) as f64;
    for (row, class) in outputs.data().chunks_exact(classes).zip(batch.targets.numbers()) {
        let best = (0..classes).fold(0, |best, at| if row[at] > row[best] { at } else { best });
        shares[best][0] += each;
        if let Some(share) = shares.get_mut(class as usize) {
            share[1] += each;
        }
    }
    shares
}

//! Whether the smallest batch of an epoch can be trained on, which is found out before the first step.

use crate::{Plan, TrainError};
use relume_datasets::{Batches, Dataset};
use relume_layers::{LayerError, Mode, Network, Workspace};

/// Refuses a plan that leaves no batch, or one that is too small for a layer such as batch normalisation.
pub(super) fn check(network: &Network, data: &Dataset, plan: &Plan) -> Result<(), TrainError> {
    let train = data.train();
    let samples = train.len();
    let batches = Batches::in_order(train.clone(), plan.batch).with_last(plan.last);
    // Layers that use the statistics of the whole batch do not mind how it is cut.
    let shards = if network.spec().is_synchronised() { 1 } else { plan.shards };
    let samples_of_batch = batches.smallest();
    let smallest = match samples_of_batch / shards.max(1) {
        0 => samples_of_batch.min(1),
        least => least,
    };
    match smallest {
        0 => return Err(TrainError::NoBatch { samples, batch: plan.batch }),
        1 => {}
        _ => return Ok(()),
    }
    // A layer may refuse a single sample: it is tried on a copy that shares all numbers.
    let mut single = Batches::in_order(train, 1);
    let Some(batch) = single.next() else { return Ok(()) };
    let mut workspace = Workspace::recording();
    let x = workspace.tape.constant(batch?.inputs);
    match network.clone().forward(&mut workspace, x, Mode::Training) {
        Err(error) if is_of_batch(&error) => {
            let batch = format!("batch={}", plan.batch);
            Err(TrainError::SmallBatch { problem: error.to_string(), batch, samples, smallest })
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Whether a layer refuses the batch as such.
fn is_of_batch(error: &LayerError) -> bool {
    match error {
        LayerError::Batch(_) => true,
        LayerError::In { source, .. } => is_of_batch(source),
        _ => false,
    }
}

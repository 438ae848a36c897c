//! After a step whose numbers are not finite: what led there, and the way back to the last weights with a finite loss.
//!
//! While all goes well nothing is recorded but a copy of the state each 256 batches, which shares its numbers until
//! they change. The steps since then are the same bits when they are run again, and are watched then.

use super::Fit;
use crate::diagnose::first_not_finite;
use crate::model::Run;
use crate::step::ForwardPass;
use crate::{Divergence, StepTrace, TrainError};
use relume_datasets::{Batch, Batches};
use relume_layers::{Mode, Network, Watch, Workspace};
use relume_optimizers::Optimizer;
use relume_tensor::Tensor;
use std::collections::VecDeque;

/// Batches between two copies of the state.
const BETWEEN: u64 = 256;
/// Steps before a divergence that are reported.
const TRACED: u64 = 3;

/// The state before a batch.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    network: Network,
    optimizer: Optimizer,
    epoch: u64,
    batch: u64,
    step: u64,
    sums: [f64; 3],
}

impl Fit<'_> {
    /// Keeps the state, if it is time to.
    pub(super) fn keep_snapshot(&mut self) -> Result<(), TrainError> {
        let Run { epoch, batch, .. } = self.model.run;
        let last = self.snapshots.back();
        if batch.is_multiple_of(BETWEEN) || last.is_none_or(|last| last.epoch != epoch) {
            let snapshot = self.snapshot()?;
            self.snapshots.push_back(snapshot);
        }
        // The one before is kept until a batch has passed after the newest: until then that may lead nowhere.
        let is_newest =
            self.snapshots.back().is_some_and(|last| (last.epoch, last.batch) == (epoch, batch));
        while self.snapshots.len() > if is_newest { 2 } else { 1 } {
            self.snapshots.pop_front();
        }
        Ok(())
    }

    fn snapshot(&self) -> Result<Snapshot, TrainError> {
        let Run { epoch, batch, step, sums, .. } = self.model.run;
        let (network, optimizer) = (self.network()?.clone(), self.updater.optimizer.clone());
        Ok(Snapshot { network, optimizer, epoch, batch, step, sums })
    }

    fn restore(&mut self, Snapshot { network, optimizer, epoch, batch, step, sums }: Snapshot) {
        self.updater.forget();
        self.updater.optimizer = optimizer;
        self.model.network = Some(network);
        let run = &mut self.model.run;
        (run.epoch, run.batch, run.step, run.sums) = (epoch, batch, step, sums);
    }

    /// The error for a loss (or a gradient) that is not finite. The network as it broke stays with the model, which
    /// goes back to the last weights with a finite loss: those before the step that led here. If only a gradient was
    /// not finite, its own weights are those, if its forward pass left the running statistics finite.
    pub(super) fn diverged(
        &mut self,
        batch: &Batch,
        place: String,
        is_loss: bool,
    ) -> Result<Divergence, TrainError> {
        self.updater.forget();
        let broken = self.network()?.clone();
        let Run { epoch, batch: number, step, .. } = self.model.run;
        let found = first_not_finite(&broken, batch);
        let mut divergence = Divergence {
            epoch: epoch + 1,
            batch: number + 1,
            step: step + 1,
            place,
            path: found.path,
            operation: found.operation,
            steps: Vec::new(),
            samples: self.samples_of(number)?,
            restored: false,
        };
        // A forward pass may have broken the running statistics, whatever its loss.
        let is_undone = is_loss || !is_finite(&broken);
        self.model.wreck = Some(Box::new(broken));
        let before = number.saturating_sub(1);
        let usable = |own: &&Snapshot| own.epoch == epoch && own.batch <= before;
        let from = match number {
            // The first batch of an epoch: the state of a copy before it, whose loss was finite.
            0 => self.snapshots.iter().rev().find(|own| own.epoch < epoch).filter(|_| is_undone),
            _ => self.snapshots.iter().rev().find(usable),
        };
        let Some(from) = from.cloned() else { return Ok(divergence) };
        let here = self.snapshot()?;
        self.restore(from.clone());
        if number > 0 {
            divergence.steps = self.replay(number, is_undone)?;
        }
        match is_undone {
            true if !is_finite(self.network()?) => self.restore(from),
            true => {}
            false => self.restore(here),
        }
        divergence.restored = is_undone;
        Ok(divergence)
    }

    /// Runs the batches up to `end` again, and reports the last of them; the last step is taken back if `is_undone`.
    fn replay(&mut self, end: u64, is_undone: bool) -> Result<Vec<StepTrace>, TrainError> {
        let metrics = self.epoch_metrics();
        let mut batches = self.epoch_batches()?;
        let count = batches.batches();
        batches.skip_batches(usize::try_from(self.model.run.batch).unwrap_or(usize::MAX));
        let (mut traces, mut last) = (VecDeque::new(), None);
        let mut workspace = Workspace::recording();
        while self.model.run.batch < end {
            let Some(batch) = batches.next().transpose()? else { break };
            let factors = self.lr_factors(count, &metrics);
            let before = self.snapshot()?;
            let largest = self.largest_output(&batch)?;
            self.updater.traces = true;
            let stepped = self.step_on(&mut workspace, &batch, count, factors);
            self.updater.traces = false;
            let loss = stepped?;
            traces.push_back(StepTrace {
                step: before.step + 1,
                loss,
                gradient: self.updater.norm,
                update: change(&before.network, self.network()?),
                largest: largest.0,
                largest_at: largest.1,
            });
            if traces.len() as u64 > TRACED {
                traces.pop_front();
            }
            last = Some(before);
        }
        if let (Some(before), true) = (last, is_undone) {
            self.restore(before);
        }
        Ok(traces.into())
    }

    /// The largest output of a stage for a batch, and its path.
    fn largest_output(&self, batch: &Batch) -> Result<(f32, String), TrainError> {
        let mut network = self.network()?.clone();
        let mut workspace = Workspace::inference().watching();
        ForwardPass::run(&self.task, &mut network, &mut workspace, batch, Mode::Training)?;
        let mut largest = (0.0, String::new());
        for own in workspace.watch().map_or(&[][..], Watch::seen) {
            let Ok(values) = workspace.tape.get(own.output) else { continue };
            let most = values.data().iter().fold(0.0f32, |most, x| most.max(x.abs()));
            if most > largest.0 {
                largest = (most, own.path.clone());
            }
        }
        Ok(largest)
    }

    /// The positions in the train part of the samples of a batch of this epoch.
    fn samples_of(&self, batch: u64) -> Result<Vec<usize>, TrainError> {
        let mut batches: Batches = self.epoch_batches()?;
        batches.skip_batches(usize::try_from(batch).unwrap_or(usize::MAX));
        Ok(batches.positions())
    }
}

/// Whether all parameters and buffers are finite.
fn is_finite(network: &Network) -> bool {
    network.parameters().iter().all(|(_, own)| own.value.is_finite())
}

/// norm(after - before) / norm(before) over all parameters.
fn change(before: &Network, after: &Network) -> f64 {
    let (mut change, mut size) = (0.0f64, 0.0f64);
    for ((_, old), (_, new)) in before.parameters().iter().zip(after.parameters().iter()) {
        if !old.is_trained() {
            continue;
        }
        for (&old, &new) in Tensor::data(&old.value).iter().zip(new.value.data()) {
            change += (f64::from(new) - f64::from(old)).powi(2);
            size += f64::from(old).powi(2);
        }
    }
    if change == 0.0 { 0.0 } else { (change / size).sqrt() }
}

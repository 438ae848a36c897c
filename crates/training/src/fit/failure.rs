//! After a step whose numbers are not finite: what led there, and the way back to the last weights with a finite loss.
//!
//! While all goes well nothing is recorded but a copy of the state each 256 batches, which shares its numbers until
//! they change. The steps since then are the same bits when they are run again, and the last of them are watched then.
//! The state is copied between two steps, never among the batches of one, and whole steps are run again and taken back.

use super::Fit;
use super::sharded::{Broken, Fed, Sizes, shard_rng};
use crate::best::BestState;
use crate::diagnose::{Found, first_not_finite};
use crate::model::{BestEpoch, Run};
use crate::step::ForwardPass;
use crate::{Divergence, Model, StepTrace, TrainError};
use relume_datasets::{Batch, Batches};
use relume_layers::{Mode, Network, Watch, Workspace};
use relume_optimizers::Optimizer;
use relume_optimizers::schedules::EpochMetrics;
use relume_tensor::Tensor;

/// Batches between two copies of the state.
const BETWEEN: u64 = 256;
/// Steps before a divergence that are reported.
const TRACED: u64 = 3;

/// The state between two steps.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    network: Network,
    optimizer: Optimizer,
    epoch: u64,
    batch: u64,
    step: u64,
    sums: [f64; 3],
    best: Option<BestEpoch>,
    best_state: Option<BestState>,
}

/// The batches of an epoch that are run again, up to one of them.
struct Replay {
    batches: Batches,
    sizes: Sizes,
    /// The batch before which it ends.
    end: u64,
    workspace: Workspace,
    metrics: Vec<EpochMetrics>,
}

impl Fit<'_> {
    /// Batches that give one step.
    fn step_size(&self) -> u64 {
        self.plan.accumulate.max(1) as u64
    }

    /// Keeps the state, if it is time to.
    pub(super) fn keep_snapshot(&mut self) -> Result<(), TrainError> {
        let Run { epoch, batch, .. } = self.model.run;
        let is_due = |last: &Snapshot| last.epoch != epoch || batch >= last.batch + BETWEEN;
        if self.is_between_steps() && self.snapshots.back().is_none_or(is_due) {
            let snapshot = self.snapshot()?;
            self.snapshots.push_back(snapshot);
        }
        // The one before is kept until the steps that are reported have passed after the newest.
        let passed = self.snapshots.back().map_or(0, |last| batch - last.batch);
        let kept = if passed < TRACED * self.step_size() { 2 } else { 1 };
        while self.snapshots.len() > kept {
            self.snapshots.pop_front();
        }
        Ok(())
    }

    fn snapshot(&self) -> Result<Snapshot, TrainError> {
        let Run { epoch, batch, step, sums, best, .. } = self.model.run;
        let (network, optimizer) = (self.network()?.clone(), self.updater.optimizer.clone());
        let best_state = self.model.best_state.clone();
        Ok(Snapshot { network, optimizer, epoch, batch, step, sums, best, best_state })
    }

    /// Goes back to a state. What belongs to later epochs is forgotten.
    fn restore(&mut self, state: Snapshot) {
        let Snapshot { network, optimizer, epoch, batch, step, sums, best, best_state } = state;
        self.updater.forget();
        self.updater.optimizer = optimizer;
        self.model.network = Some(network);
        self.model.best_state = best_state;
        let run = &mut self.model.run;
        (run.epoch, run.batch, run.step, run.sums, run.best) = (epoch, batch, step, sums, best);
        run.history.epochs.retain(|record| record.epoch <= epoch);
        run.history.watched.retain(|record| record.step <= step);
    }

    /// The error for a loss that is not finite, or a gradient if its name is given. The network as it broke stays with
    /// the model, which goes back to the last weights with a finite loss: those before the step that led here. If only
    /// a gradient was not finite, its own weights are those, if its forward pass left the running statistics finite.
    pub(super) fn diverged(
        &mut self,
        batch: &Batch,
        gradient: Option<String>,
    ) -> Result<Divergence, TrainError> {
        let found = first_not_finite(self.network()?, batch);
        self.diverged_at(found, gradient)
    }

    /// The same for a batch that passed in shards, on every rank.
    pub(super) fn shards_diverged(
        &mut self,
        fed: &Fed,
        Broken { shard, gradient }: Broken,
    ) -> Result<Divergence, TrainError> {
        let own = fed.own.iter().find(|(own, _)| Some(*own) == shard);
        let found = match own {
            Some((_, batch)) => Some(first_not_finite(self.network()?, batch)),
            None => None,
        };
        let all = self.group.gather("the first number that is not finite", found)?;
        let found = all.into_iter().flatten().next().unwrap_or_else(|| Found::text("the loss"));
        self.diverged_at(found, gradient)
    }

    fn diverged_at(
        &mut self,
        found: Found,
        gradient: Option<String>,
    ) -> Result<Divergence, TrainError> {
        let broken = self.network()?.clone();
        let Run { epoch, batch: number, step, .. } = self.model.run;
        // A forward pass may have broken the running statistics, whatever its loss.
        let is_undone = gradient.is_none() || !is_finite(&broken);
        let mut divergence = Divergence {
            epoch: epoch + 1,
            batch: number + 1,
            step: step + 1,
            finite_loss: gradient.is_some(),
            place: gradient.unwrap_or(found.text),
            path: found.path,
            operation: found.operation,
            steps: Vec::new(),
            samples: self.samples_of(number)?,
            restored: false,
        };
        self.back_to_step()?;
        if let Some(from) = self.before_last_step() {
            let here: (Model, Optimizer) = (self.model.clone(), self.updater.optimizer.clone());
            let replayed = self.replay(from.clone());
            match &replayed {
                Ok(_) if is_undone && !is_finite(self.network()?) => self.restore(from),
                Ok(_) if is_undone => {}
                _ => (*self.model, self.updater.optimizer) = here,
            }
            divergence.steps = replayed?;
            divergence.restored = is_undone;
        }
        self.model.wreck = Some(Box::new(broken));
        Ok(divergence)
    }

    /// A kept state before the last finished step, which may be the last one of the epoch before.
    fn before_last_step(&self) -> Option<Snapshot> {
        let Run { epoch, batch, .. } = self.model.run;
        let is_before = |own: &&Snapshot| match batch {
            0 => own.epoch + 1 == epoch,
            _ => own.epoch == epoch && own.batch < batch,
        };
        self.snapshots.iter().find(is_before).cloned()
    }

    /// Runs the steps since a state again, up to this place or to the end of the epoch before, and reports the last of
    /// them, which is then taken back.
    fn replay(&mut self, from: Snapshot) -> Result<Vec<StepTrace>, TrainError> {
        let here = self.model.run.batch;
        self.restore(from);
        let metrics = self.epoch_metrics();
        let mut batches = self.epoch_batches()?;
        let sizes = Sizes::of(&batches);
        batches.skip_batches(usize::try_from(self.model.run.batch).unwrap_or(usize::MAX));
        let end = if here == 0 { sizes.batches as u64 } else { here };
        let workspace = Workspace::recording();
        let mut replay = Replay { batches, sizes, end, workspace, metrics };
        let size = self.step_size();
        let traced = replay.end.div_ceil(size).saturating_sub(TRACED) * size;
        while self.model.run.batch < traced {
            self.batch_again(&mut replay, None)?;
        }
        let (mut traces, mut last) = (Vec::new(), None);
        while self.model.run.batch < replay.end {
            let before = self.snapshot()?;
            self.updater.traces = true;
            let trace = self.trace_step(&mut replay, &before);
            self.updater.traces = false;
            traces.push(trace?);
            last = Some(before);
        }
        last.into_iter().for_each(|before| self.restore(before));
        Ok(traces)
    }

    /// Runs a step again, and reports it.
    fn trace_step(
        &mut self,
        replay: &mut Replay,
        before: &Snapshot,
    ) -> Result<StepTrace, TrainError> {
        let end = (before.batch + self.step_size()).min(replay.end);
        let (mut largest, mut sum, mut weight) = ((0.0, String::new()), 0.0, 0.0);
        while self.model.run.batch < end {
            let (loss, own) = self.batch_again(replay, Some(&mut largest))?;
            sum += f64::from(loss) * own;
            weight += own;
        }
        Ok(StepTrace {
            step: before.step + 1,
            loss: if weight > 0.0 { (sum / weight) as f32 } else { 0.0 },
            gradient: self.updater.norm,
            update: change(&before.network, self.network()?),
            largest: largest.0,
            largest_at: largest.1,
        })
    }

    /// Runs the next batch again; returns its loss and its weight.
    fn batch_again(
        &mut self,
        replay: &mut Replay,
        largest: Option<&mut (f32, String)>,
    ) -> Result<(f32, f64), TrainError> {
        let Replay { batches, sizes, .. } = replay;
        let fed = sizes.next(self.model.run.batch, &self.shards, || batches.next());
        let fed = fed.ok_or_else(|| TrainError::Empty(self.data.train().name().to_string()))?;
        if let Some(largest) = largest {
            self.largest_output(&fed, largest)?;
        }
        let factors = self.lr_factors(replay.sizes.batches, &replay.metrics);
        let batches = replay.sizes.batches;
        let figures = self.step_on(&mut replay.workspace, fed, batches, factors)?;
        Ok((figures.loss as f32, figures.weight))
    }

    /// The largest output of a stage for a batch and its path, if it is larger than the largest so far.
    fn largest_output(&self, fed: &Fed, largest: &mut (f32, String)) -> Result<(), TrainError> {
        let mut found = (0.0f32, String::new());
        for (shard, batch) in &fed.own {
            let mut network = self.network()?.clone();
            if self.sharder.is_some() {
                let key = network.rng().clone().next_u64();
                network.set_rng(shard_rng(key, *shard));
            }
            let mut workspace = Workspace::inference().watching();
            ForwardPass::run(&self.task, &mut network, &mut workspace, batch, Mode::Training)?;
            for own in workspace.watch().map_or(&[][..], Watch::seen) {
                let Ok(values) = workspace.tape.get(own.output) else { continue };
                let most = values.data().iter().fold(0.0f32, |most, x| most.max(x.abs()));
                if most > found.0 {
                    found = (most, own.path.clone());
                }
            }
        }
        for found in self.group.gather("the largest output", found)? {
            if found.0 > largest.0 {
                *largest = found;
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{NotSaved, Watch as Watching};
    use crate::group::Group;
    use crate::{Interrupt, Plan, Silent};
    use relume_datasets::{Dataset, Split, Targets};
    use relume_layers::{LayerSpec, NetworkSpec};

    fn data() -> Dataset {
        let inputs = Tensor::from_fn([40, 2], |i| (i as f32 * 0.7).sin());
        let names = vec!["a".to_string(), "b".to_string()];
        let labels = (0..40).map(|i| i % 2).collect();
        let targets = Targets::Classes { names, labels };
        Dataset::new("data", inputs, targets, Split::every(40, 41)).unwrap()
    }

    fn bits(model: &Model) -> Vec<u32> {
        let parameters = model.network().unwrap().parameters().iter();
        parameters.flat_map(|(_, own)| own.value.data().iter().map(|x| x.to_bits())).collect()
    }

    #[test]
    fn a_replay_that_is_interrupted_leaves_the_state_before_the_step() {
        let dense = LayerSpec::from_arguments("dense", vec![2.into()], vec![]).unwrap();
        let mut model = Model::new(NetworkSpec::new(vec![dense.into()]), 1);
        let (data, interrupt) = (data(), Interrupt::default());
        let plan = Plan { batch: 8, ..Plan::for_data(&data, 2) };
        let watch = Watching { observer: &mut Silent, interrupt: &interrupt, saver: &mut NotSaved };
        let mut fit = Fit::begin(&mut model, data, &plan, Group::default(), watch).unwrap();
        let mut workspace = Workspace::recording();
        let mut batches = fit.epoch_batches().unwrap();
        for _ in 0..3 {
            let sizes = Sizes::of(&batches);
            let fed = sizes.next(fit.model.run.batch, &fit.shards, || batches.next()).unwrap();
            fit.keep_snapshot().unwrap();
            let factors = fit.lr_factors(sizes.batches, &[]);
            fit.step_on(&mut workspace, fed, sizes.batches, factors).unwrap();
            fit.mark_step().unwrap();
        }
        let (before, run) = (bits(fit.model), fit.model.run.clone());
        let batch = batches.next().unwrap().unwrap();
        interrupt.set();
        let result = fit.diverged(&batch, None);
        assert!(matches!(result, Err(TrainError::Interrupted)), "{result:?}");
        assert_eq!(bits(fit.model), before);
        assert_eq!((fit.model.run.batch, fit.model.run.step), (run.batch, run.step));
        assert!(fit.model.wreck.is_none());
    }
}

//! One batch: as a whole or in shards, with the step by its gradients.

use super::Fit;
use super::sharded::{Broken, Fed, Operands, Passed, ShardStats};
use crate::TrainError;
use crate::step::{ForwardPass, Step, Update};
use relume_datasets::Batch;
use relume_layers::{Mode, Network, Workspace};
use relume_optimizers::LrFactors;
use relume_tensor::interrupt::cancellable;

/// A batch that has passed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BatchFigures {
    /// The mean loss.
    pub loss: f64,
    /// What it weighs in a mean over batches.
    pub weight: f64,
    /// The metric, summed over the samples.
    pub metric: f64,
    /// How many samples, or places with a class, loss and metric are a mean over.
    pub counted: u64,
}

impl BatchFigures {
    /// Those of all shards of a batch, in their order.
    pub fn of<'a>(shards: impl Iterator<Item = &'a ShardStats>) -> Self {
        let sums = shards.fold(BatchFigures::default(), |sums, own| BatchFigures {
            loss: sums.loss + f64::from(own.loss) * own.weight,
            weight: sums.weight + own.weight,
            metric: sums.metric + own.metric,
            counted: sums.counted + own.counted,
        });
        let loss = if sums.weight > 0.0 { sums.loss / sums.weight } else { 0.0 };
        BatchFigures { loss, ..sums }
    }
}

/// A batch of an epoch, with what its step needs.
pub(super) struct BatchStep<'a> {
    pub fed: &'a mut Fed,
    /// How many batches the epoch has.
    pub batches: usize,
    pub factors: LrFactors,
}

impl Fit<'_> {
    /// A step on a batch that is run again; returns its figures.
    pub(super) fn step_on(
        &mut self,
        workspace: &mut Workspace,
        mut fed: Fed,
        batches: usize,
        factors: LrFactors,
    ) -> Result<BatchFigures, TrainError> {
        self.train_batch(workspace, BatchStep { fed: &mut fed, batches, factors })
    }

    /// A batch: a step, or a part of one if several batches give one.
    pub(super) fn train_batch(
        &mut self,
        workspace: &mut Workspace,
        step: BatchStep<'_>,
    ) -> Result<BatchFigures, TrainError> {
        if !self.group.is_several()
            && let Some(error) = step.fed.failed.take()
        {
            return Err(error.into());
        }
        let passed = match (&self.sharder, step.fed.first()) {
            (None, Some(batch)) => self.pass_whole(workspace, batch, step.factors)?,
            _ => self.pass_shards(workspace, step.fed, step.factors)?,
        };
        self.clock.samples += step.fed.samples;
        let run = &mut self.model.run;
        run.batch += 1;
        run.sums[0] += passed.loss * passed.weight;
        run.sums[1] += passed.metric;
        run.sums[2] += passed.counted as f64;
        let is_last = run.batch == step.batches as u64;
        if self.is_between_steps() || is_last {
            self.model.run.step += 1;
            if self.plan.accumulate > 1 {
                let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
                self.updater.apply(network, step.factors)?;
            }
            self.exchange()?;
        }
        Ok(passed)
    }

    /// A batch that passes as a whole, with the update by its gradients.
    fn pass_whole(
        &mut self,
        workspace: &mut Workspace,
        batch: &Batch,
        factors: LrFactors,
    ) -> Result<BatchFigures, TrainError> {
        let task = &self.task;
        let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
        let rng = network.rng().clone();
        let interrupt = self.watch.interrupt;
        let mut kept = self.kept_pass.as_mut();
        let workspace = kept.as_mut().map_or(workspace, |kept| &mut kept.workspace);
        let pass = cancellable(interrupt, || {
            ForwardPass::run(task, network, workspace, batch, Mode::Training)
        })??;
        if !pass.value.is_finite() {
            network.set_rng(rng);
            if let Some(error) = task.diagnose(workspace, &pass, batch) {
                return Err(error);
            }
            return Err(TrainError::Diverged(Box::new(self.diverged(batch, None)?)));
        }
        let step = Step { task, network, workspace, batch, pass: &pass, rng: &rng, interrupt };
        let update = match self.plan.accumulate {
            0 | 1 => self.updater.update(step, factors)?,
            _ => self.updater.accumulate(step)?,
        };
        if let Update::NotFinite(place) = update {
            network.set_rng(rng);
            let divergence = self.diverged(batch, Some(place))?;
            return Err(TrainError::Diverged(Box::new(divergence)));
        }
        if let Some(kept) = &mut self.kept_pass {
            (kept.loss, kept.factor) = (pass.value, 1.0);
        }
        Ok(BatchFigures {
            loss: pass.value.into(),
            weight: pass.weight,
            metric: pass.metric_sum,
            counted: pass.counted as u64,
        })
    }

    /// A batch that passes in shards, with the update by its gradients.
    fn pass_shards(
        &mut self,
        workspace: &mut Workspace,
        fed: &Fed,
        factors: LrFactors,
    ) -> Result<BatchFigures, TrainError> {
        let Fit { model, sharder, updater, watch, task, plan, kept_pass, .. } = self;
        let network = model.network.as_mut().ok_or(TrainError::NotBuilt)?;
        let sharder = sharder.as_mut().ok_or(TrainError::NotBuilt)?;
        let (rng, interrupt) = (network.rng().clone(), watch.interrupt);
        // The first pass is kept, where there are several.
        let mut kept = kept_pass.as_mut();
        let mut pass = |network: &mut Network| {
            let (rng, kept) = (&rng, kept.take());
            sharder.pass(Operands { task, network, workspace, kept, rng, interrupt }, fed)
        };
        let Passed { gradients, figures, mut broken } = pass(network)?;
        if broken.is_none() {
            if updater.optimizer.is_together() {
                let mut first = Some(Passed { gradients, figures, broken: None });
                let evaluate = |network: &mut Network| match first.take() {
                    Some(passed) => Ok(passed.evaluated()),
                    None => pass(network).map(Passed::evaluated),
                };
                let update = updater.update_at_several_points(network, evaluate, factors)?;
                if let Update::NotFinite(place) = update {
                    broken = Some(Broken { shard: None, gradient: Some(place) });
                }
            } else if plan.accumulate > 1 {
                updater.add(gradients, figures.weight);
            } else {
                updater.update_by(network, gradients, factors)?;
            }
        }
        let Some(broken) = broken else { return Ok(figures) };
        network.set_rng(rng);
        Err(TrainError::Diverged(Box::new(self.shards_diverged(fed, broken)?)))
    }

    /// Gives every rank the parameters that others have updated, where the optimizer's state is spread over them.
    fn exchange(&mut self) -> Result<(), TrainError> {
        match (&self.spread, self.model.network.as_mut()) {
            (Some(spread), Some(network)) => spread.exchange(&self.group, network),
            _ => Ok(()),
        }
    }
}

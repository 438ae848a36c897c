//! One epoch: batch after batch, a step for each.

use super::batch::BatchStep;
use super::sharded::{Fed, Sizes};
use super::{Fit, Moment};
use crate::{BatchTrace, Plan, TrainError};
use relume_datasets::{Batch, Batches, Loader, Sampler};
use relume_layers::Workspace;
use relume_optimizers::LrFactors;
use relume_optimizers::schedules::{EpochMetrics, Place};
use relume_tensor::interrupt::{Cancelled, cancellable};

/// An epoch whose batches are all done.
pub(super) struct TrainedEpoch {
    /// How many batches it has.
    pub batches: usize,
    /// The learning rate of its last step.
    pub lr: f64,
}

impl Fit<'_> {
    /// Trains on the remaining batches of an epoch; `None` if the run was cancelled. It is cancelled between two steps:
    /// after all batches that give one.
    pub(super) fn train_epoch(
        &mut self,
        workspace: &mut Workspace,
    ) -> Result<Option<TrainedEpoch>, TrainError> {
        let metrics = self.epoch_metrics();
        let mut batches = self.epoch_batches()?;
        let sizes = Sizes::of(&batches);
        let count = sizes.batches;
        batches.skip_batches(usize::try_from(self.model.run.batch).unwrap_or(usize::MAX));
        let mut factors = self.lr_factors(count, &metrics);
        let mut loader = Loader::new(batches);
        self.mark_step()?;
        loop {
            // Cancelled within a step of several batches, it goes back to the step's beginning.
            let Ok(next) = self.cancellable(|fit| fit.fed(sizes, &mut loader)) else {
                return self.back_to_step().map(|()| None);
            };
            let Some(mut fed) = next else { break };
            if self.stops() {
                return self.back_to_step().map(|()| None);
            }
            if self.watch.observer.is_done() && self.is_between_steps() {
                return Ok(None);
            }
            factors = self.lr_factors(count, &metrics);
            self.keep_snapshot()?;
            self.updater.traces = self.watch.observer.wants_trace();
            let samples = fed.first().map_or(0, Batch::samples);
            let shown = self.begin_shown(count, samples)?;
            let step = BatchStep { fed: &mut fed, batches: count, factors };
            match self.train_batch(workspace, step) {
                Ok(figures) => {
                    let loss = figures.loss as f32;
                    if self.updater.traces {
                        self.traced(loss, count, factors);
                    }
                    self.show_step(shown, fed.first(), loss)?;
                }
                Err(TrainError::Interrupted) => return self.back_to_step().map(|()| None),
                // It has gone back further.
                Err(error @ TrainError::Diverged(_)) => return Err(error),
                Err(error) => return self.back_to_step().and(Err(error)),
            }
            let progress = self.clock.progress(&self.model.run, self.plan, count);
            self.watch.observer.batch(&progress);
            fed.recycle(&loader);
            if self.is_between_steps() {
                self.saved(Moment::Batch)?;
                self.mark_step()?;
            }
        }
        let lr = self.updater.optimizer.lr() * factors.factor;
        Ok(Some(TrainedEpoch { batches: count, lr }))
    }

    /// The next batch, or this rank's shards of it.
    fn fed(&self, sizes: Sizes, loader: &mut Loader) -> Option<Fed> {
        sizes.next(self.model.run.batch, &self.shards, || loader.next())
    }

    /// Whether the run is to stop here because it was asked to. Several ranks have agreed on it after the batch before.
    pub(super) fn stops(&self) -> bool {
        match &self.sharder {
            Some(sharder) if self.group.is_several() => sharder.stops,
            _ => self.watch.interrupt.is_set(),
        }
    }

    /// Work that an interrupt cancels, unless others would wait for this rank then.
    fn cancellable<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> Result<R, Cancelled> {
        let interrupt = self.watch.interrupt;
        match self.group.is_several() {
            true => Ok(work(self)),
            false => cancellable(interrupt, || work(self)),
        }
    }

    /// Tells the observer of the batch that has just passed.
    fn traced(&mut self, loss: f32, batches: usize, factors: LrFactors) {
        let run = &self.model.run;
        let norm = self.updater.norm.take();
        self.watch.observer.trace(&BatchTrace {
            epoch: run.epoch + 1,
            batch: run.batch,
            batches: batches as u64,
            step: run.step,
            loss,
            lr: self.updater.optimizer.lr() * factors.factor,
            gradient_norm: norm,
            gradients: if norm.is_some() { self.updater.gradients() } else { &[] },
        });
    }

    /// The batches of the current epoch.
    pub(super) fn epoch_batches(&self) -> Result<Batches, TrainError> {
        let (epoch, seed) = (self.model.run.epoch, self.model.seed());
        let Plan { batch, last, sampler, .. } = *self.plan;
        let batches = Batches::for_training(self.data.train(), batch, seed, epoch).with_last(last);
        match sampler {
            Sampler::Balanced => Ok(batches.balanced(seed, epoch)?),
            Sampler::Shuffle => Ok(batches),
        }
        .map(|batches| batches.in_shards(self.shards.count(), self.shards.own()))
    }

    /// Whether the batches so far have given all their steps.
    pub(super) fn is_between_steps(&self) -> bool {
        self.model.run.batch.is_multiple_of(self.plan.accumulate.max(1) as u64)
    }

    /// The figures of the finished epochs of the schedule.
    pub(super) fn epoch_metrics(&self) -> Vec<EpochMetrics> {
        let run = &self.model.run;
        let began = run.began.saturating_sub(self.plan.schedule_epochs);
        let own = run.history.epochs.iter().filter(|record| record.epoch > began);
        own.map(|record| EpochMetrics {
            loss: record.loss.into(),
            metric: record.metric.into(),
            validation_loss: record.validation_loss.map(f64::from),
            validation_metric: record.validation_metric.map(f64::from),
        })
        .collect()
    }

    /// The schedule's factors for the next batch, or those of the last one if none is left.
    pub(super) fn lr_factors(&self, batches: usize, metrics: &[EpochMetrics]) -> LrFactors {
        let (run, plan) = (&self.model.run, self.plan);
        // A schedule counts steps: those of several batches are one.
        let steps = |batches: u64| batches.div_ceil(plan.accumulate.max(1) as u64);
        let batch = run.batch.min((batches as u64).saturating_sub(1));
        plan.schedule.factors(&Place {
            epoch: run.done().saturating_add(plan.schedule_epochs),
            epochs: plan.epochs.saturating_add(plan.schedule_epochs),
            batch: batch / plan.accumulate.max(1) as u64,
            batches: steps(batches as u64),
            lr: self.updater.optimizer.lr(),
            metrics,
        })
    }
}

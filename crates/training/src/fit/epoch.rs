//! One epoch: batch after batch, a step for each.

use super::{Fit, Moment};
use crate::step::{ForwardPass, Step, Update};
use crate::{BatchTrace, Plan, TrainError};
use relume_datasets::{Batch, Batches, Loader, Sampler};
use relume_layers::{Mode, Workspace};
use relume_optimizers::LrFactors;
use relume_optimizers::schedules::{EpochMetrics, Place};
use relume_tensor::interrupt::cancellable;

/// An epoch whose batches are all done.
pub(super) struct TrainedEpoch {
    /// How many batches it has.
    pub batches: usize,
    /// The learning rate of its last step.
    pub lr: f64,
}

/// A batch of an epoch, with what its step needs.
struct BatchStep<'a> {
    batch: &'a Batch,
    /// How many batches the epoch has.
    batches: usize,
    factors: LrFactors,
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
        let count = batches.batches();
        batches.skip_batches(usize::try_from(self.model.run.batch).unwrap_or(usize::MAX));
        let mut factors = self.lr_factors(count, &metrics);
        let mut loader = Loader::new(batches);
        let interrupt = self.watch.interrupt;
        self.mark_step()?;
        loop {
            // Cancelled within a step of several batches, it goes back to the step's beginning.
            let Ok(next) = cancellable(interrupt, || loader.next()) else {
                return self.back_to_step().map(|()| None);
            };
            let Some(batch) = next else { break };
            if interrupt.is_set() {
                return self.back_to_step().map(|()| None);
            }
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => return self.back_to_step().and(Err(error.into())),
            };
            if self.watch.observer.is_done() && self.is_between_steps() {
                return Ok(None);
            }
            factors = self.lr_factors(count, &metrics);
            self.keep_snapshot()?;
            let step = BatchStep { batch: &batch, batches: count, factors };
            self.updater.traces = self.watch.observer.wants_trace();
            let shown = self.begin_shown(count)?;
            match self.train_batch(workspace, step) {
                Ok(loss) => {
                    if self.updater.traces {
                        self.traced(loss, count, factors);
                    }
                    self.show_step(shown, &batch, loss)?;
                }
                Err(TrainError::Interrupted) => return self.back_to_step().map(|()| None),
                // It has gone back further.
                Err(error @ TrainError::Diverged(_)) => return Err(error),
                Err(error) => return self.back_to_step().and(Err(error)),
            }
            let progress = self.clock.progress(&self.model.run, self.plan, count);
            self.watch.observer.batch(&progress);
            loader.recycle(batch);
            if self.is_between_steps() {
                self.saved(Moment::Batch)?;
                self.mark_step()?;
            }
        }
        let lr = self.updater.optimizer.lr() * factors.factor;
        Ok(Some(TrainedEpoch { batches: count, lr }))
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
    }

    /// A step on a batch that is run again; returns its loss.
    pub(super) fn step_on(
        &mut self,
        workspace: &mut Workspace,
        batch: &Batch,
        batches: usize,
        factors: LrFactors,
    ) -> Result<f32, TrainError> {
        self.train_batch(workspace, BatchStep { batch, batches, factors })
    }

    /// Whether the batches so far have given all their steps.
    pub(super) fn is_between_steps(&self) -> bool {
        self.model.run.batch.is_multiple_of(self.plan.accumulate.max(1) as u64)
    }

    /// A batch: a step, or a part of one if several batches give one.
    fn train_batch(
        &mut self,
        workspace: &mut Workspace,
        BatchStep { batch, batches, factors }: BatchStep<'_>,
    ) -> Result<f32, TrainError> {
        let task = &self.task;
        let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
        let rng = network.rng().clone();
        let interrupt = self.watch.interrupt;
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
            return Err(TrainError::Diverged(Box::new(self.diverged(batch, Some(place))?)));
        }
        let samples = batch.inputs.dims().first().copied().unwrap_or(0);
        self.clock.samples += samples;
        let run = &mut self.model.run;
        run.batch += 1;
        run.sums[0] += f64::from(pass.value) * pass.weight;
        run.sums[1] += pass.metric_sum;
        run.sums[2] += pass.counted as f64;
        let is_last = run.batch == batches as u64;
        if self.is_between_steps() || is_last {
            self.model.run.step += 1;
            if self.plan.accumulate > 1 {
                let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
                self.updater.apply(network, factors)?;
            }
        }
        Ok(pass.value)
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

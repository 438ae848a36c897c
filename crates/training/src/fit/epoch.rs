//! One epoch: batch after batch, a step for each.

use super::Fit;
use crate::diagnose::first_not_finite;
use crate::model::Run;
use crate::step::{ForwardPass, Step, Update};
use crate::{Divergence, TrainError};
use relume_datasets::{Batch, Batches, Loader};
use relume_layers::{Mode, Parameters, Workspace};
use relume_optimizers::LrFactors;
use relume_optimizers::schedules::{EpochMetrics, Place};

/// An epoch whose batches are all done.
pub(super) struct TrainedEpoch {
    /// How many batches it has.
    pub batches: usize,
    /// The learning rate of its last step.
    pub lr: f64,
}

impl Fit<'_> {
    /// Trains on the remaining batches of an epoch; `None` if the run was cancelled.
    pub(super) fn train_epoch(
        &mut self,
        workspace: &mut Workspace,
    ) -> Result<Option<TrainedEpoch>, TrainError> {
        let (epoch, seed) = (self.model.run.epoch, self.model.seed());
        let metrics = self.epoch_metrics();
        let mut batches = Batches::for_training(self.data.train(), self.plan.batch, seed, epoch);
        let count = batches.batches();
        batches.skip_batches(usize::try_from(self.model.run.batch).unwrap_or(usize::MAX));
        let mut factors = self.lr_factors(count, &metrics);
        let mut loader = Loader::new(batches);
        let before = self.network()?.parameters().clone();
        while let Some(batch) = loader.next() {
            let batch = batch?;
            if self.interrupt.is_set() {
                return Ok(None);
            }
            factors = self.lr_factors(count, &metrics);
            self.train_batch(workspace, &batch, factors, &before)?;
            let progress = self.clock.progress(&self.model.run, self.plan, count);
            self.observer.batch(&progress);
            loader.recycle(batch);
        }
        let lr = self.updater.optimizer.lr() * factors.factor;
        Ok(Some(TrainedEpoch { batches: count, lr }))
    }

    /// One step.
    fn train_batch(
        &mut self,
        workspace: &mut Workspace,
        batch: &Batch,
        factors: LrFactors,
        before: &Parameters,
    ) -> Result<(), TrainError> {
        let task = &self.task;
        let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
        let rng = network.rng().clone();
        let pass = ForwardPass::run(task, network, workspace, batch, Mode::Training)?;
        if !pass.value.is_finite() {
            network.set_rng(rng);
            if let Some(error) = task.diagnose(workspace, &pass, batch) {
                return Err(error);
            }
            let place = first_not_finite(network, batch);
            return Err(self.diverged(before, place));
        }
        let step = Step { task, network, workspace, batch, pass: &pass, rng: &rng };
        if let Update::NotFinite(place) = self.updater.update(step, factors)? {
            network.set_rng(rng);
            return Err(self.diverged(before, place));
        }
        let samples = batch.inputs.dims().first().copied().unwrap_or(0);
        self.clock.samples += samples;
        let run = &mut self.model.run;
        run.batch += 1;
        run.step += 1;
        run.sums[0] += f64::from(pass.value) * samples as f64;
        run.sums[1] += pass.metric_sum;
        run.sums[2] += samples as f64;
        Ok(())
    }

    /// The figures of the finished epochs of this plan.
    fn epoch_metrics(&self) -> Vec<EpochMetrics> {
        let own = self.model.run.own_epochs();
        own.map(|record| EpochMetrics {
            loss: record.loss.into(),
            metric: record.metric.into(),
            test_loss: record.test_loss.map(f64::from),
            test_metric: record.test_metric.map(f64::from),
        })
        .collect()
    }

    /// The schedule's factors for the next batch, or those of the last one if none is left.
    fn lr_factors(&self, batches: usize, metrics: &[EpochMetrics]) -> LrFactors {
        let run = &self.model.run;
        self.plan.schedule.factors(&Place {
            epoch: run.epoch.saturating_sub(run.began),
            epochs: self.plan.epochs,
            batch: run.batch.min((batches as u64).saturating_sub(1)),
            batches: batches as u64,
            lr: self.updater.optimizer.lr(),
            metrics,
        })
    }

    /// The error for a step with numbers that are not finite. If the weights are not finite either, they are reset to
    /// those of `before`.
    fn diverged(&mut self, before: &Parameters, place: String) -> TrainError {
        let network = self.model.network.as_mut();
        let broken = network.filter(|n| n.parameters().iter().any(|(_, p)| !p.value.is_finite()));
        let restored = broken.is_some();
        if let Some(network) = broken
            && let Err(error) = network.set_parameters(before.clone())
        {
            return error.into();
        }
        let Run { epoch, batch, step, .. } = self.model.run;
        let (epoch, batch, step) = (epoch + 1, batch + 1, step + 1);
        TrainError::Diverged(Divergence { epoch, batch, step, place, restored })
    }
}

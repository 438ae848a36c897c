//! Showing single steps to those who watch a run.

use super::Fit;
use crate::group::Group;
use crate::history::MOST_WATCHED;
use crate::{NextStep, PassView, StepNotes, StepView, TrainError, check_pass};
use relume_datasets::Batch;
use relume_layers::{Network, Workspace};

/// A step that is shown once it is made.
pub(super) struct Shown {
    next: NextStep,
    /// The network before it, which shares its numbers until the step changes them.
    before: Network,
    /// Why its pass is not kept, if it is not.
    no_pass: Option<TrainError>,
}

/// The pass of the batch that gives a step, or of the first shard of it that this process has.
pub(super) struct KeptPass {
    pub workspace: Workspace,
    /// The mean loss of its samples.
    pub loss: f32,
    /// What its loss was multiplied by before the backward pass.
    pub factor: f32,
}

impl Fit<'_> {
    /// What is kept of the state before the next batch, if that gives a step which the observer wants to see. Its pass
    /// is kept too, if there is memory for that.
    pub(super) fn begin_shown(
        &mut self,
        batches: usize,
        samples: usize,
    ) -> Result<Option<Shown>, TrainError> {
        let run = &self.model.run;
        let (size, batches) = (self.plan.accumulate.max(1) as u64, batches as u64);
        let done = run.batch + 1;
        if !done.is_multiple_of(size) && done != batches {
            return Ok(None);
        }
        let of_step = (self.plan.batch as u64).saturating_mul(size).max(1);
        let full = self.clock.train_samples as u64 / of_step;
        let steps = batches.div_ceil(size);
        let next = NextStep {
            epoch: run.done() + 1,
            epochs: self.plan.epochs,
            step: run.step + 1,
            is_last_full: done.div_ceil(size) == full.clamp(1, steps.max(1)),
        };
        if !self.group.is_first() || !self.watch.observer.wants_step(&next) {
            return Ok(None);
        }
        let before = self.network()?.clone();
        let no_pass = check_pass(&before, samples).err();
        self.updater.keeps = true;
        self.kept_pass = no_pass.is_none().then(|| KeptPass {
            workspace: Workspace::watching_training(),
            loss: f32::NAN,
            factor: 1.0,
        });
        Ok(Some(Shown { next, before, no_pass }))
    }

    /// Shows the step that was made, and keeps what the observer found; nothing if this process had no samples of it.
    pub(super) fn show_step(
        &mut self,
        shown: Option<Shown>,
        batch: Option<&Batch>,
        loss: f32,
    ) -> Result<(), TrainError> {
        let Some(Shown { next, before, no_pass }) = shown else { return Ok(()) };
        self.updater.keeps = false;
        let gradients = std::mem::take(&mut self.updater.kept);
        let kept = self.kept_pass.take();
        let Some(batch) = batch else { return Ok(()) };
        let pass = match (&kept, &no_pass) {
            (Some(KeptPass { workspace, loss, factor }), _) => {
                Ok(PassView { workspace, loss: *loss, factor: *factor })
            }
            (None, Some(error)) => Err(error),
            (None, None) => return Ok(()),
        };
        let after = self.model.network.as_ref().ok_or(TrainError::NotBuilt)?;
        let view = StepView {
            epoch: self.model.run.epoch + 1,
            step: self.model.run.step,
            before: &before,
            after,
            gradients: &gradients,
            batch,
            pass,
            loss,
            data: &self.data,
            plan: self.plan,
            task: &self.task,
            run: &self.model.run,
        };
        // What it does with the network, it does by itself.
        let observer = &mut self.watch.observer;
        let notes = Group::default().within(|| observer.step(&next, &view));
        let StepNotes { record, warnings } = notes;
        let history = &mut self.model.run.history;
        let is_dropping = record.is_some_and(|record| history.add_watched(record));
        if is_dropping && !std::mem::replace(&mut self.told_dropping, true) {
            self.watch.observer.remark(&format!(
                "more steps are watched than the {MOST_WATCHED} that the history keeps: it drops every second one"
            ));
        }
        warnings.iter().for_each(|text| self.watch.observer.warning(text));
        Ok(())
    }
}

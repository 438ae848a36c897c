//! Watching a run.

use crate::{
    BatchTrace, ComparedRun, EpochRecord, Evaluation, Model, Moment, NextStep, Run, StepNotes,
    StepView, TrainError,
};
use std::time::Duration;

/// The progress of a run after a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The epoch, counted from 1 within the run, also where the run was interrupted and goes on.
    pub epoch: usize,
    /// How many epochs the run has.
    pub epochs: usize,
    /// Batches done in this epoch.
    pub batch: usize,
    /// Batches of an epoch.
    pub batches: usize,
    /// The mean loss of this epoch so far.
    pub loss: f32,
    /// The metric of this epoch so far.
    pub metric: f32,
    /// Samples per second in this call.
    pub samples_per_second: f64,
    /// The estimated time for the rest of this call.
    pub left: Duration,
}

/// Watches a run.
pub trait Observer: Send {
    /// After each batch.
    fn batch(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// After each epoch, with its losses and metrics; `metric` is the metric's name.
    fn epoch(&mut self, progress: &Progress, record: &EpochRecord, metric: &str) {
        let _ = (progress, record, metric);
    }

    /// Whether the run is to stop before its next step, as if it were cancelled there. Those of ranks that train together
    /// are to say the same.
    fn is_done(&self) -> bool {
        false
    }

    /// After each fold of a cross-validation, counted from 0.
    fn fold(&mut self, fold: usize, folds: usize, evaluation: &Evaluation) {
        let _ = (fold, folds, evaluation);
    }

    /// After each training of a comparison or a search: how many are done, and how many there are; `keys` are what
    /// varies.
    fn compared(&mut self, done: usize, all: usize, keys: &[String], run: &ComparedRun) {
        let _ = (done, all, keys, run);
    }

    /// Whether [`Observer::trace`] is wanted: the norm of the gradients is measured for it alone.
    fn wants_trace(&self) -> bool {
        false
    }

    /// After each batch, if that is wanted, with more of its figures than [`Observer::batch`] has.
    fn trace(&mut self, trace: &BatchTrace<'_>) {
        let _ = trace;
    }

    /// Whether the model is to be shown at this moment; after an epoch that is also the last one.
    fn wants_state(&self, moment: Moment, run: &Run) -> bool {
        let _ = (moment, run);
        false
    }

    /// The model between two steps, at a moment that is wanted.
    ///
    /// # Errors
    /// Any that is to end the run.
    fn state(&mut self, model: &Model, moment: Moment) -> Result<(), TrainError> {
        let _ = (model, moment);
        Ok(())
    }

    /// Whether the next step is to be shown to [`Observer::step`]. A step that no observer wants is not kept.
    fn wants_step(&self, next: &NextStep) -> bool {
        let _ = next;
        false
    }

    /// After a step that was wanted. Nothing that an observer does changes the run.
    fn step(&mut self, next: &NextStep, view: &StepView<'_>) -> StepNotes {
        let _ = (next, view);
        StepNotes::default()
    }

    /// Something that is good to know.
    fn remark(&mut self, text: &str) {
        let _ = text;
    }

    /// A warning about something that will probably go wrong.
    fn warning(&mut self, text: &str) {
        let _ = text;
    }
}

/// An observer that ignores all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

//! When a run hands out its state to be saved.

use super::{Fit, Watch};
use crate::{Model, Observer, Run, TrainError};

/// A moment of a run between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the first step of this call.
    Start,
    /// After a step.
    Batch,
    /// After an epoch, which has been evaluated, if another one follows.
    Epoch,
    /// When the run ends, is cancelled, or cannot read its data any more.
    End,
}

/// Saves the state of a run.
pub trait Saver: Send {
    /// Whether the model is to be saved now. It is asked after every step: it must be quick.
    fn wants(&mut self, moment: Moment, run: &Run) -> bool;

    /// Saves the model, from which a run can go on to the same bits.
    ///
    /// # Errors
    /// Any that is to end the run.
    fn save(
        &mut self,
        model: &Model,
        moment: Moment,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError>;
}

/// Saves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotSaved;

impl Saver for NotSaved {
    fn wants(&mut self, _: Moment, _: &Run) -> bool {
        false
    }

    fn save(&mut self, _: &Model, _: Moment, _: &mut dyn Observer) -> Result<(), TrainError> {
        Ok(())
    }
}

impl Fit<'_> {
    /// Has the model saved, with its optimizer, if that is wanted.
    pub(super) fn saved(&mut self, moment: Moment) -> Result<(), TrainError> {
        if !self.watch.saver.wants(moment, &self.model.run) {
            return Ok(());
        }
        self.with_optimizer(|model, watch| watch.saver.save(model, moment, watch.observer))
    }

    /// Shows the model to the observer, with its optimizer, if that wants to see it.
    pub(super) fn shown(&mut self, moment: Moment) -> Result<(), TrainError> {
        if !self.watch.observer.wants_state(moment, &self.model.run) {
            return Ok(());
        }
        self.with_optimizer(|model, watch| watch.observer.state(model, moment))
    }

    /// Does something with the model while that has its optimizer.
    fn with_optimizer(
        &mut self,
        act: impl FnOnce(&Model, &mut Watch<'_>) -> Result<(), TrainError>,
    ) -> Result<(), TrainError> {
        let optimizer = &mut self.updater.optimizer;
        let spec = optimizer.spec().clone();
        self.model.optimizer =
            Some(std::mem::replace(optimizer, relume_optimizers::Optimizer::new(spec)));
        let result = act(self.model, &mut self.watch);
        if let Some(own) = self.model.optimizer.take() {
            *optimizer = own;
        }
        result
    }
}

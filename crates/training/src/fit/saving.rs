//! When a run hands out its state to be saved.

use super::Fit;
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
        let optimizer = &mut self.updater.optimizer;
        let spec = optimizer.spec().clone();
        self.model.optimizer =
            Some(std::mem::replace(optimizer, relume_optimizers::Optimizer::new(spec)));
        let saved = self.watch.saver.save(self.model, moment, self.watch.observer);
        if let Some(own) = self.model.optimizer.take() {
            *optimizer = own;
        }
        saved
    }
}

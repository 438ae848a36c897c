//! When a run hands out its state to be saved.

use super::sharded::Spread;
use super::{Fit, Watch};
use crate::group::Group;
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
        let is_wanted = self.group.is_first() && self.watch.saver.wants(moment, &self.model.run);
        self.with_optimizer_if(is_wanted, |model, watch| {
            watch.saver.save(model, moment, watch.observer)
        })
    }

    /// Shows the model to the observer, with its optimizer, if that wants to see it.
    pub(super) fn shown(&mut self, moment: Moment) -> Result<(), TrainError> {
        let is_wanted =
            self.group.is_first() && self.watch.observer.wants_state(moment, &self.model.run);
        self.with_optimizer_if(is_wanted, |model, watch| watch.observer.state(model, moment))
    }

    /// Does something with the model while that has its optimizer, if that is wanted on this rank.
    fn with_optimizer_if(
        &mut self,
        is_wanted: bool,
        act: impl FnOnce(&Model, &mut Watch<'_>) -> Result<(), TrainError>,
    ) -> Result<(), TrainError> {
        if let Some(spread) = &self.spread {
            // Rank 0 wants what all of them have.
            let wanted = self.group.is_first().then_some(is_wanted);
            if !self.group.broadcast("whether the state is saved", wanted)? {
                return Ok(());
            }
            let mut whole = self.model.clone();
            whole.optimizer = Some(self.updater.optimizer.clone());
            gather_states(spread, &self.group, &mut whole)?;
            return match is_wanted {
                true => Group::default().within(|| act(&whole, &mut self.watch)),
                false => Ok(()),
            };
        }
        if !is_wanted {
            return Ok(());
        }
        let optimizer = &mut self.updater.optimizer;
        let spec = optimizer.spec().clone();
        self.model.optimizer =
            Some(std::mem::replace(optimizer, relume_optimizers::Optimizer::new(spec)));
        // What is done with it is done on this rank alone.
        let result = Group::default().within(|| act(self.model, &mut self.watch));
        if let Some(own) = self.model.optimizer.take() {
            *optimizer = own;
        }
        result
    }
}

/// Gives a model the whole states of its optimizers, of which each rank has a part.
///
/// # Errors
/// A rank that is gone, or that failed.
pub(super) fn gather_states(
    spread: &Spread,
    group: &Group,
    model: &mut Model,
) -> Result<(), TrainError> {
    let network = model.network.as_ref().ok_or(TrainError::NotBuilt)?;
    let parameters = network.parameters().shapes();
    let best = model.best_state.as_mut().and_then(|best| best.optimizer.as_mut());
    for optimizer in model.optimizer.iter_mut().chain(best) {
        *optimizer = spread.whole(group, optimizer, &parameters)?;
    }
    Ok(())
}

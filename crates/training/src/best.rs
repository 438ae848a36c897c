//! The state of a plan's best epoch, which the plan leaves at its end.

use crate::{Model, TrainError};
use relume_layers::Parameters;
use relume_optimizers::Optimizer;

/// What the best epoch of a plan left.
#[derive(Clone, Debug)]
pub(crate) struct BestState {
    /// The weights and buffers, as training goes on from them: a moving average is the optimizer's.
    pub parameters: Parameters,
    /// The optimizer with its state; none in a file that does not hold it.
    pub optimizer: Option<Optimizer>,
}

impl Model {
    /// It with the best weights of its plan and the optimizer's state that belongs to them, as the plan leaves it, or
    /// would if it ended here; `None` if it keeps none.
    ///
    /// # Errors
    /// Weights that do not fit the network, which cannot be.
    pub fn best(&self) -> Result<Option<Model>, TrainError> {
        if self.best_state.is_none() {
            // The end of the plan has given it the best ones.
            let has_taken = self.run.ended && self.run.best.is_some();
            return Ok(has_taken.then(|| self.clone()));
        }
        let mut model = self.clone();
        model.take_best_state()?;
        model.run.ended = true;
        Ok(Some(model))
    }

    /// Goes back to the state of the best epoch, if it is kept. The place in the run and its history stay.
    pub(crate) fn take_best_state(&mut self) -> Result<(), TrainError> {
        let Some(BestState { parameters, optimizer }) = self.best_state.take() else {
            return Ok(());
        };
        self.network.as_mut().ok_or(TrainError::NotBuilt)?.set_parameters(parameters)?;
        self.optimizer = optimizer;
        Ok(())
    }
}

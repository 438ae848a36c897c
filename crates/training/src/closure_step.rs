//! A training step that evaluates the loss at several points: L-BFGS.

use crate::TrainError;
use crate::plan::Clipping;
use crate::step::{ForwardPass, Step, Update, backward};
use relume_layers::{Mode, Network, ParameterId};
use relume_optimizers::{LrFactors, Optimizer, OptimizerError};
use relume_tensor::interrupt::cancellable;
use relume_tensor::{Tensor, TensorError};

/// Why a step ends early.
enum Halt {
    /// An error.
    Error(TrainError),
    /// The loss, or the gradient of a parameter, is not finite.
    NotFinite(String),
}

impl From<TrainError> for Halt {
    fn from(error: TrainError) -> Self {
        Halt::Error(error)
    }
}

impl From<OptimizerError> for Halt {
    fn from(error: OptimizerError) -> Self {
        Halt::Error(error.into())
    }
}

impl From<TensorError> for Halt {
    fn from(error: TensorError) -> Self {
        Halt::Error(error.into())
    }
}

/// Updates all trained parameters together. The batch has already passed through once; every further pass draws the
/// same random numbers, so that the loss is one function of the parameters for the whole step.
pub(crate) fn update(
    optimizer: &mut Optimizer,
    step: Step<'_>,
    gradients: &mut Vec<Option<Tensor>>,
    clipping: Clipping,
    factors: LrFactors,
) -> Result<Update, TrainError> {
    let Step { task, network, workspace, batch, pass, rng, interrupt } = step;
    let trained = network.parameters().iter().filter(|(_, parameter)| parameter.is_trained());
    let (ids, mut values): (Vec<ParameterId>, Vec<Tensor>) =
        trained.map(|(id, parameter)| (id, parameter.value.clone())).unzip();
    let mut first = Some((pass.loss, pass.value));
    let result = optimizer.update_together::<Halt>(&mut values, factors, |values| {
        let (loss, value) = match first.take() {
            Some(first) => first,
            None => {
                put(network, &ids, values);
                network.set_rng(rng.clone());
                let pass = cancellable(interrupt, || {
                    ForwardPass::run(task, network, workspace, batch, Mode::Training)
                });
                let pass = pass.map_err(TrainError::from)??;
                (pass.loss, pass.value)
            }
        };
        if !value.is_finite() {
            return Err(Halt::NotFinite("the loss on the way of an lbfgs step".to_string()));
        }
        let backward = cancellable(interrupt, || backward(network, workspace, gradients, loss));
        if let Some(name) = backward.map_err(TrainError::from)?? {
            return Err(Halt::NotFinite(format!("the gradient of {name}")));
        }
        clipping.apply(gradients)?;
        Ok((f64::from(value), ids.iter().filter_map(|id| gradients[id.index()].take()).collect()))
    });
    put(network, &ids, &values);
    match result {
        Ok(_) => Ok(Update::Done),
        Err(Halt::NotFinite(place)) => Ok(Update::NotFinite(place)),
        Err(Halt::Error(error)) => Err(error),
    }
}

/// Copies numbers into the network's parameters.
fn put(network: &mut Network, ids: &[ParameterId], values: &[Tensor]) {
    for (&id, value) in ids.iter().zip(values) {
        network.parameters_mut().get_mut(id).value = value.clone();
    }
}

//! A training step that evaluates the loss at several points: L-BFGS.

use crate::TrainError;
use crate::plan::Clipping;
use crate::step::Update;
use relume_layers::{Network, ParameterId};
use relume_optimizers::{LrFactors, Optimizer, OptimizerError};
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

/// The loss of a batch at some point, with its gradients.
pub(crate) enum Evaluated {
    /// All numbers are finite.
    Finite {
        /// The mean loss.
        loss: f64,
        /// Its gradients, of all parameters in order.
        gradients: Vec<Option<Tensor>>,
    },
    /// What is not finite.
    NotFinite(String),
}

impl Evaluated {
    /// A loss that is not finite.
    pub fn not_finite_loss() -> Self {
        Evaluated::NotFinite("the loss on the way of an lbfgs step".to_string())
    }
}

/// Updates all trained parameters together. `evaluate` gives the loss at the network's current parameters.
pub(crate) fn update(
    optimizer: &mut Optimizer,
    network: &mut Network,
    mut evaluate: impl FnMut(&mut Network) -> Result<Evaluated, TrainError>,
    clipping: Clipping,
    factors: LrFactors,
) -> Result<Update, TrainError> {
    let trained = network.parameters().iter().filter(|(_, parameter)| parameter.is_trained());
    let (ids, mut values): (Vec<ParameterId>, Vec<Tensor>) =
        trained.map(|(id, parameter)| (id, parameter.value.clone())).unzip();
    let mut is_first = true;
    let result = optimizer.update_together::<Halt>(&mut values, factors, |values| {
        if !std::mem::take(&mut is_first) {
            put(network, &ids, values);
        }
        match evaluate(network)? {
            Evaluated::NotFinite(place) => Err(Halt::NotFinite(place)),
            Evaluated::Finite { loss, mut gradients } => {
                clipping.apply(&mut gradients)?;
                Ok((loss, ids.iter().filter_map(|id| gradients[id.index()].take()).collect()))
            }
        }
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

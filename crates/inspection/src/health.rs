//! The health of a network on one batch: the outputs of each stage, and the gradients that come back.

use crate::statistics::{Statistics, UnitStatistics, units};
use relume_autograd::{AutogradError, Var};
use relume_layers::{LayerError, Mode, Network, ParameterId, Stage, Workspace};
use relume_tensor::{Array, Tensor};
use serde::Serialize;

/// The state of a network on one batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// The stages, first to last.
    pub stages: Vec<StageHealth>,
    /// The parameters that are trained.
    pub parameters: Vec<ParameterHealth>,
    /// The loss on the batch.
    pub loss: f32,
    /// The learning rate by which updates are judged.
    pub lr: f64,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageHealth {
    /// Its index.
    pub index: usize,
    /// The stage as text.
    pub stage: String,
    /// Its outputs.
    pub output: Statistics,
    /// The root mean square of the loss's gradient with respect to its outputs; `None` if no gradient flows.
    pub gradient: Option<f32>,
    /// Dead units and saturated values, for activation functions that can have them.
    pub units: Option<UnitStatistics>,
}

/// One trained parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterHealth {
    /// Its name.
    pub name: String,
    /// The root mean square of its numbers.
    pub weight: f32,
    /// The root mean square of its gradient; `None` if no gradient reaches it.
    pub gradient: Option<f32>,
}

/// Passes a batch forward and backward through a network, as in training but without changing anything.
///
/// `loss` puts the loss of the network's output onto the workspace's tape.
///
/// # Errors
/// A batch that the network or the loss refuses.
pub fn inspect<E: From<LayerError> + From<AutogradError>>(
    network: &Network,
    batch: &Array,
    lr: f64,
    loss: impl FnOnce(&mut Workspace, Var) -> Result<Var, E>,
) -> Result<Health, E> {
    // The clone takes the changes of the pass: running statistics and the generator.
    let mut network = network.clone();
    let mut workspace = Workspace::recording();
    workspace.tape.keep_all_gradients();
    let x = workspace.tape.constant(batch.clone());
    let mut outputs = Vec::new();
    let watch = |_: usize, value: Var| outputs.push(value);
    let y = network.forward_watched(&mut workspace, x, Mode::Training, watch)?;
    let loss = loss(&mut workspace, y)?;
    workspace.tape.backward(loss)?;

    let tape = &workspace.tape;
    let stages = network.spec().layers.iter().zip(&outputs).enumerate();
    let stages = stages.map(|(index, (stage, &var))| StageHealth {
        index,
        stage: stage.to_string(),
        output: Statistics::of(tape.value(var)),
        gradient: tape.gradient(var).map(rms),
        units: unit_health(stage, tape.value(var)),
    });
    let trained = network.parameters().iter().filter(|(_, parameter)| parameter.is_trained());
    let gradient = |id: ParameterId| tape.gradient(workspace.variable(id)?).map(rms);
    let parameters = trained.map(|(id, parameter)| ParameterHealth {
        name: parameter.name.clone(),
        weight: rms(&parameter.value),
        gradient: gradient(id),
    });
    Ok(Health {
        stages: stages.collect(),
        parameters: parameters.collect(),
        loss: tape.value(loss).sum(),
        lr,
    })
}

fn rms(values: &Tensor) -> f32 {
    values.norm() / (values.count().max(1) as f32).sqrt()
}

/// Dead units and saturated values of an activation's output; `None` for stages without flat parts.
fn unit_health(stage: &Stage, output: &Tensor) -> Option<UnitStatistics> {
    let Stage::Activation(activation) = stage else { return None };
    let facts = activation.inner().facts();
    facts
        .can_die_or_saturate()
        .then(|| units(output, |y| facts.is_off(y), |y| facts.is_saturated(y)))
}

//! Examining an activation function: its shape, and what it does to signals and gradients.

mod beyond;
mod breaks;
mod curve;
mod cusps;
mod normal;
mod own;
mod poles;
mod sampled;
mod shape;
mod trained;

pub use normal::{Depth, Moments};
pub use own::{Fault, OwnFault, fault_of_own_activation};
pub use shape::{Direction, Extreme, FunctionShape};
pub use trained::TrainedActivation;

use crate::plot::{Chart, Series};
use curve::Curve;
use relume_activations::ActivationSpec;
use relume_autograd::AutogradError;
use relume_layers::Stage;
use relume_layers::initializers::Nonlinearity;
use serde::Serialize;
use thiserror::Error;

/// Points of a line in a chart.
const POINTS: usize = 400;

/// An activation function that cannot be examined.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ExamineError {
    /// Not a function of each number for itself.
    #[error("{0} is no function of each number for itself, so it has no curve")]
    NotElementwise(String),
    /// The operation refused numbers.
    #[error(transparent)]
    Operation(#[from] AutogradError),
}

/// What an activation function is like, with the values of its trained parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Examination {
    /// The function as a table names it.
    pub name: String,
    /// The function as text that parses back.
    pub function: String,
    /// Its shape.
    #[serde(flatten)]
    pub shape: FunctionShape,
    /// What it makes of normally distributed inputs.
    pub normal: Moments,
    /// PyTorch's `calculate_gain`, if that knows the function.
    pub pytorch_gain: Option<f64>,
    /// What becomes of signals and gradients through many layers.
    pub depth: Depth,
}

/// Examines an activation function.
///
/// # Errors
/// One that is no function of each number for itself, such as softmax.
pub fn examine(trained: &TrainedActivation) -> Result<Examination, ExamineError> {
    let activation = &trained.activation;
    let curve = Curve::of(trained)?;
    let normal = Moments::of(&curve)?;
    Ok(Examination {
        name: Stage::from(activation.clone()).label(),
        function: activation.to_string(),
        shape: FunctionShape::of(&curve)?,
        normal,
        pytorch_gain: pytorch_gain(activation),
        depth: Depth::of(&curve, normal.gain)?,
    })
}

/// The shape of an activation function alone.
///
/// # Errors
/// As [`examine`].
pub fn function_shape(trained: &TrainedActivation) -> Result<FunctionShape, ExamineError> {
    FunctionShape::of(&Curve::of(trained)?)
}

/// The curves of activation functions and of their derivatives from `low` to `high`.
///
/// # Errors
/// As [`examine`].
pub fn curves(
    activations: &[TrainedActivation],
    [low, high]: [f64; 2],
) -> Result<Chart, ExamineError> {
    let step = (high - low) / (POINTS - 1) as f64;
    let points: Vec<f32> = (0..POINTS).map(|i| (low + step * i as f64) as f32).collect();
    let names: Vec<String> =
        activations.iter().map(|own| Stage::from(own.activation.clone()).label()).collect();
    let mut chart = Chart::new(format!("{} and derivative", names.join(", ")), "x");
    for (activation, name) in activations.iter().zip(&names) {
        let numbers = Curve::of(activation)?.at(&points)?;
        for (name, numbers) in [name.clone(), format!("{name}'")].into_iter().zip(numbers) {
            let line = points.iter().zip(numbers).map(|(&x, y)| (f64::from(x), f64::from(y)));
            chart = chart.with(Series::new(name, line.collect()));
        }
    }
    Ok(chart)
}

fn pytorch_gain(activation: &ActivationSpec) -> Option<f64> {
    use ActivationSpec as A;
    let gain = |nonlinearity: Nonlinearity| Some(nonlinearity.gain(0.01));
    match activation {
        A::Identity(_) => gain(Nonlinearity::Linear),
        A::Sigmoid(_) => gain(Nonlinearity::Sigmoid),
        A::Tanh(_) => gain(Nonlinearity::Tanh),
        A::Relu(_) => gain(Nonlinearity::Relu),
        A::LeakyRelu(own) => Some(Nonlinearity::LeakyRelu.gain(own.slope)),
        A::Selu(_) => gain(Nonlinearity::Selu),
        _ => None,
    }
}

//! Activation functions with the values that their parameters have in a network.

use super::curve::fitted;
use relume_activations::{ActivationSpec, Prelu};
use relume_tensor::{Shape, Tensor};
use std::borrow::Cow;

/// An activation function with the values of its trained parameters.
#[derive(Clone, Debug)]
pub struct TrainedActivation {
    /// The function.
    pub activation: ActivationSpec,
    /// The values in the order of the function's parameters; `None` for those with which training begins.
    pub parameters: Option<Vec<Tensor>>,
}

/// With the values with which training begins.
impl From<ActivationSpec> for TrainedActivation {
    fn from(activation: ActivationSpec) -> Self {
        TrainedActivation { activation, parameters: None }
    }
}

impl TrainedActivation {
    /// The function for a single unit: a curve is that of one.
    pub(super) fn one_unit(&self) -> ActivationSpec {
        match &self.activation {
            ActivationSpec::Prelu(own) => Prelu { num_parameters: 1, ..own.clone() }.into(),
            other => other.clone(),
        }
    }

    /// The names and values of the parameters of one unit; of parameters with one number for each unit their mean.
    pub fn values(&self) -> Vec<(Cow<'static, str>, Tensor)> {
        let first = self.one_unit().inner().parameters(Shape::from([1]));
        let Some(parameters) = &self.parameters else { return first };
        let pairs = first.into_iter().zip(parameters);
        pairs.map(|((name, first), own)| (name, fitted(own, &first))).collect()
    }
}

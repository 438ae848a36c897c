//! Trained constants of activation functions.

use super::Function;
use super::call::Call;
use crate::{Failure, Value};
use relume_activations::ConstantShape;
use relume_catalog::Spec;

/// A constant that is trained where its function is a stage of a network.
///
/// It stands among the parameters of a function of one number. Training begins with its value, and the function is that
/// value everywhere else. With shape="units" there is one for each unit, or for each channel of an image: along the
/// axis after the batch's. With shape="features" there is one along the last axis. A number in a call of the function,
/// swoosh(beta=2), is where its training begins; `freeze net layers=[1]` holds it.
///
/// ```relume
/// swoosh(x, beta=param(1)) = x * sigmoid(beta * x)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Param {
    /// The value that training begins with.
    pub value: f64,
    /// One number for the stage, or one for each unit or feature.
    #[spec(default = ConstantShape::One)]
    pub shape: ConstantShape,
}

impl Function for Param {
    fn call(self, _: &mut Call<'_>) -> Result<Value, Failure> {
        Ok(Value::Number(self.value))
    }
}

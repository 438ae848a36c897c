//! The dense (fully connected) layer.

use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, ops,
};
use relume_autograd::Op;
use relume_catalog::{Described, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// Each output is a weighted sum of all inputs, plus a bias.
///
/// y = x W^T + b. Takes `[features]`, or a sequence `[time, features]` step by step. Parameters: `weight`
/// `[units, inputs]`, `bias` `[units]`.
///
/// ```relume
/// net = dense(128) -> relu -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["linear"], positional = 1)]
pub struct Dense {
    /// Number of outputs.
    #[spec(positive)]
    pub units: usize,
    /// Number of inputs; inferred, and checked if given.
    #[spec(positive)]
    pub inputs: Option<usize>,
    /// Whether a bias is added.
    #[spec(default = true)]
    pub bias: bool,
    /// Initial values of the weight.
    #[spec(default = crate::initializers::Default)]
    pub init: InitializerSpec,
    /// Initial values of the bias.
    #[spec(default = crate::initializers::Default)]
    pub bias_init: InitializerSpec,
}

impl LayerKind for Dense {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let features = match *input {
            [features] | [_, features] => features,
            _ => {
                return Err(InputMismatch::new("wants one row of features")
                    .help(format!(
                        "put flatten before it: {{before}} -> flatten -> {}",
                        self.text()
                    ))
                    .into());
            }
        };
        match self.inputs {
            Some(inputs) if inputs != features => {
                Err(InputMismatch::new(format!("wants {inputs} features"))
                    .help(format!("write inputs={features}, or leave inputs out: it is inferred"))
                    .into())
            }
            _ => Ok(input.with_axis(input.rank() - 1, self.units)),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let inputs = input.last().copied().unwrap_or(1);
        let fans = [inputs, self.units];
        let mut parameters =
            vec![builder.parameter("weight", [self.units, inputs], &self.init, fans)];
        if self.bias {
            parameters.push(builder.parameter("bias", self.units, &self.bias_init, fans));
        }
        Ok(Arc::new(Operation::new(&ops::Linear as &'static dyn Op, parameters)))
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.init, &self.bias_init]
    }
}

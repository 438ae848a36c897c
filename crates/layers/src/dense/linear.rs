//! The dense (fully connected) layer.

use crate::{
    Builder, InitializerSpec, Layer, LayerError, LayerKind, Operation, Refusal, Unfit, ops,
};
use relume_autograd::Op;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// y = x W^T + b for each row of features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// The number of outputs.
    pub units: usize,
    /// The number of inputs, where it is to be checked.
    pub inputs: Option<usize>,
    /// Whether a bias is added.
    pub bias: bool,
    /// How the weight starts.
    pub init: InitializerSpec,
    /// How the bias starts.
    pub bias_init: InitializerSpec,
}

impl Described for Dense {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "dense",
        aliases: &["linear"],
        summary: "each output is a weighted sum of all inputs, plus a bias",
        details: "y = x W^T + b. Takes `[features]`, or a sequence `[time, features]` step by step. Parameters: `weight` [units, inputs], `bias` [units].",
        arguments: &[
            Argument::new("units", Type::COUNT, "number of outputs"),
            Argument::new(
                "inputs",
                Type::COUNT,
                "number of inputs; inferred, and checked if given",
            )
            .optional(),
            Argument::new("bias", Type::Boolean, "whether a bias is added").or_boolean(true),
            Argument::new("init", Type::Spec(Kind::Initializer), "how the weight starts")
                .or_spec("default"),
            Argument::new("bias_init", Type::Spec(Kind::Initializer), "how the bias starts")
                .or_spec("default"),
        ],
        example: "net = dense(128) -> relu -> dense(10)",
    };
}

impl LayerKind for Dense {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        let features = match *input {
            [features] | [_, features] => features,
            _ => {
                return Err(Unfit::new("wants one row of features")
                    .help(format!(
                        "put flatten before it: {{before}} -> flatten -> {}",
                        self.text()
                    ))
                    .into());
            }
        };
        match self.inputs {
            Some(inputs) if inputs != features => {
                Err(Unfit::new(format!("wants {inputs} features"))
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
}

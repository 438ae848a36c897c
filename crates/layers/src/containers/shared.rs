//! One set of parameters in several places of a network.

use crate::containers::chain::ChainLayer;
use crate::{Builder, Layer, LayerError, LayerKind, NetworkSpec, Refusal};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Layers whose parameters are one and the same wherever they stand in a network under one name.
///
/// Every place carries the layers, so a specification says all by itself; the first one makes the parameters, which bear its
/// name (`0.0.weight`), and the others use them. Gradients of all places are summed, as they meet in one variable on the tape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shared {
    /// The layers.
    pub body: NetworkSpec,
    /// What tells it apart from other shared layers.
    pub name: String,
}

impl Described for Shared {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "shared",
        aliases: &[],
        summary: "layers that use the same parameters in all places where they stand",
        details: "`step = shared(dense(32) -> tanh)` and `net = dense(32) -> step -> step -> step -> dense(2)` apply one set of weights three times; its gradients are summed. Sets are told apart by `name`: the same layers under two names have two sets. Parameters bear the name of the first place. In branches, `concat(step, permute([2, 1]) -> step)` looks at the input in two ways through the same layers.",
        arguments: &[
            Argument::new("body", Type::Network, "the layers"),
            Argument::new("name", Type::Text, "what tells it apart from others").or_text(""),
        ],
        example: "step = shared(dense(8) -> tanh)\nnet = dense(8) -> step -> step -> step -> dense(2)",
    };

    fn text(&self) -> String {
        match self.name.as_str() {
            "" => format!("shared({})", self.body),
            name => format!("shared({}, name={name:?})", self.body),
        }
    }
}

impl LayerKind for Shared {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_beside(input, None)
    }

    fn output_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        self.body.output_inside(input, memory)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(ChainLayer(builder.shared(&self.name, &self.body, input)?)))
    }
}

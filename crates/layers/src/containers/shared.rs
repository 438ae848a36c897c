//! One set of parameters in several places of a network.

use crate::containers::chain::ChainLayer;
use crate::{Builder, InnerNetwork, Layer, LayerError, LayerKind, NetworkSpec, Refusal};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Layers that use the same parameters in all their places.
///
/// `step = shared(dense(32) -> tanh)` and `net = dense(32) -> step -> step -> step -> dense(2)` apply one set of
/// weights three times; its gradients are summed. Sets are distinguished by `name`: the same layers under two names
/// have two sets. Parameters have the name of the first place. In branches, `concat(step, permute([2, 1]) -> step)`
/// passes the input in two orders through the same layers.
///
/// ```relume
/// step = shared(dense(8) -> tanh)
/// net = dense(8) -> step -> step -> step -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, text = Self::own_text)]
pub struct Shared {
    /// The layers.
    pub body: NetworkSpec,
    /// The name that distinguishes it from others.
    #[spec(default = "")]
    pub name: String,
}

impl Shared {
    fn own_text(&self) -> String {
        match self.name.as_str() {
            "" => format!("shared({})", self.body),
            name => format!("shared({}, name={name:?})", self.body),
        }
    }
}

impl LayerKind for Shared {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_shape_beside(input, None)
    }

    fn output_shape_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        self.body.output_inside(input, memory)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(ChainLayer(builder.shared(&self.name, &self.body, input)?)))
    }

    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        vec![InnerNetwork::body(&self.body)]
    }
}

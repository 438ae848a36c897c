//! Layers one after another as one stage.

use crate::{
    Builder, InnerNetwork, Layer, LayerError, LayerKind, NetworkSpec, Pass, Refusal,
    network::Chain as Built,
};
use relume_autograd::Var;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Layers one after another that count as one stage, for summaries, freezing and names.
///
/// Brackets alone, as in `(dense(8) -> relu) * 3`, join the layers to the network around them. Parameters are named as
/// in a PyTorch `Sequential` inside another: `2.0.weight`.
///
/// ```relume
/// net = chain(dense(32) -> relu -> dense(16)) -> relu -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, text = Self::own_text)]
pub struct Chain {
    /// The layers inside.
    pub body: NetworkSpec,
    /// Its name, for readers.
    #[spec(default = "", omit_default)]
    pub name: String,
}

impl Chain {
    fn own_text(&self) -> String {
        match self.name.as_str() {
            "" => format!("chain({})", self.body),
            name => format!("chain({}, name={name:?})", self.body),
        }
    }
}

impl LayerKind for Chain {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_shape_beside(input, None)
    }

    fn output_shape_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        self.body.output_inside(input, memory)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(ChainLayer(Built::build(&self.body, input, builder)?)))
    }

    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        vec![InnerNetwork::body(&self.body)]
    }
}

/// A built chain as a layer.
#[derive(Debug)]
pub(crate) struct ChainLayer(pub Built);

impl Layer for ChainLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        self.0.forward(pass, x)
    }

    /// Each layer inside is asked separately.
    fn takes_indices(&self) -> bool {
        true
    }
}

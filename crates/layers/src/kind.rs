//! The behaviour of a stage of a network before it is built.

use crate::{Builder, InitializerSpec, Layer, LayerError, NetworkSpec, Refusal};
use relume_tensor::Shape;
use std::sync::Arc;

/// The behaviour of a stage of a network before it is built.
pub trait LayerKind {
    /// The shape of a sample after the stage.
    ///
    /// # Errors
    /// An input that it cannot take, with what it needs instead.
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal>;

    /// The same if the sample may attend to `memory`, the shape of an encoder's output.
    ///
    /// # Errors
    /// An input that it cannot take, with what it needs instead.
    fn output_shape_beside(&self, input: Shape, _memory: Option<Shape>) -> Result<Shape, Refusal> {
        self.output_shape(input)
    }

    /// The stage with its parameters, for samples of shape `input` (which [`LayerKind::output_shape`] accepts).
    /// [`Network::build`](crate::Network::build) calls it after it has checked the options of all stages, and
    /// [`Builder::stage`] after those of one; it is not to be called directly.
    ///
    /// # Errors
    /// Shapes that do not follow one another inside it.
    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError>;

    /// The initial values of its parameters, in the order of its arguments: those of the weight first. Only the
    /// weight's may use data.
    fn initializers(&self) -> Vec<&InitializerSpec> {
        Vec::new()
    }

    /// Whether it uses what belongs to the whole batch where that is cut into shards. Networks inside it do not count.
    fn is_synchronised(&self) -> bool {
        false
    }

    /// The networks inside the stage, in the order of its arguments.
    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        Vec::new()
    }
}

/// A network inside a stage.
#[derive(Clone, Debug)]
pub struct InnerNetwork<'a> {
    /// The stage's argument that holds it: `body`, or `branches.1` for the second of a list.
    pub argument: String,
    /// The prefix of its parameters' names inside the stage, without the dot; empty if they begin with the indices of
    /// its own stages.
    pub prefix: String,
    /// The network.
    pub spec: &'a NetworkSpec,
}

impl<'a> InnerNetwork<'a> {
    /// A network whose parameters' names begin with the name of its argument.
    pub fn named(argument: impl Into<String>, spec: &'a NetworkSpec) -> Self {
        let argument = argument.into();
        InnerNetwork { prefix: argument.clone(), argument, spec }
    }

    /// The network of the argument `body` whose parameters' names begin with the indices of its stages.
    pub fn body(spec: &'a NetworkSpec) -> Self {
        InnerNetwork { argument: "body".to_string(), prefix: String::new(), spec }
    }
}

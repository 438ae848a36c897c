//! What a stage of a network can do before it is built.

use crate::{Builder, Layer, LayerError, NetworkSpec, Refusal};
use relume_tensor::Shape;
use std::sync::Arc;

/// What a stage of a network can do before it is built.
pub trait LayerKind {
    /// The shape of a sample behind the stage.
    ///
    /// # Errors
    /// What it wants instead.
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal>;

    /// The same where the sample may look at `memory`, the shape of what an encoder gave: for those that care.
    ///
    /// # Errors
    /// What it wants instead.
    fn output_shape_beside(&self, input: Shape, _memory: Option<Shape>) -> Result<Shape, Refusal> {
        self.output_shape(input)
    }

    /// The stage with its parameters, for samples of shape `input` (which [`LayerKind::output_shape`] accepts).
    ///
    /// # Errors
    /// Shapes that do not follow one another inside of it.
    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError>;

    /// The networks inside of the stage, in the order of its arguments.
    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        Vec::new()
    }
}

/// A network inside of a stage.
#[derive(Clone, Debug)]
pub struct InnerNetwork<'a> {
    /// The stage's argument that holds it: `body`, or `branches.1` for the second of a list.
    pub argument: String,
    /// What its parameters' names begin with, inside of the stage and without the point after it; empty where they begin with
    /// the indices of its own stages.
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

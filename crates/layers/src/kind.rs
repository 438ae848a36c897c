//! What a stage of a network can do before it is built.

use crate::{Builder, Layer, LayerError, Refusal};
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
}

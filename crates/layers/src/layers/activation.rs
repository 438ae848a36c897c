//! Activation functions as stages.

use super::{LayerKind, Operation, Refusal};
use crate::{Builder, Layer, LayerError, Tail};
use relume_activations::ActivationSpec;
use relume_tensor::{Shape, Tensor};
use std::sync::Arc;

impl LayerKind for ActivationSpec {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        Ok(input)
    }

    fn build(&self, _: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let activation = self.inner();
        let parameters = match activation.parameter() {
            Some((name, values)) => vec![builder.parameter_from(name, Tensor::vector(&values))],
            None => Vec::new(),
        };
        let tail = if let ActivationSpec::Relu(_) = self { Tail::Relu } else { Tail::Separate };
        Ok(Arc::new(Operation { tail, ..Operation::new(activation.op(), parameters) }))
    }
}

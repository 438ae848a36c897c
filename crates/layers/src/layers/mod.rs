//! The layers: each file a specification, its description, its shapes and how it is built.

mod activation;
mod batchnorm;
mod concat;
mod conv2d;
mod dense;
mod dropout;
mod flatten;
mod globalavgpool;
mod lstm;
mod maxpool2d;
mod residual;

pub use batchnorm::Batchnorm;
pub use concat::Concat;
pub use conv2d::{Conv2d, Padding};
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use globalavgpool::Globalavgpool;
pub use lstm::{Lstm, Output};
pub use maxpool2d::Maxpool2d;
pub use residual::Residual;

use crate::{Builder, Layer, LayerError, ParameterId, Pass, Tail};
use relume_autograd::{OpRef, Var};
use relume_catalog::table;
use relume_tensor::Shape;
use std::sync::Arc;

pub use crate::spec::Refusal;

/// What a stage of a network can do before it is built.
pub trait LayerKind {
    /// The shape of a sample behind the stage.
    ///
    /// # Errors
    /// What it wants instead.
    fn output(&self, input: Shape) -> Result<Shape, Refusal>;

    /// The stage with its parameters, for samples of shape `input` (which [`LayerKind::output`] accepts).
    ///
    /// # Errors
    /// Shapes that do not follow one another inside of it.
    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError>;
}

table! {
    /// Every layer that is not an activation function.
    pub enum LayerSpec: dyn LayerKind {
        Dense, Conv2d, Maxpool2d, Globalavgpool, Flatten, Batchnorm, Dropout, Lstm, Residual, Concat,
    }
}

/// A layer that is one operation on its input, with a few parameters beside it.
#[derive(Debug)]
struct Operation {
    op: OpRef,
    parameters: Vec<ParameterId>,
    tail: Tail,
}

impl Operation {
    fn new(op: impl Into<OpRef>, parameters: Vec<ParameterId>) -> Self {
        Operation { op: op.into(), parameters, tail: Tail::Separate }
    }
}

impl Layer for Operation {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let mut inputs = [x; 8];
        for (slot, &id) in inputs[1..].iter_mut().zip(&self.parameters) {
            *slot = pass.parameter(id);
        }
        Ok(pass.tape.apply(&self.op, &inputs[..=self.parameters.len()])?)
    }

    fn tail(&self) -> Tail {
        self.tail
    }
}

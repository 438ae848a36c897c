//! The layers: each file a specification, its description, its shapes and how it is built.

mod activation;
mod batchnorm;
mod concat;
mod conv2d;
mod dense;
mod dropout;
mod embedding;
mod embedding_bag;
mod encoder_decoder;
mod flatten;
mod globalavgpool;
mod gru;
mod lstm;
mod masking;
mod maxpool2d;
mod multihead_attention;
mod pool_over_time;
mod positions;
mod recurrent;
mod residual;
mod rnn;
mod transformer;

pub use batchnorm::Batchnorm;
pub use concat::Concat;
pub use conv2d::{Conv2d, Padding};
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use embedding_bag::{EmbeddingBag, Pooling};
pub use encoder_decoder::EncoderDecoder;
pub use flatten::Flatten;
pub use globalavgpool::Globalavgpool;
pub use gru::Gru;
pub use lstm::Lstm;
pub use masking::Masking;
pub use maxpool2d::Maxpool2d;
pub use multihead_attention::MultiheadAttention;
pub use pool_over_time::{PoolOverTime, TimePooling};
pub use positions::{LearnedPositions, SinusoidalPositions};
pub use recurrent::Output;
pub use residual::Residual;
pub use rnn::Rnn;
pub use transformer::{TransformerDecoder, TransformerEncoder};

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

    /// The same where the sample may look at `memory`, the shape of what an encoder gave: for those that care.
    ///
    /// # Errors
    /// What it wants instead.
    fn output_beside(&self, input: Shape, _memory: Option<Shape>) -> Result<Shape, Refusal> {
        self.output(input)
    }

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
        Embedding, EmbeddingBag, Masking, PoolOverTime, Rnn, Gru,
        MultiheadAttention, SinusoidalPositions, LearnedPositions, TransformerEncoder, TransformerDecoder, EncoderDecoder,
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

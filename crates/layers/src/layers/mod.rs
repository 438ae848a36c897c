//! The layers: each file a specification, its description, its shapes and how it is built.

mod activation;
mod adaptivepool;
mod avgpool;
mod batchnorm;
mod bilinear;
mod chain;
mod concat;
mod conv;
mod conv_transpose;
mod convolution_layer;
mod dense;
mod dropout;
mod embedding;
mod embedding_bag;
mod encoder_decoder;
mod flatten;
mod globalpool;
mod groupnorm;
mod gru;
mod layernorm;
mod lstm;
mod masking;
mod maxpool;
mod multihead_attention;
mod noise;
mod pad;
mod pixelshuffle;
mod pool_over_time;
mod positions;
mod recurrent;
mod reshape;
mod residual;
mod rnn;
mod shared;
mod slice;
mod space;
mod transformer;
mod upsample;

pub use adaptivepool::{
    AdaptiveAvgpool, AdaptiveAvgpool1d, AdaptiveAvgpool2d, AdaptiveAvgpool3d, AdaptiveMaxpool,
    AdaptiveMaxpool1d, AdaptiveMaxpool2d,
};
pub use avgpool::{Avgpool, Avgpool1d, Avgpool2d, Avgpool3d};
pub use batchnorm::{Batchnorm, Momentum, NamedMomentum};
pub use bilinear::Bilinear;
pub use chain::Chain;
pub use concat::Concat;
pub use conv::{Conv, Conv1d, Conv2d, Conv3d, NamedPadding, Padding};
pub use conv_transpose::{ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d};
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use embedding_bag::{EmbeddingBag, Pooling};
pub use encoder_decoder::EncoderDecoder;
pub use flatten::Flatten;
pub use globalpool::{Globalavgpool, Globalavgpool1d, Globalmaxpool, Globalmaxpool1d};
pub use groupnorm::{Groupnorm, Instancenorm};
pub use gru::Gru;
pub use layernorm::{Layernorm, Rmsnorm};
pub use lstm::Lstm;
pub use masking::Masking;
pub use maxpool::{Maxpool, Maxpool1d, Maxpool2d, Maxpool3d};
pub use multihead_attention::MultiheadAttention;
pub use noise::{AlphaDropout, Dropout1d, Dropout2d, Dropout3d, DropoutNd, GaussianNoise};
pub use pad::{Borders, Pad, Pad1d, Pad2d, Pad3d, PadWith};
pub use pixelshuffle::{PixelShuffle, PixelUnshuffle};
pub use pool_over_time::{PoolOverTime, TimePooling};
pub use positions::{LearnedPositions, SinusoidalPositions};
pub use recurrent::Output;
pub use reshape::{Permute, Reshape};
pub use residual::Residual;
pub use rnn::Rnn;
pub use shared::Shared;
pub use slice::Slice;
pub use space::{Each, PaddingMode};
pub use transformer::{TransformerDecoder, TransformerEncoder};
pub use upsample::{Upsample, UpsampleMode};

use crate::{Builder, Layer, LayerError, ParameterId, Pass, Tail, ops};
use convolution_layer::ConvolutionLayer;
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
        // Products with all inputs.
        Dense, Bilinear,
        // Kernels in space.
        Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
        // Windows in space.
        Maxpool1d, Maxpool2d, Maxpool3d, Avgpool1d, Avgpool2d, Avgpool3d,
        AdaptiveMaxpool1d, AdaptiveMaxpool2d, AdaptiveAvgpool1d, AdaptiveAvgpool2d, AdaptiveAvgpool3d,
        Globalmaxpool1d, Globalmaxpool, Globalavgpool1d, Globalavgpool,
        // Shapes.
        Flatten, Reshape, Permute, Slice, Upsample, PixelShuffle, PixelUnshuffle, Pad1d, Pad2d, Pad3d,
        // Normalisation.
        Batchnorm, Layernorm, Groupnorm, Instancenorm, Rmsnorm,
        // Noise while training.
        Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout, GaussianNoise,
        // Sequences.
        Embedding, EmbeddingBag, Masking, PoolOverTime, Rnn, Gru, Lstm,
        MultiheadAttention, SinusoidalPositions, LearnedPositions, TransformerEncoder, TransformerDecoder, EncoderDecoder,
        // Networks inside of networks.
        Chain, Residual, Concat, Shared,
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

/// A layer that is several operations one after another.
#[derive(Debug)]
struct Steps {
    steps: Vec<Operation>,
    tail: Tail,
}

impl Steps {
    fn new(steps: Vec<Operation>) -> Self {
        Steps { steps, tail: Tail::Separate }
    }

    /// An operation on samples seen in another shape.
    fn between(before: ops::View, operation: Operation, after: ops::View) -> Self {
        let view = |view: ops::View| Operation::new(Arc::new(view), Vec::new());
        Steps::new(vec![view(before), operation, view(after)])
    }
}

impl Layer for Steps {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        self.steps.iter().try_fold(x, |x, step| step.forward(pass, x))
    }

    fn tail(&self) -> Tail {
        self.tail
    }
}

//! The table of all layers that are not activation functions.

use crate::LayerKind;
use crate::attention::*;
use crate::containers::*;
use crate::conv::*;
use crate::dense::*;
use crate::embedding::*;
use crate::noise::*;
use crate::norm::*;
use crate::pool::*;
use crate::recurrent::*;
use crate::shape::*;
use relume_catalog::table;

table! {
    /// Every layer that is not an activation function.
    pub enum LayerSpec: dyn LayerKind as Layer {
        // Products with all inputs.
        Dense, Bilinear, Kan,
        // Kernels in space.
        Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
        // Windows in space.
        Maxpool1d, Maxpool2d, Maxpool3d, Avgpool1d, Avgpool2d, Avgpool3d,
        AdaptiveMaxpool1d, AdaptiveMaxpool2d, AdaptiveAvgpool1d, AdaptiveAvgpool2d, AdaptiveAvgpool3d,
        Globalmaxpool1d, Globalmaxpool, Globalavgpool1d, Globalavgpool,
        // Shapes.
        Flatten, Reshape, Permute, Slice, Upsample, PixelShuffle, PixelUnshuffle, Pad1d, Pad2d, Pad3d,
        // Normalisation.
        Batchnorm, Layernorm, Groupnorm, Instancenorm, Rmsnorm, LocalResponseNorm,
        // Noise in training.
        Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout, GaussianNoise,
        // Sequences.
        Embedding, EmbeddingBag, Masking, PoolOverTime, Rnn, Gru, Lstm,
        MultiheadAttention, SinusoidalPositions, LearnedPositions,
        TransformerEncoder, TransformerDecoder, EncoderDecoder,
        // Networks inside networks.
        Chain, Residual, Concat, Shared,
    }
}

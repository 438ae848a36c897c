//! Attention, positions, and transformer layers.

pub(crate) mod attention_op;
pub(crate) mod encoder_decoder;
mod heads;
pub(crate) mod multihead_attention;
pub(crate) mod positions;
pub(crate) mod rotation;
pub(crate) mod transformer;

pub use encoder_decoder::EncoderDecoder;
pub use multihead_attention::MultiheadAttention;
pub use positions::{LearnedPositions, SinusoidalPositions};
pub use transformer::{TransformerDecoder, TransformerEncoder};

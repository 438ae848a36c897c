//! The operations behind the layers: each with its forward value and its backward rule side by side.

mod batchnorm;
mod conv2d;
mod embedding;
mod gru;
mod lengths;
mod linear;
mod lstm;
mod maxpool2d;
mod multihead_attention;
mod over_time;
mod plane_mean;
mod recurrent;
mod rnn;
mod rotation;
mod row_norm;
mod sums;

pub use batchnorm::{BatchNorm, batch_statistics};
pub use conv2d::Conv2d;
pub use embedding::{Embedding, EmbeddingBag, lengths_by_padding};
pub use gru::Gru;
pub use lengths::{LastStates, WithinLengths};
pub use linear::Linear;
pub use lstm::Lstm;
pub use maxpool2d::MaxPool2d;
pub use multihead_attention::MultiheadAttention;
pub use over_time::{OverTime, lengths_until};
pub use plane_mean::PlaneMean;
pub use recurrent::{Cell, Recurrent, StepBackward, StepForward};
pub use rnn::Rnn;
pub use rotation::rotation_angles;
pub use row_norm::RowNorm;

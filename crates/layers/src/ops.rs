//! All operations of the layers. Each is in its layer's folder, with its forward value and its backward rule together.

pub use crate::attention::attention_op::MultiheadAttention;
pub use crate::attention::rotation::rotation_angles;
pub use crate::conv::channel_bias::ChannelBias;
pub use crate::conv::conv_transpose2d_op::ConvTranspose2d;
pub use crate::conv::conv2d_op::Conv2d;
pub use crate::conv::frames::{Frames, Gather, Scatter};
pub use crate::dense::bilinear_op::Bilinear;
pub use crate::dense::linear_op::Linear;
pub use crate::dense::spline_op::Spline;
pub use crate::embedding::embedding_op::{Embedding, EmbeddingBag, lengths_by_padding, rows_of};
pub use crate::norm::batchnorm_op::{BatchNorm, batch_statistics, instance_statistics};
pub use crate::norm::local_response_norm_op::LocalResponseNorm;
pub use crate::norm::row_norm::RowNorm;
pub use crate::norm::sync_batchnorm_op::{ShardStatistics, SyncBatchNorm};
pub use crate::pool::maxpool2d_op::{AdaptiveMaxPool2d, MaxPool2d};
pub use crate::pool::over_time::{OverTime, lengths_until};
pub use crate::pool::plane_mean::PlaneMean;
pub use crate::recurrent::gru_cell::Gru;
pub use crate::recurrent::lengths::{LastStates, WithinLengths};
pub use crate::recurrent::lstm_op::Lstm;
pub use crate::recurrent::recurrence::{Cell, Recurrent, StepBackward, StepForward};
pub use crate::recurrent::rnn_cell::Rnn;
pub use crate::shape::along_axes::AlongAxes;
pub use crate::shape::view::View;

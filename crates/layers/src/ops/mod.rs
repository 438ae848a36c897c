//! The operations behind the layers: each with its forward value and its backward rule side by side.

mod adaptive_maxpool2d;
mod along_axes;
mod batchnorm;
mod bilinear;
mod channel_bias;
mod conv2d;
mod conv_transpose2d;
mod frames;
mod linear;
mod lstm;
mod maxpool2d;
mod plane_mean;
mod row_norm;
mod sums;
mod view;

pub use adaptive_maxpool2d::AdaptiveMaxPool2d;
pub use along_axes::AlongAxes;
pub use batchnorm::{BatchNorm, batch_statistics, instance_statistics};
pub use bilinear::Bilinear;
pub use channel_bias::ChannelBias;
pub use conv_transpose2d::ConvTranspose2d;
pub use conv2d::Conv2d;
pub use frames::{Frames, Gather, Scatter};
pub use linear::Linear;
pub use lstm::Lstm;
pub use maxpool2d::MaxPool2d;
pub use plane_mean::PlaneMean;
pub use row_norm::RowNorm;
pub use view::View;

//! Convolutions and transposed convolutions in one to three dimensions.

pub(crate) mod channel_bias;
pub(crate) mod conv2d_op;
pub(crate) mod conv_transpose;
pub(crate) mod conv_transpose2d_op;
pub(crate) mod convolution;
pub(crate) mod convolution_layer;
pub(crate) mod frames;

pub use conv_transpose::{ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d};
pub use convolution::{
    Conv, Conv1d, Conv2d, Conv3d, ConvChannels, ConvInit, ConvInitOptions, ConvOptions, Padding,
};

//! The operations behind the layers: each with its forward value and its backward rule side by side.

mod batchnorm;
mod conv2d;
mod linear;
mod lstm;
mod maxpool2d;
mod plane_mean;

pub use batchnorm::{BatchNorm, batch_statistics};
pub use conv2d::Conv2d;
pub use linear::Linear;
pub use lstm::Lstm;
pub use maxpool2d::MaxPool2d;
pub use plane_mean::PlaneMean;

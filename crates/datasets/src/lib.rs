#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod augmentations;
mod batch;
mod dataset;
mod error;
mod loader;
pub mod pixels;
mod preparation;
pub mod raw;
mod split;
pub mod text;

pub use augmentations::{Augmentation, AugmentationSpec};
pub use batch::{Batch, Batches, Mixed};
pub use dataset::{Dataset, Part, Targets};
pub use error::DataError;
pub use loader::Loader;
pub use pixels::{Channels, Pixels};
pub use preparation::Preparation;
pub use raw::Raw;
pub use split::Split;

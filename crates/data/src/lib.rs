#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod dataset;
mod error;
mod preparation;
pub mod sources;
mod split;

pub use batch::{Batch, Batches};
pub use dataset::{Dataset, Part, Targets};
pub use error::DataError;
pub use preparation::Preparation;
pub use sources::DataSpec;
pub use split::Split;

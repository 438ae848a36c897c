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
mod store;
pub mod text;

pub use augmentations::{Augmentation, AugmentationSpec};
pub use batch::{Batch, Batches, Last, Mixed, Sampler, shard};
pub use dataset::{
    Beside, DataMark, Dataset, Part, Places, Prepared, Refit, TargetNames, TargetScaling, Targets,
    Tolerated, picture_shape, shortest,
};
pub use error::DataError;
pub use loader::Loader;
pub use pixels::{Channels, Pixels};
pub use preparation::{Preparation, Standard};
pub use raw::Raw;
pub use split::{Drawing, Grouping, PartKind, Split};
pub use store::{Cells, RawColumn, Recordings, Rows, SoundSource, Windows};

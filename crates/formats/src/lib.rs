#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod audio;
mod cifar;
mod csv_file;
mod digits;
mod files;
mod grouping;
mod idx;
mod images;
mod images_masks;
mod images_table;
mod iris;
mod joined;
mod librispeech;
mod libsvm;
mod numpy;
mod picture;
mod random_split;
mod sample;
mod sounds;
mod source;
mod synthetic;
mod table;
mod tagged;
mod task;
pub mod text;
mod texts;

pub use cifar::{Cifar, Labels};
pub use csv_file::{
    CellOptions, CellOptionsOptions, Csv, FileOptions, FileOptionsOptions, Missing, WindowOptions,
    WindowOptionsOptions,
};
pub use digits::Digits;
pub use grouping::{GroupingColumns, GroupingColumnsOptions};
pub use idx::Idx;
pub use images::Images;
pub use iris::Iris;
pub use librispeech::{LibriSpeech, LibriSpeechGroup, LibriSpeechTarget};
pub use libsvm::Libsvm;
pub use numpy::Numpy;
pub use picture::{masks_beside, read_mask};
pub use random_split::{RandomSplit, RandomSplitOptions};
pub use sample::{
    file_samples, names_files, remarks as sample_remarks, sample, sample_files, samples,
};
pub use sounds::{Frames, FramesOptions, Sounds, Target};
pub use source::{Amount, DataSpec, Load, Reader, Source, Unwatched};
pub use synthetic::{Blobs, Circles, Moons, Sine, Spirals, Xor};
pub use tagged::Tagged;
pub use task::Task;
pub use texts::Texts;

//! Layers that change a sample's shape: flatten, reshape, slice, pad, resize.

pub(crate) mod along_axes;
pub(crate) mod flatten;
pub(crate) mod pad;
pub(crate) mod pixelshuffle;
pub(crate) mod reshape;
pub(crate) mod slice;
pub(crate) mod space;
pub(crate) mod upsample;
pub(crate) mod view;

pub use flatten::Flatten;
pub use pad::{Borders, Pad, Pad1d, Pad2d, Pad3d, PadWith};
pub use pixelshuffle::{PixelShuffle, PixelUnshuffle};
pub use reshape::{Permute, Reshape};
pub use slice::Slice;
pub use space::{Each, PaddingMode};
pub use upsample::{Upsample, UpsampleMode};

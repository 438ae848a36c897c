//! Sounds as numbers: recordings, resampling, and features.

mod aiff;
mod chunks;
#[cfg(feature = "audio-codecs")]
mod compressed;
#[cfg(not(feature = "audio-codecs"))]
#[path = "uncompressed.rs"]
mod compressed;
mod deltas;
mod features;
mod mel;
#[cfg(feature = "audio-codecs")]
mod mp4;
mod pcm;
mod resample;
mod sound;
mod wav;

pub use features::Extractor;
pub use resample::resample;
pub use sound::{Decoded, Sound};

pub(crate) use sound::ENDINGS;

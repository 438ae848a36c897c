//! Sounds as numbers: recordings, resampling, and features.

mod deltas;
mod features;
mod mel;
mod resample;
mod sound;

pub use features::Extractor;
pub use resample::resample;
pub use sound::Sound;

pub(crate) use sound::ENDINGS;

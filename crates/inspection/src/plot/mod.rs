//! Charts: lines over a common axis and distributions over time, for the terminal and for files.

mod axis;
mod chart;
mod picture;
mod strips;
mod terminal;
mod watched;

pub use chart::{Chart, Series};
pub use picture::{PictureError, PictureFormat};
pub use strips::{Strip, Strips, WatchedValues, watched_times};

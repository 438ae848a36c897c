//! Charts: lines over a common axis, for the terminal and for files.

mod axis;
mod chart;
mod picture;
mod terminal;

pub use axis::{label, ticks};
pub use chart::{Chart, Series};
pub use picture::{PictureError, PictureFormat};

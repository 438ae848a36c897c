//! Figures: what is drawn in panels with axes, for the terminal and for files.

mod axis;
mod base64;
mod chart;
mod colours;
mod figure;
mod font;
mod grid;
mod layout;
mod legend;
mod own;
mod panel;
mod picture;
mod png_file;
mod scene;
mod strips;
mod svg;
mod terminal;
mod watched;

pub use axis::{label, ticks};
pub use base64::base64;
pub use chart::{Chart, Series};
pub use colours::{Palette, Rgb};
pub use figure::{Axis, Bars, Figure, Mark, Panel, Ticks};
pub use grid::{ColourBar, Grid};
pub(crate) use own::SVG_HEAD;
pub use own::is_own_picture;
pub use picture::{PictureError, PictureFormat};
pub use strips::{Strip, Strips, WatchedValues, watched_times};
pub(crate) use svg::escaped;
pub use terminal::Terminal;
pub(crate) use terminal::cut;

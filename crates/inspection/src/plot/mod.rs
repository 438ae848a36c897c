//! Figures: what is drawn in panels with axes, for the terminal and for files.

mod axis;
mod chart;
mod colours;
mod figure;
mod font;
mod grid;
mod layout;
mod legend;
mod panel;
mod picture;
mod png_file;
mod scene;
mod strips;
mod svg;
mod terminal;
mod watched;

pub use axis::{label, ticks};
pub use chart::{Chart, Series};
pub use colours::{Palette, Rgb};
pub use figure::{Axis, Bars, Figure, Mark, Panel, Ticks};
pub use grid::{ColourBar, Grid};
pub use picture::{PictureError, PictureFormat};
pub use strips::{Strip, Strips, WatchedValues, watched_times};
pub use terminal::Terminal;

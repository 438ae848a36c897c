#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod board;
mod error;
mod font;
mod graph;
mod histogram;
mod hyperparameters;
mod image;
mod messages;
mod picture;
pub mod record;
mod writer;

pub use board::{Board, BoardOptions};
pub use error::BoardError;
pub use graph::{GraphNode, network_graph};
pub use histogram::Histogram;
pub use hyperparameters::{Ending, HyperParameter};
pub use image::Image;
pub use picture::{Captioned, Grid};
pub use writer::EventWriter;

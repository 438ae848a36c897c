//! What can go wrong.

use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// An event file that cannot be written.
#[derive(Debug, Error)]
pub enum BoardError {
    /// The system refuses it.
    #[error("{path} cannot be written: {source}", path = path.display())]
    Write {
        /// The file or the folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An image of no pixels, or with another number of values than its sizes say.
    #[error("{width} x {height} pixels with {channels} channels are not {values} values")]
    Image {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// 1 for grey, 3 for red, green and blue.
        channels: usize,
        /// The number of values.
        values: usize,
    },
    /// An image that cannot be compressed.
    #[error("an image cannot be written as PNG: {0}")]
    Png(String),
}

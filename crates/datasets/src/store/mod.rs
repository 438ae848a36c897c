//! Raw samples, and how they become the numbers that a network takes.

mod numbers;
mod recordings;
mod rows;
mod windows;

pub(crate) use numbers::Numbers;
pub use recordings::{Recordings, SoundSource};
pub use rows::{Cells, RawColumn, Rows};
pub(crate) use rows::{Encoding, RowMismatch};
pub use windows::Windows;

use crate::Pixels;
use crate::raw::RawText;
use rayon::prelude::*;
use relume_tensor::{Indices, threads};
use std::sync::Arc;

/// The raw samples of a data set.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// Numbers of one shape.
    Numbers(Numbers),
    /// Rows of a table, and how they are converted to numbers.
    Rows(Arc<Rows>, Arc<Encoding>),
    /// Images as bytes.
    Pixels(Arc<Pixels>),
    /// Texts, with their indices: finding words again for each batch takes too long.
    Texts(Arc<Vec<String>>, Indices),
    /// Frames of features.
    Recordings(Arc<Recordings>),
}

impl Store {
    /// Texts as indices.
    pub fn texts(texts: Arc<Vec<String>>, raw: &RawText) -> Self {
        let mut indices = Indices::uninit([texts.len(), raw.length]);
        threads::run(|| {
            let rows = indices.data_mut().par_chunks_mut(raw.length.max(1)).zip(&*texts);
            rows.for_each_init(Vec::new, |ids, (row, text)| raw.fill(text, ids, row));
        });
        Store::Texts(texts, indices)
    }

    /// The kind of its samples.
    pub fn kind(&self) -> &'static str {
        match self {
            Store::Numbers(_) => "plain numbers",
            Store::Rows(..) => "rows of a table",
            Store::Pixels(_) => "images",
            Store::Texts(..) => "texts",
            Store::Recordings(_) => "recordings",
        }
    }
}

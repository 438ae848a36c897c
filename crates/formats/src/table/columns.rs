//! Tables whose files have columns of their own: spreadsheets, and Parquet files.

use super::block::{Block, NoMemory};
use super::file::FileRows;
use super::{Selection, check_names, file_error, no_memory};
use crate::Reader;
use crate::files::memory;
use crate::files::watched::{self, Watched};
use relume_datasets::DataError;
use std::io::Read;
use std::path::Path;

/// Rows of a file, which are gathered one after another.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The names of all columns of the file.
    pub names: Vec<String>,
    /// The row of the file with the names, counted from 1.
    pub line: u64,
    /// The indices of the columns that the rows have, in the order of the file; all if it is not given.
    read: Option<Vec<usize>>,
    blocks: Vec<Block>,
}

/// Rows of a block.
const ROWS: usize = 1 << 16;
/// A block whose text has so many bytes is full: far below what the places of its cells can count.
const BYTES: usize = 64 << 20;
/// Rows between two checks whether reading is cancelled.
const CHECKED: usize = 1 << 10;

impl Gathered {
    /// No rows yet with some of the columns that a file has beside its rows, in the order of the file.
    #[cfg(feature = "parquet")]
    pub fn of_columns(names: Vec<String>, read: Vec<usize>) -> Self {
        Gathered { names, line: 1, read: Some(read), blocks: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push<'a>(
        &mut self,
        line: u64,
        cells: impl Iterator<Item = &'a str>,
    ) -> Result<(), NoMemory> {
        let is_full = |block: &Block| block.len() >= ROWS || block.bytes() >= BYTES;
        if self.blocks.last().is_none_or(is_full) {
            // Few bytes of a file may stand for any number of rows.
            let own = self.blocks.last().map_or(0, Block::size);
            if !memory::is_free(own.saturating_mul(2)) {
                return Err(NoMemory);
            }
            self.blocks.push(Block::default());
        }
        match self.blocks.last_mut() {
            Some(block) => block.push_row(line, cells),
            None => Ok(()),
        }
    }

    /// Stops if reading is cancelled; checked every so many rows.
    ///
    /// # Errors
    /// [`DataError::Interrupted`].
    pub fn go_on(&self, reader: &dyn Reader) -> Result<(), DataError> {
        let rows = self.blocks.last().map_or(0, Block::len);
        match rows.is_multiple_of(CHECKED) && reader.is_cancelled() {
            true => Err(DataError::Interrupted),
            false => Ok(()),
        }
    }

    /// The rows with the columns that are wanted.
    ///
    /// # Errors
    /// A column that there is not, two of one name, or no rows.
    pub fn selected(self, path: &Path, selection: &Selection<'_>) -> Result<FileRows, DataError> {
        let Gathered { names, line, read, blocks } = self;
        if blocks.is_empty() {
            return Err(file_error(path, "there is no row after the header".to_string(), None));
        }
        let positions = selection.kept(path, &names)?;
        let names: Vec<String> = positions.iter().map(|&at| names[at].clone()).collect();
        check_names(path, line, &names, &positions)?;
        let place = |&at: &usize| match &read {
            Some(read) => read.partition_point(|&own| own < at),
            None => at,
        };
        let places: Vec<usize> = positions.iter().map(place).collect();
        // Each is given up once its cells are picked.
        let picked = blocks.into_iter().map(|block| block.picked(&places, |_| true));
        let blocks = picked.collect::<Result<_, _>>().map_err(|_| no_memory(path))?;
        Ok(FileRows::of_text(names, positions, blocks, ','))
    }
}

/// All bytes of a file.
pub(super) fn bytes(path: &Path, reader: &dyn Reader) -> Result<Vec<u8>, DataError> {
    let read = || {
        let mut file = Watched::open(path, reader)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| watched::unreadable(path, source))
}

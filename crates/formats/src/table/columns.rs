//! Tables whose files have columns of their own: spreadsheets, and Parquet files.

use super::block::Block;
use super::file::FileRows;
use super::{Selection, check_names, file_error};
use crate::Reader;
use crate::files::watched::{self, Watched};
use relume_datasets::DataError;
use std::io::Read;
use std::path::Path;

/// Rows with all columns of a file, which are gathered one after another.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub names: Vec<String>,
    /// The row of the file with the names, counted from 1.
    pub line: u64,
    blocks: Vec<Block>,
}

/// Rows of a block.
const ROWS: usize = 1 << 16;

impl Gathered {
    /// No rows yet of columns with these names, which the file has beside its rows.
    #[cfg(feature = "parquet")]
    pub fn with_names(names: Vec<String>) -> Self {
        Gathered { names, line: 1, blocks: Vec::new() }
    }

    /// Adds a row.
    pub fn push<'a>(&mut self, line: u64, cells: impl Iterator<Item = &'a str>) {
        if self.blocks.last().is_none_or(|block| block.len() >= ROWS) {
            self.blocks.push(Block::default());
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push_row(line, cells);
        }
    }

    /// The rows with the columns that are wanted.
    ///
    /// # Errors
    /// A column that there is not, two of one name, or no rows.
    pub fn selected(self, path: &Path, selection: &Selection<'_>) -> Result<FileRows, DataError> {
        let Gathered { names, line, blocks } = self;
        if blocks.is_empty() {
            return Err(file_error(path, "there is no row after the header".to_string(), None));
        }
        let positions = selection.kept(path, &names)?;
        let names: Vec<String> = positions.iter().map(|&at| names[at].clone()).collect();
        check_names(path, line, &names, &positions)?;
        let blocks = blocks.iter().map(|block| block.picked(&positions, |_| true)).collect();
        Ok(FileRows { names, positions, blocks, separator: ',' })
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

//! Rows of a table, column by column where they hold numbers and as text elsewhere.

use super::numbers::Numbers;
use super::texts::Texts;
use std::collections::TryReserveError;

/// Some rows of one file, with the same number of cells each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// The cells of the columns of text, row by row.
    texts: Texts,
    /// The columns that are read as numbers, apart from those of text.
    numbers: Vec<Numbers>,
    /// The line of the file where each row begins, counted from 1.
    lines: Vec<u64>,
}

/// There is no memory for further rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoMemory;

impl From<TryReserveError> for NoMemory {
    fn from(_: TryReserveError) -> Self {
        NoMemory
    }
}

/// The most bytes of text in a block.
pub(crate) const MOST_BYTES: usize = u32::MAX as usize;

impl Block {
    /// No rows yet, with so many columns that are read as numbers.
    pub fn with_numbers(columns: usize) -> Self {
        Block { numbers: vec![Numbers::default(); columns], ..Block::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// How many bytes of text there are.
    #[cfg(any(feature = "excel", feature = "parquet"))]
    pub fn bytes(&self) -> usize {
        self.texts.bytes()
    }

    /// How many bytes of memory it takes.
    #[cfg(any(feature = "excel", feature = "parquet"))]
    pub fn size(&self) -> usize {
        self.texts.size() + self.lines.capacity() * size_of::<u64>()
    }

    /// How many cells of text a row has.
    pub fn width(&self) -> usize {
        self.texts.len().checked_div(self.lines.len()).unwrap_or(0)
    }

    /// The line where a row begins.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// A cell of a column of text.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.texts.at(row * self.width() + column)
    }

    /// The cells of text of a row.
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        let width = self.width();
        (row * width..(row + 1) * width).map(|cell| self.texts.at(cell))
    }

    /// The cells of a column of text.
    pub fn column(&self, column: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        let width = self.width();
        (0..self.len()).map(move |row| self.texts.at(row * width + column))
    }

    /// The cells of text, to write further ones.
    pub fn texts(&mut self) -> &mut Texts {
        &mut self.texts
    }

    /// A column that is read as numbers, to write further ones.
    pub fn numbers(&mut self, column: usize) -> &mut Numbers {
        &mut self.numbers[column]
    }

    /// Takes the columns that are read as numbers away.
    pub fn take_numbers(&mut self) -> Vec<Numbers> {
        std::mem::take(&mut self.numbers)
    }

    /// Ends the row that is being written.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn end_row(&mut self, line: u64) -> Result<(), NoMemory> {
        self.lines.try_reserve(1)?;
        self.lines.push(line);
        Ok(())
    }

    /// Adds a row of text.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push_row<'a>(
        &mut self,
        line: u64,
        mut cells: impl Iterator<Item = &'a str>,
    ) -> Result<(), NoMemory> {
        cells.try_for_each(|cell| self.texts.push_cell(cell))?;
        self.end_row(line)
    }

    /// Removes the cells of the row that is being written.
    ///
    /// `texts` is how many cells of text there were before it.
    pub fn drop_row(&mut self, texts: usize) {
        self.texts.truncate(texts);
        let rows = self.lines.len();
        self.numbers.iter_mut().for_each(|column| column.truncate(rows));
    }

    /// How many cells of text there are.
    pub fn cells(&self) -> usize {
        self.texts.len()
    }

    /// Moves all lines by so many.
    pub fn move_lines(&mut self, by: u64) {
        self.lines.iter_mut().for_each(|line| *line += by);
    }

    /// The rows that are wanted, with these of their cells of text in this order.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn picked(
        &self,
        columns: &[usize],
        is_wanted: impl Fn(usize) -> bool,
    ) -> Result<Self, NoMemory> {
        let mut picked = Block::default();
        for row in (0..self.len()).filter(|&row| is_wanted(row)) {
            let cells = columns.iter().map(|&column| self.cell(row, column));
            picked.push_row(self.line(row), cells)?;
        }
        Ok(picked)
    }
}

//! Rows of a table as text, packed into one string.

use std::collections::TryReserveError;

/// Some rows of one file, with the same number of cells each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// The cells, one after another.
    text: String,
    /// Where each cell ends in the text.
    ends: Vec<u32>,
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
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// How many bytes of text there are.
    #[cfg(any(feature = "excel", feature = "parquet"))]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// How many bytes of memory it takes.
    #[cfg(any(feature = "excel", feature = "parquet"))]
    pub fn size(&self) -> usize {
        self.text.capacity()
            + self.ends.capacity() * size_of::<u32>()
            + self.lines.capacity() * size_of::<u64>()
    }

    /// How many cells a row has.
    pub fn width(&self) -> usize {
        self.ends.len().checked_div(self.lines.len()).unwrap_or(0)
    }

    /// The line where a row begins.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// A cell.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.at(row * self.width() + column)
    }

    fn at(&self, cell: usize) -> &str {
        let start = if cell == 0 { 0 } else { self.ends[cell - 1] };
        &self.text[start as usize..self.ends[cell] as usize]
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        let width = self.width();
        (row * width..(row + 1) * width).map(|cell| self.at(cell))
    }

    /// The cells of a column.
    pub fn column(&self, column: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        let width = self.width();
        (0..self.len()).map(move |row| self.at(row * width + column))
    }

    /// Adds text to the cell that is being written.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push_text(&mut self, text: &str) -> Result<(), NoMemory> {
        self.text.try_reserve(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    /// Ends the cell that is being written. Blanks around it do not belong to it.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn end_cell(&mut self) -> Result<(), NoMemory> {
        let start = self.ends.last().map_or(0, |&end| end as usize);
        let cell = &self.text[start..];
        let (own, kept) = (cell.len(), cell.trim_end().len());
        let leading = kept - cell.trim().len();
        self.text.truncate(self.text.len() - (own - kept));
        if leading > 0 {
            self.text.drain(start..start + leading);
        }
        self.ends.try_reserve(1)?;
        self.ends.push(self.text.len() as u32);
        Ok(())
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

    /// Adds a row.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push_row<'a>(
        &mut self,
        line: u64,
        cells: impl Iterator<Item = &'a str>,
    ) -> Result<(), NoMemory> {
        for cell in cells {
            self.push_text(cell)?;
            self.end_cell()?;
        }
        self.end_row(line)
    }

    /// Removes the cells after so many: those of a row that was not finished.
    pub fn truncate_cells(&mut self, count: usize) {
        self.ends.truncate(count);
        self.text.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.ends.len()
    }

    /// Moves all lines by so many.
    pub fn move_lines(&mut self, by: u64) {
        self.lines.iter_mut().for_each(|line| *line += by);
    }

    /// The rows that are wanted, with these of their cells in this order.
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

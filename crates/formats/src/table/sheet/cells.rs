//! The cells of a sheet, as text, packed into one string.

use super::super::block::NoMemory;
use crate::files::memory;

/// A sheet with more places than this between its first and its last cell is refused if fewer than one in a hundred has
/// a cell.
pub(super) const PLACES: u64 = 1 << 20;
/// Bytes of text between two looks at the memory that is free.
const CHECKED: usize = 8 << 20;

/// Cells that are not empty.
#[derive(Debug, Default)]
pub(super) struct Cells {
    text: String,
    cells: Vec<Cell>,
    /// The length of the text at which memory is looked at again.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    row: u32,
    column: u32,
    start: usize,
    end: usize,
}

impl Cells {
    /// Adds a cell.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push(&mut self, (row, column): (u32, u32), text: &str) -> Result<(), NoMemory> {
        let size = self.text.len() + self.cells.len() * size_of::<Cell>();
        if size >= self.next {
            // Where it grows, the old place and a new one of twice the size are there at once.
            if size > 0 && !memory::is_free(3 * size) {
                return Err(NoMemory);
            }
            self.next = size + CHECKED;
        }
        let start = self.text.len();
        self.text.try_reserve(text.len())?;
        self.text.push_str(text);
        self.cells.try_reserve(1)?;
        self.cells.push(Cell { row, column, start, end: self.text.len() });
        Ok(())
    }

    /// Puts the cells into the order of rows and columns; of two at one place, the later one counts.
    ///
    /// # Errors
    /// They are far apart.
    pub fn sort(&mut self) -> Result<(), String> {
        if !self.cells.is_sorted_by_key(|own| (own.row, own.column)) {
            self.cells.sort_by_key(|own| (own.row, own.column));
        }
        let span = |axis: fn(&Cell) -> u32| {
            let (first, last) =
                (self.cells.iter().map(axis).min(), self.cells.iter().map(axis).max());
            first.zip(last).map_or(0, |(first, last)| u64::from(last - first) + 1)
        };
        let places = span(|own| own.row).saturating_mul(span(|own| own.column));
        match places > PLACES && places / 100 > self.cells.len() as u64 {
            true => Err(format!(
                "its {} cells are far apart: delete what stands beside or below the table",
                self.cells.len()
            )),
            false => Ok(()),
        }
    }

    /// The rows that have cells, by their index in the sheet, with a text for each column from the first to the last
    /// that has any.
    pub fn rows(&self) -> impl Iterator<Item = (u32, Vec<&str>)> {
        let columns = || self.cells.iter().map(|own| own.column);
        let first = columns().min().unwrap_or(0);
        let width = columns().max().map_or(0, |last| (last - first) as usize + 1);
        self.cells.chunk_by(|a, b| a.row == b.row).map(move |cells| {
            let mut texts = vec![""; width];
            for own in cells {
                texts[(own.column - first) as usize] = &self.text[own.start..own.end];
            }
            (cells[0].row, texts)
        })
    }
}

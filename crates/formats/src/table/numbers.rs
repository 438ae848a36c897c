//! Columns of a table that are read as numbers while the file is read, so that their text need not be kept.

use super::block::{MOST_BYTES, NoMemory};
use super::texts::Texts;
use relume_datasets::raw::CellForm;

/// The cells of a column in some rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// The number of each cell; NaN, which no number is, for those that hold none.
    values: Vec<f64>,
    /// The cells that hold none, in order: empty ones, `true` and `false`, and words.
    others: Texts,
}

impl Numbers {
    /// Adds a number.
    ///
    /// # Errors
    /// There is no memory for it.
    #[inline]
    pub fn push(&mut self, number: f64) -> Result<(), NoMemory> {
        if self.values.len() == self.values.capacity() {
            self.values.try_reserve(1)?;
        }
        self.values.push(number);
        Ok(())
    }

    /// Adds a cell.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push_cell(&mut self, cell: &str, form: &CellForm) -> Result<(), NoMemory> {
        self.others.push_cell(cell)?;
        self.end_cell(form)
    }

    /// Where a cell is written before [`Numbers::end_cell`] looks at it.
    pub fn cell(&mut self) -> &mut Texts {
        &mut self.others
    }

    /// Ends the cell that was written: it becomes a number if it is one.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn end_cell(&mut self, form: &CellForm) -> Result<(), NoMemory> {
        let last = self.others.len() - 1;
        match form.number(self.others.at(last)) {
            Some(number) => {
                self.others.truncate(last);
                self.push(number)
            }
            None => self.push(f64::NAN),
        }
    }

    /// Leaves the first rows, so many.
    pub fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.others.truncate(self.values.iter().filter(|x| x.is_nan()).count());
    }
}

/// A column of all rows of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct NumberColumn {
    values: Vec<f64>,
    /// The cells that hold no number, block by block.
    others: Vec<Texts>,
}

impl NumberColumn {
    /// Adds the cells of further rows.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn append(&mut self, numbers: &Numbers) -> Result<(), NoMemory> {
        self.values.try_reserve(numbers.values.len())?;
        self.values.extend_from_slice(&numbers.values);
        if numbers.others.len() > 0 {
            self.others.push(numbers.others.copied()?);
        }
        Ok(())
    }

    /// Adds those of another file.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn extend(&mut self, other: NumberColumn) -> Result<(), NoMemory> {
        self.values.try_reserve(other.values.len())?;
        self.values.extend_from_slice(&other.values);
        self.others.extend(other.others);
        Ok(())
    }

    /// The number of each cell; NaN for those that hold none.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The same, as they are owned.
    pub fn into_values(mut self) -> Vec<f64> {
        self.values.shrink_to_fit();
        self.values
    }

    /// The cells that hold no number, with their rows.
    pub fn others(&self) -> impl Iterator<Item = (usize, &str)> {
        let rows = self.values.iter().enumerate().filter(|(_, x)| x.is_nan());
        rows.map(|(row, _)| row).zip(self.others.iter().flat_map(Texts::iter))
    }

    /// Converts the cells that hold no number, which are given up; those without a number stay NaN.
    ///
    /// # Errors
    /// The first one of the conversion.
    pub fn convert_others<E>(
        &mut self,
        mut number: impl FnMut(usize, &str) -> Result<Option<f64>, E>,
    ) -> Result<(), E> {
        let others = std::mem::take(&mut self.others);
        let rows = self.values.iter_mut().enumerate().filter(|(_, x)| x.is_nan());
        for ((row, x), cell) in rows.zip(others.iter().flat_map(Texts::iter)) {
            if let Some(number) = number(row, cell)? {
                *x = number;
            }
        }
        Ok(())
    }

    /// Keeps the rows that are wanted.
    ///
    /// # Errors
    /// There is no memory for their texts.
    pub fn retain(&mut self, is_wanted: impl Fn(usize) -> bool) -> Result<(), NoMemory> {
        let mut others = Vec::new();
        let mut texts = Texts::default();
        for (_, other) in self.others().filter(|(row, _)| is_wanted(*row)) {
            if texts.bytes() > MOST_BYTES / 2 {
                others.push(std::mem::take(&mut texts));
            }
            texts.push_cell(other)?;
        }
        others.push(texts);
        self.others = others;
        let mut rows = 0..;
        self.values.retain(|_| rows.next().is_some_and(&is_wanted));
        Ok(())
    }
}

/// Where a column of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among the columns of text of its blocks.
    Text(usize),
    /// Among those that are read as numbers.
    Number(usize),
}

/// The places of columns, each of which is read as numbers or kept as text.
pub(super) fn places(are_numbers: &[bool]) -> Vec<Place> {
    let (mut texts, mut numbers) = (0, 0);
    let place = |&is_number: &bool| match is_number {
        true => {
            numbers += 1;
            Place::Number(numbers - 1)
        }
        false => {
            texts += 1;
            Place::Text(texts - 1)
        }
    };
    are_numbers.iter().map(place).collect()
}

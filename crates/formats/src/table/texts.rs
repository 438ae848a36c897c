//! Texts of cells, packed into one string.

use super::block::NoMemory;

/// Cells, one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    text: String,
    /// Where each cell ends in the text.
    ends: Vec<u32>,
}

impl Texts {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes of text there are.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// How many bytes of memory it takes.
    #[cfg(any(feature = "excel", feature = "parquet"))]
    pub fn size(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    /// A cell.
    pub fn at(&self, cell: usize) -> &str {
        &self.text[self.start(cell)..self.ends[cell] as usize]
    }

    /// All cells.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len()).map(|cell| self.at(cell))
    }

    /// Where a cell begins.
    fn start(&self, cell: usize) -> usize {
        if cell == 0 { 0 } else { self.ends[cell - 1] as usize }
    }

    /// Adds text to the cell that is being written.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push(&mut self, text: &str) -> Result<(), NoMemory> {
        self.text.try_reserve(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    /// Ends the cell that is being written. Blanks around it do not belong to it.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn end_cell(&mut self) -> Result<(), NoMemory> {
        let start = self.start(self.len());
        let cell = &self.text[start..];
        // Most cells have no blanks at their ends, which is seen without decoding characters.
        let may_be_blank = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_graphic());
        if may_be_blank(cell.as_bytes().first()) || may_be_blank(cell.as_bytes().last()) {
            let (own, kept) = (cell.len(), cell.trim_end().len());
            let leading = kept - cell.trim().len();
            self.text.truncate(self.text.len() - (own - kept));
            self.text.drain(start..start + leading);
        }
        self.ends.try_reserve(1)?;
        self.ends.push(self.text.len() as u32);
        Ok(())
    }

    /// Adds a cell.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn push_cell(&mut self, cell: &str) -> Result<(), NoMemory> {
        self.push(cell)?;
        self.end_cell()
    }

    /// The same cells once more.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn copied(&self) -> Result<Self, NoMemory> {
        let (mut text, mut ends) = (String::new(), Vec::new());
        text.try_reserve_exact(self.text.len())?;
        text.push_str(&self.text);
        ends.try_reserve_exact(self.ends.len())?;
        ends.extend_from_slice(&self.ends);
        Ok(Texts { text, ends })
    }

    /// Leaves the first cells, so many, and nothing of one that is being written.
    pub fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.text.truncate(self.start(self.len()));
    }
}

//! What becomes of the cells of each column while a file is read.

use super::block::Block;
use super::delimited::{Separator, Syntax};
use relume_datasets::raw::CellForm;

/// What becomes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is not read.
    Nothing,
    /// It is kept as text.
    Text,
    /// It is read as numbers, of which it is the column with this index.
    Number(usize),
}

/// What becomes of each column of a file.
#[derive(Clone, Debug)]
pub(crate) struct Plan<'a> {
    /// For each column of the file.
    pub columns: Vec<Use>,
    /// How numbers are written.
    pub form: &'a CellForm,
    /// The decimal mark, if the digits and marks of numbers stand for nothing else in the file, and need nothing done
    /// to them.
    pub mark: Option<u8>,
}

impl<'a> Plan<'a> {
    pub fn new(columns: Vec<Use>, form: &'a CellForm, syntax: Syntax) -> Self {
        let is_plain =
            form.thousands.is_none() && form.units.is_empty() && form.na_values.is_empty();
        let mark = u8::try_from(form.decimal).ok().filter(u8::is_ascii);
        let is_separator = |byte: u8| syntax.separator == Separator::Byte(byte);
        let is_own = |byte: u8| is_separator(byte) || syntax.comment == Some(byte);
        let is_plain = is_plain && !syntax.comment.is_some_and(is_separator);
        let is_free = |&mark: &u8| !(b'0'..=b'9').chain([b'-', mark]).any(is_own);
        let mark = mark.filter(|mark| is_plain && !mark.is_ascii_digit() && is_free(mark));
        Plan { columns, form, mark }
    }

    /// No rows yet of these columns.
    pub fn block(&self) -> Block {
        let is_number = |own: &&Use| matches!(own, Use::Number(_));
        Block::with_numbers(self.columns.iter().filter(is_number).count())
    }
}

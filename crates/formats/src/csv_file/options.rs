//! How a table's file and its cells are written.

use crate::table::{Form, Separator};
use crate::text::Encoding;
use relume_catalog::Spec;
use relume_datasets::raw::CellForm;

/// How a table's file is written.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = FileOptionsOptions)]
pub struct FileOptions {
    /// Whether the first row is a header; found out by default.
    pub header: Option<bool>,
    /// The separator between columns, one character, such as ";" or "\t"; " " stands for any number of blanks. It is
    /// found out by default.
    pub separator: Option<String>,
    /// The encoding; UTF-8 by default, or UTF-16 where the file begins with its mark.
    pub encoding: Option<Encoding>,
    /// The character from which on a line is a comment.
    pub comment: Option<String>,
    /// The sheet of a spreadsheet; the first by default.
    pub sheet: Option<String>,
    /// How many lines before the table are left out: rows as they are numbered, if it is a spreadsheet.
    #[spec(default = 0)]
    pub skip: usize,
}

impl FileOptions {
    pub(super) fn consistent(&self) -> Result<(), String> {
        for (option, given) in [("separator", &self.separator), ("comment", &self.comment)] {
            if let Some(text) = given.as_ref().filter(|text| text.len() != 1) {
                let name = if option == "comment" { "comment mark" } else { option };
                return Err(format!("the {name} must be one character, not {text:?}"));
            }
        }
        match (&self.separator, &self.comment) {
            (Some(separator), Some(comment)) if separator == comment => {
                Err(format!("{separator:?} cannot be the separator and the comment mark"))
            }
            _ => Ok(()),
        }
    }

    /// The form in which files are read.
    pub(super) fn form(&self) -> Form<'_> {
        let separator = self.separator.as_ref().and_then(|text| text.chars().next());
        Form {
            header: self.header,
            separator: separator.map(Separator::from),
            comment: self.comment.as_ref().and_then(|text| text.bytes().next()),
            skip: self.skip,
            encoding: self.encoding,
            sheet: self.sheet.as_deref(),
            named: Vec::new(),
        }
    }
}

/// How a table's cells are written.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = CellOptionsOptions)]
pub struct CellOptions {
    /// The mark before decimals.
    #[spec(default = ".")]
    pub decimal: String,
    /// The mark between thousands; none by default.
    pub thousands: Option<String>,
    /// What may stand before or after a number and is removed: "$", "%" (5% is read as 5), "kg".
    #[spec(default = [])]
    pub units: Vec<String>,
    /// Further words that stand for an empty cell, such as "?".
    #[spec(default = [])]
    pub na_values: Vec<String>,
    /// Whether NA, null, None and the like stand for an empty cell; if not, they are words.
    #[spec(default = true)]
    pub keep_default_na: bool,
}

impl CellOptions {
    pub(super) fn consistent(&self) -> Result<(), String> {
        let thousands = self.thousands.as_deref();
        for (option, mark) in [("decimal", Some(&self.decimal[..])), ("thousands", thousands)] {
            if let Some(mark) = mark.filter(|mark| !is_mark(mark)) {
                return Err(format!(
                    "{option} must be one character, and no digit or sign, not {mark:?}"
                ));
            }
        }
        if thousands == Some(&self.decimal) {
            return Err(format!(
                "{:?} cannot stand before decimals and between thousands",
                self.decimal
            ));
        }
        match self.units.iter().find(|unit| unit.trim().is_empty()) {
            Some(unit) => Err(format!("units holds {unit:?}, which is nothing to remove")),
            None => Ok(()),
        }
    }

    /// The form in which cells are read.
    pub(super) fn form(&self) -> CellForm {
        CellForm {
            decimal: self.decimal.chars().next().unwrap_or('.'),
            thousands: self.thousands.as_ref().and_then(|text| text.chars().next()),
            units: self.units.iter().map(|unit| unit.trim().to_string()).collect(),
            na_values: self.na_values.clone(),
            keep_default_na: self.keep_default_na,
        }
    }
}

/// Whether a text is one character that is no part of a number by itself.
fn is_mark(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    let is_of_number = |c: char| c.is_alphanumeric() || matches!(c, '+' | '-');
    characters.next().is_none() && first.is_some_and(|c| !is_of_number(c))
}

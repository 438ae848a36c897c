//! OpenDocument sheets, where a cell, a row and a blank are written once with the number of times that they are there.

use super::PLACES;
use crate::files::memory;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use relume_catalog::count_text;
use std::io::BufRead;

/// The widest row, to which the decoder cuts others.
const WIDTH: u64 = 16_384;
/// Memory for a place: a value and a formula, and once more for the values when rows are repeated.
const PLACE: u64 = 88;
/// Bytes of text that repeated cells and blanks may have beyond a few times the part.
const TEXT: u64 = 8 << 20;
const OF_A_BYTE: u64 = 8;

/// Refuses a part with sheets if few cells stand for far more places, or for more memory than there is.
///
/// # Errors
/// What is claimed, as the end of a sentence about the file.
pub(super) fn check(part: impl BufRead, size: u64) -> Result<(), String> {
    let mut reader = Reader::from_reader(part);
    let config = reader.config_mut();
    (config.check_end_names, config.expand_empty_elements) = (false, true);
    let (mut bytes, mut sheet) = (Vec::new(), Sheet::default());
    let mut places = 0u64;
    loop {
        bytes.clear();
        match reader.read_event_into(&mut bytes) {
            Ok(Event::Start(tag)) => match tag.name().into_inner() {
                "table:table" => sheet = Sheet::default(),
                "table:table-row" => {
                    sheet.end_row();
                    sheet.row = Row::of(repeated(&tag, "table:number-rows-repeated"));
                }
                "table:table-cell" | "table:covered-table-cell" => sheet.cell(&tag),
                "text:s" => sheet.add_text(repeated(&tag, "text:c")),
                _ => {}
            },
            Ok(Event::Text(text)) => sheet.add_text(text.len() as u64),
            Ok(Event::End(tag)) if tag.name().into_inner() == "table:table" => {
                sheet.end_row();
                places = places.saturating_add(sheet.check(size)?);
            }
            // The decoder comes no further either.
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    sheet.end_row();
    places = places.saturating_add(sheet.check(size)?);
    memory::check(usize::try_from(places.saturating_mul(PLACE)).unwrap_or(usize::MAX))
        .map_err(|lack| format!("has {} places, {lack}", count_text(places as usize)))
}

/// The places of a sheet.
#[derive(Default)]
struct Sheet {
    row: Row,
    /// Rows so far, and those up to the last one with a cell that is not empty.
    rows: u64,
    used_rows: u64,
    /// The widest row.
    width: u64,
    /// Cells as they are kept row by row, before rows are repeated.
    kept: u64,
    /// Cells that are written.
    cells: u64,
    /// Bytes of text, with those of repeated cells.
    text: u64,
}

/// A row that is being read.
#[derive(Default)]
struct Row {
    times: u64,
    /// Its places, and those up to the last cell that is not empty.
    places: u64,
    used: u64,
    /// How often the text that follows is there.
    cell: u64,
}

impl Row {
    fn of(times: u64) -> Self {
        Row { times, ..Row::default() }
    }
}

impl Sheet {
    fn cell(&mut self, tag: &BytesStart<'_>) {
        let times = repeated(tag, "table:number-columns-repeated").min(WIDTH);
        // Values and formulas stand in attributes, but for texts, which have their type there.
        let attributes = tag.attributes_raw();
        let is_empty =
            !["office:", "calcext:", "table:formula"].iter().any(|own| attributes.contains(own));
        self.row.places = (self.row.places + times).min(WIDTH);
        self.row.cell = times;
        if !is_empty {
            self.row.used = self.row.places;
            self.cells += 1;
            self.add_text(attributes.len() as u64);
        }
    }

    fn add_text(&mut self, bytes: u64) {
        let times = self.row.cell.saturating_mul(self.row.times);
        self.text = self.text.saturating_add(bytes.saturating_mul(times.max(1)));
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        self.rows = self.rows.saturating_add(row.times);
        self.kept += row.used;
        if row.used > 0 {
            self.used_rows = self.rows;
            self.width = self.width.max(row.used);
        }
    }

    /// How many places there are.
    fn check(&self, size: u64) -> Result<u64, String> {
        let places = self.kept.max(self.used_rows.saturating_mul(self.width));
        let shown = |count: u64| count_text(usize::try_from(count).unwrap_or(usize::MAX));
        if places > PLACES && places / 100 > self.cells {
            return Err(format!("has {} cells for {} places", shown(self.cells), shown(places)));
        }
        match self.text > TEXT && self.text / OF_A_BYTE > size {
            true => Err(format!("has cells that repeat {} bytes of text", shown(self.text))),
            false => Ok(places),
        }
    }
}

/// The number in an attribute; 1 if there is none.
fn repeated(tag: &BytesStart<'_>, name: &str) -> u64 {
    let mut own = tag.attributes();
    let own = own.with_checks(false).flatten().filter(|own| own.key.into_inner() == name);
    // The decoder refuses what is no number.
    own.map(|own| own.value.parse().unwrap_or(1)).max().unwrap_or(1)
}

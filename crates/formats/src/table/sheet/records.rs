//! The records of an `.xls` workbook (\[MS-XLS\]): the decoder takes memory for every place between the first and the last
//! cell of each sheet, and for those that the sheet claims.

use super::PLACES;
use super::compound::{Stream, stream, u16_at, u32_at};
use crate::files::memory;
use relume_catalog::count_text;

const SHEET: u16 = 0x0085;
const BEGIN: u16 = 0x0809;
const END: u16 = 0x000a;
const DIMENSIONS: u16 = 0x0200;
const FORMULA: u16 = 0x0006;
const SEVERAL: u16 = 0x00bd;
/// Numbers, texts, truths: a cell each.
const CELLS: [u16; 7] = [0x0203, 0x0204, 0x00d6, 0x0205, 0x027e, 0x00fd, FORMULA];
/// Memory for a place: a value and a formula.
const PLACE: u64 = 56;
/// How often the claims of a workbook are taken out, of which sheets may have one each.
const ROUNDS: usize = 8;

/// Refuses a workbook if few of its cells stand for far more places, or for more memory than there is. What a sheet
/// claims beyond that is taken out of the file, since its cells say it too; what is no such workbook is left to the
/// decoder.
///
/// # Errors
/// What is claimed, as the end of a sentence about the file.
pub(super) fn check(file: &mut [u8]) -> Result<(), String> {
    for _ in 0..ROUNDS {
        let Some(book) = stream(file, &["Workbook", "Book"])? else { return Ok(()) };
        let mut claims = Vec::new();
        let mut all = 0u64;
        for (kind, record, _) in records(&book.bytes, 0) {
            match kind {
                SHEET => {
                    let start = u32_at(record, 0).unwrap_or(u32::MAX) as usize;
                    all = all.saturating_add(Sheet::of(&book, start, &mut claims).check()?);
                }
                END => break,
                _ => {}
            }
        }
        memory::check(usize::try_from(all.saturating_mul(PLACE)).unwrap_or(usize::MAX))
            .map_err(|lack| format!("has {} places, {lack}", shown(all)))?;
        if claims.is_empty() {
            return Ok(());
        }
        // A record of another kind, of which the decoder reads nothing.
        claims.into_iter().for_each(|place| file[place] = 1);
    }
    Err("is a damaged spreadsheet: its sheets claim too many places".to_string())
}

/// The places of a sheet.
#[derive(Default)]
struct Sheet {
    rows: Option<(u32, u32)>,
    columns: Option<(u32, u32)>,
    cells: u64,
}

impl Sheet {
    /// Those of the sheet whose records begin somewhere in the workbook; adds where in the file it claims too many.
    fn of(book: &Stream, start: usize, claims: &mut Vec<usize>) -> Self {
        let (mut sheet, mut claimed, mut depth) = (Sheet::default(), Vec::new(), 0usize);
        let mut has_begun = false;
        for (kind, record, at) in records(&book.bytes, start) {
            match kind {
                // Charts within the sheet have cells of their own, which are not read.
                BEGIN if has_begun => depth += 1,
                BEGIN => has_begun = true,
                END if depth == 0 => break,
                END => depth -= 1,
                _ if depth > 0 => {}
                DIMENSIONS => claimed.push((at, dimensions(record))),
                SEVERAL => {
                    let last = record.len().checked_sub(2).and_then(|at| u16_at(record, at));
                    if let (Some(row), Some(first), Some(last)) =
                        (u16_at(record, 0), u16_at(record, 2), last)
                    {
                        sheet.add(row, first);
                        sheet.add(row, last);
                        sheet.cells += u64::from(last.saturating_sub(first));
                    }
                }
                kind if CELLS.contains(&kind) => {
                    if let (Some(row), Some(column)) = (u16_at(record, 0), u16_at(record, 2)) {
                        sheet.add(row, column);
                    }
                }
                _ => {}
            }
        }
        let is_too_much = |&(_, places): &(usize, u64)| {
            places > PLACES && places / 100 > sheet.cells || places.saturating_mul(PLACE) > MOST
        };
        claims.extend(claimed.into_iter().filter(is_too_much).map(|(at, _)| book.place(at)));
        sheet
    }

    fn add(&mut self, row: u16, column: u16) {
        let widened = |span: Option<(u32, u32)>, at: u32| {
            span.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))
        };
        self.rows = Some(widened(self.rows, row.into()));
        self.columns = Some(widened(self.columns, column.into()));
        self.cells += 1;
    }

    /// How many places there are.
    fn check(&self) -> Result<u64, String> {
        let length =
            |span: Option<(u32, u32)>| span.map_or(0, |(first, last)| u64::from(last - first) + 1);
        let places = length(self.rows) * length(self.columns);
        match places > PLACES && places / 100 > self.cells {
            true => Err(format!("has {} cells for {} places", self.cells, shown(places))),
            false => Ok(places),
        }
    }
}

/// What a sheet may claim beyond doubt.
const MOST: u64 = 64 << 20;

/// The places that a sheet claims: rows in two or four bytes each, and columns, whose last ones do not belong to it.
fn dimensions(record: &[u8]) -> u64 {
    let two = |at: usize| u64::from(u16_at(record, at).unwrap_or(0));
    let four = |at: usize| u64::from(u32_at(record, at).unwrap_or(0));
    let (rows, columns) = match record.len() {
        14.. => ((four(0), four(4)), (two(8), two(10))),
        _ => ((two(0), two(2)), (two(4), two(6))),
    };
    let length = |(first, end): (u64, u64)| end.saturating_sub(first).max(1);
    length(rows).saturating_mul(length(columns))
}

/// Records from a byte on: each one's kind, content and place.
fn records(bytes: &[u8], start: usize) -> impl Iterator<Item = (u16, &[u8], usize)> {
    let mut at = start;
    std::iter::from_fn(move || {
        let (kind, length) = (u16_at(bytes, at)?, u16_at(bytes, at.checked_add(2)?)?);
        let record = bytes.get(at + 4..at + 4 + usize::from(length))?;
        let own = at;
        at += 4 + usize::from(length);
        Some((kind, record, own))
    })
}

fn shown(count: u64) -> String {
    count_text(usize::try_from(count).unwrap_or(usize::MAX))
}

//! Spreadsheets.

use super::columns::{Gathered, bytes};
use super::file::FileRows;
use super::{Form, Selection, file_error, sniff};
use crate::Reader;
use calamine::{Data, ExcelDateTime, Reader as _, open_workbook_auto_from_rs};
use relume_datasets::DataError;
use std::io::Cursor;
use std::path::Path;

/// Reads a sheet of a spreadsheet: the one that is named, or the first.
///
/// # Errors
/// A file that is no spreadsheet or is damaged, a sheet that there is not or that is empty.
pub(super) fn read(
    path: &Path,
    form: &Form<'_>,
    selection: &Selection<'_>,
    reader: &dyn Reader,
) -> Result<FileRows, DataError> {
    let refused = |problem: String| file_error(path, problem, None);
    if (form.separator, form.comment) != (None, None) {
        return Err(refused("is a spreadsheet, which has no separator and comments".to_string()));
    }
    let bytes = Cursor::new(bytes(path, reader)?);
    let mut book = open_workbook_auto_from_rs(bytes)
        .map_err(|error| refused(format!("cannot be read as a spreadsheet: {error}")))?;
    let sheets = book.sheet_names();
    let sheet = match form.sheet {
        None => sheets.first().ok_or_else(|| refused("has no sheet".to_string()))?,
        Some(wanted) => sheets.iter().find(|own| *own == wanted).ok_or_else(|| {
            let help = format!("its sheets are {}", sheets.join(", "));
            file_error(path, format!("there is no sheet \"{wanted}\""), Some(help))
        })?,
    };
    let range = book
        .worksheet_range(sheet)
        .map_err(|error| refused(format!("the sheet \"{sheet}\" cannot be read: {error}")))?;
    let first = range.start().map_or(0, |(row, _)| u64::from(row));
    let rows = range.rows().enumerate().skip(form.skip);
    // Rows are counted from 1, as they are shown.
    let rows = rows.map(|(row, cells)| (first + row as u64 + 1, cells));
    let mut rows =
        rows.filter(|(_, cells)| cells.iter().any(|cell| *cell != Data::Empty)).peekable();
    let mut gathered = Gathered::default();
    if let Some((line, cells)) = rows.peek() {
        let cells: Vec<String> = cells.iter().map(text).collect();
        let own = cells.iter().map(String::as_str);
        let is_header = form.header.unwrap_or_else(|| sniff::is_header(own, &form.named));
        (gathered.line, gathered.names) = (*line, names(&cells, is_header));
        if is_header {
            rows.next();
        }
    }
    for (line, cells) in rows {
        let cells: Vec<String> = cells.iter().map(text).collect();
        gathered.push(line, cells.iter().map(String::as_str));
    }
    gathered.selected(path, selection)
}

/// The names of the columns, from the first row: its cells if it is a header, otherwise their indices.
fn names(first: &[String], is_header: bool) -> Vec<String> {
    let name = |(at, cell): (usize, &String)| match (is_header, cell.as_str()) {
        (false, _) => at.to_string(),
        // As pandas calls it.
        (true, "") => format!("Unnamed: {at}"),
        (true, cell) => cell.to_string(),
    };
    first.iter().enumerate().map(name).collect()
}

/// A cell as it would be written in a CSV file.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(true) => "True".to_string(),
        Data::Bool(false) => "False".to_string(),
        Data::DateTime(time) => date(time),
        Data::Error(error) => error.to_string(),
    }
}

/// A date, with the time of day if there is one; a duration in days.
fn date(time: &ExcelDateTime) -> String {
    if time.is_duration() {
        return time.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, millis) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, millis) {
        (0, 0, 0, 0) => date,
        (_, _, _, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}.{millis:03}"),
    }
}

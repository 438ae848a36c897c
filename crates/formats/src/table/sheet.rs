//! Spreadsheets.

mod cells;
mod compound;
mod parts;
mod records;
mod repeats;

use super::block::NoMemory;
use super::columns::Gathered;
use super::{Form, file_error, no_memory, sniff};
use crate::Reader;
use calamine::{
    Cell, Data, DataRef, ExcelDateTime, Reader as _, Sheets, open_workbook_auto_from_rs,
};
use cells::{Cells, PLACES};
use relume_datasets::DataError;
use std::fmt::Display;
use std::io::Cursor;
use std::path::Path;

/// The rows of a sheet of a spreadsheet: the one that is named, or the first.
///
/// # Errors
/// Bytes that are no spreadsheet or are damaged, a sheet that there is not.
pub(super) fn gathered(
    path: &Path,
    mut bytes: Vec<u8>,
    form: &Form<'_>,
    reader: &dyn Reader,
) -> Result<Gathered, DataError> {
    let refused = |problem: String| file_error(path, problem, None);
    parts::check(&bytes).map_err(refused)?;
    records::check(&mut bytes).map_err(refused)?;
    let mut book = open_workbook_auto_from_rs(Cursor::new(&bytes[..]))
        .map_err(|error| refused(format!("cannot be read as a spreadsheet: {error}")))?;
    let sheets = book.sheet_names();
    let sheet = match form.sheet {
        None => sheets.first().ok_or_else(|| refused("has no sheet".to_string()))?,
        Some(wanted) => sheets.iter().find(|own| *own == wanted).ok_or_else(|| {
            let help = format!("its sheets are {}", sheets.join(", "));
            file_error(path, format!("there is no sheet \"{wanted}\""), Some(help))
        })?,
    };
    let cells = cells(&mut book, sheet).map_err(|problem| match problem {
        Problem::NoMemory => no_memory(path),
        Problem::Other(problem) => {
            refused(format!("the sheet \"{sheet}\" cannot be read: {problem}"))
        }
    })?;
    // Rows are counted from 1, as they are shown.
    let rows = cells.rows().map(|(row, cells)| (u64::from(row) + 1, cells));
    let mut rows = rows.skip_while(|(line, _)| *line <= form.skip as u64).peekable();
    let mut gathered = Gathered::default();
    if let Some((line, cells)) = rows.peek() {
        let own = cells.iter().copied();
        let is_header = form.header.unwrap_or_else(|| sniff::is_header(own, &form.named));
        (gathered.line, gathered.names) = (*line, names(cells, is_header));
        if is_header {
            rows.next();
        }
    }
    for (line, cells) in rows {
        gathered.go_on(reader)?;
        gathered.push(line, cells.into_iter()).map_err(|_| no_memory(path))?;
    }
    Ok(gathered)
}

/// Why a sheet cannot be read.
enum Problem {
    NoMemory,
    Other(String),
}

impl From<NoMemory> for Problem {
    fn from(_: NoMemory) -> Self {
        Problem::NoMemory
    }
}

/// The cells of a sheet.
fn cells(book: &mut Sheets<Cursor<&[u8]>>, sheet: &str) -> Result<Cells, Problem> {
    let mut cells = Cells::default();
    let mut keep = |cell: Cell<DataRef<'_>>| match cell.get_value() {
        DataRef::Empty => Ok(()),
        // Without a copy.
        DataRef::SharedString(shared) => cells.push(cell.get_position(), shared),
        value => cells.push(cell.get_position(), &text(&Data::from(value.clone()))),
    };
    let problem = |error: &dyn Display| Problem::Other(error.to_string());
    match book {
        Sheets::Xlsx(book) => {
            let mut reader = book.worksheet_cells_reader(sheet).map_err(|e| problem(&e))?;
            while let Some(cell) = reader.next_cell().map_err(|error| problem(&error))? {
                keep(cell)?;
            }
        }
        Sheets::Xlsb(book) => {
            let mut reader = book.worksheet_cells_reader(sheet).map_err(|e| problem(&e))?;
            while let Some(cell) = reader.next_cell().map_err(|error| problem(&error))? {
                keep(cell)?;
            }
        }
        Sheets::Xls(_) | Sheets::Ods(_) => {
            let range = book.worksheet_range(sheet).map_err(|error| problem(&error))?;
            let (first_row, first_column) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                let place = (first_row + row as u32, first_column + column as u32);
                cells.push(place, &text(value))?;
            }
        }
    }
    cells.sort().map_err(Problem::Other)?;
    Ok(cells)
}

/// The names of the columns, from the first row: its cells if it is a header, otherwise their indices.
fn names(first: &[&str], is_header: bool) -> Vec<String> {
    let name = |(at, cell): (usize, &&str)| match (is_header, *cell) {
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

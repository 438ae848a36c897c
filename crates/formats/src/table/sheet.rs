//! Spreadsheets.

use super::columns::Gathered;
use super::{Form, file_error, no_memory, sniff};
use crate::Reader;
use calamine::{
    Cell, Data, DataRef, ExcelDateTime, Range, Reader as _, Sheets, open_workbook_auto_from_rs,
};
use relume_datasets::DataError;
use std::io::Cursor;
use std::path::Path;

/// The rows of a sheet of a spreadsheet: the one that is named, or the first.
///
/// # Errors
/// Bytes that are no spreadsheet or are damaged, a sheet that there is not.
pub(super) fn gathered(
    path: &Path,
    bytes: Vec<u8>,
    form: &Form<'_>,
    reader: &dyn Reader,
) -> Result<Gathered, DataError> {
    let refused = |problem: String| file_error(path, problem, None);
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes))
        .map_err(|error| refused(format!("cannot be read as a spreadsheet: {error}")))?;
    let sheets = book.sheet_names();
    let sheet = match form.sheet {
        None => sheets.first().ok_or_else(|| refused("has no sheet".to_string()))?,
        Some(wanted) => sheets.iter().find(|own| *own == wanted).ok_or_else(|| {
            let help = format!("its sheets are {}", sheets.join(", "));
            file_error(path, format!("there is no sheet \"{wanted}\""), Some(help))
        })?,
    };
    let range = range(&mut book, sheet)
        .map_err(|problem| refused(format!("the sheet \"{sheet}\" cannot be read: {problem}")))?;
    // The range begins with the first row that has a cell. Rows are counted from 1, as they are shown.
    let first = range.start().map_or(0, |(row, _)| u64::from(row)) + 1;
    let rows = (first..).zip(range.rows()).skip_while(|(line, _)| *line <= form.skip as u64);
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
        gathered.go_on(reader)?;
        let cells: Vec<String> = cells.iter().map(text).collect();
        let cells = cells.iter().map(String::as_str);
        gathered.push(line, cells).map_err(|_| no_memory(path))?;
    }
    Ok(gathered)
}

/// A sheet with more places than this between its first and its last cell is refused if fewer than one in a hundred has
/// a cell.
const PLACES: u64 = 1 << 21;

/// The cells of a sheet, with all places between them.
fn range(book: &mut Sheets<Cursor<Vec<u8>>>, sheet: &str) -> Result<Range<Data>, String> {
    let mut cells = Vec::new();
    let mut keep = |cell: Cell<DataRef<'_>>| match cell.get_value() {
        DataRef::Empty => {}
        value => cells.push(Cell::new(cell.get_position(), Data::from(value.clone()))),
    };
    match book {
        Sheets::Xlsx(book) => {
            let mut reader = book.worksheet_cells_reader(sheet).map_err(|e| e.to_string())?;
            while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
                keep(cell);
            }
        }
        Sheets::Xlsb(book) => {
            let mut reader = book.worksheet_cells_reader(sheet).map_err(|e| e.to_string())?;
            while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
                keep(cell);
            }
        }
        // Their sheets are small, or bounded by the decoder.
        Sheets::Xls(_) | Sheets::Ods(_) => {
            return book.worksheet_range(sheet).map_err(|error| error.to_string());
        }
    }
    let places = places(&cells);
    match places > PLACES && places / 100 > cells.len() as u64 {
        true => Err(format!(
            "its {} cells are far apart: delete what stands beside or below the table",
            cells.len()
        )),
        false => Ok(Range::from_sparse(cells)),
    }
}

/// How many places there are in the rectangle of some cells.
fn places(cells: &[Cell<Data>]) -> u64 {
    let span = |axis: fn(&Cell<Data>) -> u32| {
        let (first, last) = (cells.iter().map(axis).min(), cells.iter().map(axis).max());
        first.zip(last).map_or(0, |(first, last)| u64::from(last - first) + 1)
    };
    span(|cell| cell.get_position().0) * span(|cell| cell.get_position().1)
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

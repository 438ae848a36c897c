//! Parquet files.

use super::columns::{Gathered, bytes};
use super::file::FileRows;
use super::{Form, Selection, file_error};
use crate::Reader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use relume_datasets::DataError;
use std::path::Path;

/// Reads a Parquet file.
///
/// # Errors
/// A file that is no Parquet file, is damaged or packed by a method that is not read, and cells that are no single
/// values, such as lists.
pub(super) fn read(
    path: &Path,
    form: &Form<'_>,
    selection: &Selection<'_>,
    reader: &dyn Reader,
) -> Result<FileRows, DataError> {
    if form.is_of_delimited() {
        let problem = "is a Parquet file, which has no header, separator, comment or skipped lines";
        return Err(file_error(path, problem.to_string(), None));
    }
    let bytes = bytes(path, reader)?;
    // Damaged files make some decoders panic.
    let read = std::panic::catch_unwind(|| gathered(path, bytes, selection));
    let gathered = read
        .unwrap_or_else(|_| Err(file_error(path, "is a damaged Parquet file".to_string(), None)))?;
    gathered.selected(path, selection)
}

fn gathered(path: &Path, bytes: Vec<u8>, selection: &Selection<'_>) -> Result<Gathered, DataError> {
    let refused = |error: ParquetError| {
        let help =
            "in Python: pandas.read_parquet(FILE).to_parquet(\"table.parquet\") packs it by snappy";
        let help = error.to_string().contains("isabled feature").then(|| help.to_string());
        file_error(path, format!("cannot be read as a Parquet file: {error}"), help)
    };
    let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).map_err(refused)?;
    let schema = file.metadata().file_metadata().schema();
    let fields = schema.get_fields();
    let names: Vec<String> = fields.iter().map(|field| field.name().to_string()).collect();
    let kept = selection.kept(path, &names)?;
    let mut gathered = Gathered::with_names(names);
    let mut cells = Vec::new();
    for (at, row) in file.get_row_iter(None).map_err(refused)?.enumerate() {
        let (row, line) = (row.map_err(refused)?, at as u64 + 1);
        cells.clear();
        for (at, (name, field)) in row.get_column_iter().enumerate() {
            if !kept.contains(&at) {
                cells.push(String::new());
                continue;
            }
            let cell = text(field).ok_or_else(|| DataError::Line {
                path: path.to_path_buf(),
                line,
                problem: format!(
                    "the column \"{name}\" holds lists or other values of several parts: ignore=[\"{name}\"] leaves \
                     it out"
                ),
            })?;
            cells.push(cell);
        }
        gathered.push(line, cells.iter().map(String::as_str));
    }
    Ok(gathered)
}

/// A cell as it would be written in a CSV file; `None` for one of several values.
fn text(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => String::new(),
        Field::Bool(true) => "True".to_string(),
        Field::Bool(false) => "False".to_string(),
        Field::Byte(x) => x.to_string(),
        Field::Short(x) => x.to_string(),
        Field::Int(x) => x.to_string(),
        Field::Long(x) => x.to_string(),
        Field::UByte(x) => x.to_string(),
        Field::UShort(x) => x.to_string(),
        Field::UInt(x) => x.to_string(),
        Field::ULong(x) => x.to_string(),
        Field::Float16(x) => number(f64::from(x.to_f32())),
        Field::Float(x) if x.is_nan() => String::new(),
        Field::Float(x) => x.to_string(),
        Field::Double(x) => number(*x),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Date(days) => {
            let date = date(i64::from(*days) * DAY);
            date.split(' ').next().unwrap_or_default().to_string()
        }
        Field::TimestampMillis(millis) => date(*millis),
        Field::TimestampMicros(micros) => date(micros.div_euclid(1000)),
        Field::TimeMillis(millis) => number(f64::from(*millis) / 1e3),
        Field::TimeMicros(micros) => number(*micros as f64 / 1e6),
        Field::Decimal(_) => field.to_string(),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => return None,
    })
}

/// Nothing for NaN, which is how pandas writes an empty cell.
fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { x.to_string() }
}

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A time in milliseconds since 1970 as `2026-11-30 14:30:00`.
fn date(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (second, millis) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    if millis == 0 { text } else { format!("{text}.{millis:03}") }
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

//! Parquet files.

mod cell;
mod delta;
mod header;
mod int96;
mod pages;
mod unpacked;

use super::columns::Gathered;
use super::{Selection, file_error, no_memory};
use crate::Reader;
use cell::Kind;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::Type;
use relume_datasets::DataError;
use std::path::Path;
use std::sync::Arc;

/// The rows of a Parquet file, with the columns that are wanted: no others are unpacked.
///
/// # Errors
/// Bytes that are no Parquet file, are damaged or packed by a method that is not read; a column that there is not or
/// whose name is that of another one; cells that are no single values, such as lists, or bytes that are no text.
pub(super) fn gathered(
    path: &Path,
    bytes: Vec<u8>,
    selection: &Selection<'_>,
    reader: &dyn Reader,
) -> Result<Gathered, DataError> {
    let refused = |error: ParquetError| refused(path, &error);
    let bytes = bytes::Bytes::from(bytes);
    let file = SerializedFileReader::new(bytes.clone()).map_err(refused)?;
    let schema = file.metadata().file_metadata().schema();
    let fields = schema.get_fields();
    let names: Vec<String> = fields.iter().map(|field| field.name().to_string()).collect();
    let mut kept = selection.kept(path, &names)?;
    kept.sort_unstable();
    check_names(path, &names, &kept)?;
    let kinds: Vec<Kind> = kept.iter().map(|&at| Kind::of(&fields[at])).collect();
    let wanted = kept.iter().map(|&at| Arc::clone(&fields[at])).collect();
    let wanted = Type::group_type_builder(schema.name()).with_fields(wanted).build();
    let wanted = wanted.map_err(refused)?;
    let mut gathered = Gathered::of_columns(names, kept.clone());
    let (mut cells, mut line) = (Vec::new(), 0);
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group).map_err(refused)?;
        pages::check(&bytes, &*group, &kept, reader).map_err(|problem| {
            file_error(path, format!("is a damaged Parquet file: {problem}"), None)
        })?;
        if reader.is_cancelled() {
            return Err(DataError::Interrupted);
        }
        let mut int96 = int96::columns(&*group, &kept, &kinds).map_err(refused)?;
        for row in group.get_row_iter(Some(wanted.clone())).map_err(refused)? {
            gathered.go_on(reader)?;
            let row = row.map_err(refused)?;
            line += 1;
            cells.clear();
            for (((name, field), kind), int96) in row.get_column_iter().zip(&kinds).zip(&mut int96)
            {
                let text = match int96 {
                    Some(times) => Ok(times.next().flatten().unwrap_or_default()),
                    None => kind.text(field),
                };
                cells.push(text.map_err(|holds| DataError::Line {
                    path: path.to_path_buf(),
                    line,
                    problem: format!(
                        "the column \"{name}\" holds {holds}: ignore=[\"{name}\"] leaves it out"
                    ),
                })?);
            }
            let cells = cells.iter().map(String::as_str);
            gathered.push(line, cells).map_err(|_| no_memory(path))?;
        }
    }
    Ok(gathered)
}

fn refused(path: &Path, error: &ParquetError) -> DataError {
    let error = error.to_string();
    let help =
        "in Python: pandas.read_parquet(FILE).to_parquet(\"table.parquet\") packs it by snappy";
    let help = error.contains("isabled feature").then(|| help.to_string());
    file_error(path, format!("cannot be read as a Parquet file: {error}"), help)
}

/// Refuses columns whose names are those of others: the decoder knows columns by their names alone.
fn check_names(path: &Path, names: &[String], kept: &[usize]) -> Result<(), DataError> {
    let is_twice = |&&at: &&usize| names.iter().filter(|own| **own == names[at]).count() > 1;
    match kept.iter().find(is_twice) {
        None => Ok(()),
        Some(&at) => {
            let name = &names[at];
            let problem = format!("two columns are called \"{name}\"");
            let help = format!("rename one where the file is written, or ignore=[\"{name}\"]");
            Err(file_error(path, problem, Some(help)))
        }
    }
}

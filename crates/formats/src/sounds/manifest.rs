//! Recordings in a list: a table with a row for each.

use super::found::chosen;
use super::{Parts, Recordings, Said, Sounds, Target, Transcript};
use crate::Reader;
use crate::table::{Form, Table, classes, file_error};
use relume_catalog::Value;
use relume_datasets::raw::{CellForm, is_missing, number};
use relume_datasets::{DataError, PartKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names of the column of files; the second is NeMo's.
const PATHS: [&str; 2] = ["path", "audio_filepath"];

impl Sounds {
    /// The files of a list.
    pub(super) fn in_list(
        &self,
        list: &Path,
        reader: &dyn Reader,
    ) -> Result<Recordings, DataError> {
        if self.pattern.is_some() {
            return Err(DataError::Options(format!(
                "{} is a list, whose columns tell the classes: pattern is for a folder",
                self.path
            )));
        }
        let table = Table::read(list, &Form::default(), reader)?;
        whole_files(&table)?;
        let paths = self.paths(&table)?;
        let said = match self.target {
            Target::Label => {
                let column = table.column(&Value::from("label"))?;
                let (names, labels) = table.classes(column, &CellForm::default())?;
                Said::Classes { names, labels }
            }
            Target::Text => Said::Texts(transcripts(&table)?),
        };
        let parts = self.parts(&table)?;
        if let (Parts::Own(parts), Said::Classes { names, labels }) = (&parts, &said) {
            let held = (0..labels.len()).filter(|&row| parts[row] != PartKind::Train);
            table.check_trained(names, labels, held)?;
        }
        Ok(Recordings { name: table.stem(), paths, said, parts, others: None })
    }

    /// The files, relative to the list's folder.
    fn paths(&self, table: &Table) -> Result<Vec<PathBuf>, DataError> {
        let Some(column) = PATHS.iter().find_map(|name| position(table, name)) else {
            let problem = "there is no column \"path\" (or \"audio_filepath\")".to_string();
            let help = format!("the columns are {}", table.names.join(", "));
            return Err(file_error(&table.path, problem, Some(help)));
        };
        let folder = table.path.parent().unwrap_or(Path::new(""));
        let path = |(row, cell): (usize, &str)| {
            if cell.is_empty() {
                let problem = format!("the column \"{}\" is empty", table.names[column]);
                return Err(table.row_error(row, problem));
            }
            let path = folder.join(cell);
            match self.frames.skip_broken || relume_files::is_file(&path) {
                true => Ok(path),
                false => Err(table.row_error(row, format!("there is no file {}", path.display()))),
            }
        };
        table.cells(column).enumerate().map(path).collect()
    }

    /// The parts: by the column that `test_by` names, by the column `split`, or drawn.
    fn parts(&self, table: &Table) -> Result<Parts, DataError> {
        if let (Some(by), Some(values)) = (&self.test_by, &self.test_values) {
            let column = table.column(&Value::from(by.as_str()))?;
            let own: Vec<&str> = table.cells(column).collect();
            return Ok(Parts::Own(chosen(by, values, &own)?));
        }
        if let Some(by) = &self.split_by {
            let column = table.column(&Value::from(by.as_str()))?;
            return Ok(Parts::Grouped(classes(table.cells(column)).1));
        }
        let Some(column) = position(table, "split") else { return Ok(Parts::Drawn) };
        let part = |(row, word): (usize, &str)| match word.to_lowercase().as_str() {
            "train" | "training" => Ok(PartKind::Train),
            "val" | "valid" | "validation" | "dev" => Ok(PartKind::Validation),
            "test" | "testing" => Ok(PartKind::Test),
            _ => {
                let problem = format!("{word:?} is not a part: train, val, valid, dev or test");
                Err(table.row_error(row, problem))
            }
        };
        let parts: Vec<PartKind> =
            table.cells(column).enumerate().map(part).collect::<Result<_, _>>()?;
        let given = [
            ("test", PartKind::Test, self.split.test),
            ("validation", PartKind::Validation, self.split.validation),
        ];
        for (name, part, fraction) in given {
            if fraction.is_some() && parts.contains(&part) {
                let problem = format!("its column \"split\" says what the {name} part is");
                return Err(file_error(&table.path, problem, Some(format!("leave {name}= out"))));
            }
        }
        Ok(Parts::Own(parts))
    }
}

fn position(table: &Table, wanted: &str) -> Option<usize> {
    table.names.iter().position(|name| name == wanted)
}

/// Refuses a list of pieces of files, as NeMo's column `offset` gives them.
fn whole_files(table: &Table) -> Result<(), DataError> {
    let Some(column) = position(table, "offset") else { return Ok(()) };
    let is_whole = |cell: &str| is_missing(cell) || number(cell) == Some(0.0);
    match table.cells(column).position(|cell| !is_whole(cell)) {
        None => Ok(()),
        Some(row) => Err(table.row_error(
            row,
            "this row begins at an offset in its file: files are read whole, so cut them first"
                .to_string(),
        )),
    }
}

/// The column `text`.
fn transcripts(table: &Table) -> Result<Vec<Transcript>, DataError> {
    let column = table.column(&Value::from("text"))?;
    // Text such as "null" and "None", which marks a missing number elsewhere, is a word here.
    if let Some(row) = table.cells(column).position(str::is_empty) {
        return Err(table.row_error(row, "the column \"text\" is empty".to_string()));
    }
    let file: Arc<Path> = Arc::from(table.path.as_path());
    let transcript = |(text, line): (&str, u64)| Transcript {
        text: text.to_string(),
        file: Arc::clone(&file),
        line,
    };
    Ok(table.cells(column).zip(table.lines()).map(transcript).collect())
}

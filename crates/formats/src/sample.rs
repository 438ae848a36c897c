//! Single samples from a user, a picture's path or a row of a table, as the numbers that a network takes.

use crate::audio::{self, Extractor, Sound};
use crate::files::folder::Folder;
use crate::files::glob;
use crate::images;
use crate::picture::Reading;
use crate::table::{Cells, Mistake, Scanner, Syntax, json};
use crate::text::{self, Encoding, read_text};
use rayon::prelude::*;
use relume_catalog::{count_text, counted};
use relume_datasets::raw::{Column, RawImage, RawRow, RawSound, number};
use relume_datasets::{DataError, Preparation, Raw};
use relume_tensor::Tensor;
use std::collections::HashMap;
use std::path::Path;

/// The input of one sample, prepared as the training samples were: `[...]`, without a batch.
///
/// By default, a sample is a row of numbers with commas between them.
///
/// # Errors
/// A file that cannot be read or used, or text that should be numbers and is not.
pub fn sample(preparation: Option<&Preparation>, given: &str) -> Result<Tensor, DataError> {
    match preparation.and_then(|preparation| Some((preparation, preparation.raw.as_ref()?))) {
        Some((preparation, Raw::Image(raw))) => image(raw, preparation, given),
        Some((preparation, Raw::Row(raw))) => rows(raw, preparation, given),
        Some((_, Raw::Text(raw))) => Ok(raw.sample(given).to_tensor()?),
        Some((preparation, Raw::Sound(raw))) => recording(raw, preparation, given),
        None => {
            let row = numbers(given)?;
            Ok(Tensor::from_fn(row.len(), |feature| match preparation {
                Some(preparation) => preparation.number(feature, row[feature]),
                None => row[feature] as f32,
            }))
        }
    }
}

/// The inputs of some samples, each as [`sample`] gives it; files are read by several threads.
pub fn samples(
    preparation: Option<&Preparation>,
    given: &[String],
) -> Vec<Result<Tensor, DataError>> {
    given.par_iter().map(|given| sample(preparation, given)).collect()
}

/// What is to be said of samples that are given by themselves, a sentence each: cells and texts that are not like those
/// of the training, and what they are taken for. What several samples have is said once, with their number; of many
/// sentences the first ones are said. Samples that cannot be read are left to [`samples`].
pub fn remarks(preparation: Option<&Preparation>, given: &[String]) -> Vec<String> {
    const MOST: usize = 5;
    let Some(raw) = preparation.and_then(|own| own.raw.as_ref()) else { return Vec::new() };
    let of_sample = |given: &String| match raw {
        Raw::Row(raw) => {
            let lines: Vec<&str> = match raw.window {
                Some(_) => given.lines().filter(|line| !line.trim().is_empty()).collect(),
                None => vec![given.as_str()],
            };
            let own = lines.iter().filter_map(|line| cells(raw, line).ok());
            let own = own.filter(|cells| cells.len() == raw.columns.len());
            own.flat_map(|cells| raw.remarks(&cells)).collect::<Vec<_>>()
        }
        Raw::Text(raw) => raw.remark(given).into_iter().collect(),
        Raw::Image(_) | Raw::Sound(_) => Vec::new(),
    };
    let mut told: Vec<(String, usize)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for remark in given.iter().flat_map(of_sample) {
        let place = *places.entry(remark.clone()).or_insert(told.len());
        match told.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => told.push((remark, 1)),
        }
    }
    let more = told.len().saturating_sub(MOST);
    let sentence = |(remark, count): (String, usize)| match count {
        1 => remark,
        count => format!("{remark} ({} times)", count_text(count)),
    };
    let mut sentences: Vec<String> = told.into_iter().take(MOST).map(sentence).collect();
    if more > 0 {
        sentences.push(format!("and {} of this kind", counted(more, "more remark")));
    }
    sentences
}

/// The inputs of some samples that are files: as [`samples`] gives them, and of texts, what the files say.
pub fn file_samples(
    preparation: Option<&Preparation>,
    paths: &[String],
) -> Vec<Result<Tensor, DataError>> {
    let read = |path: &String| match preparation.and_then(|own| own.raw.as_ref()) {
        Some(Raw::Text(raw)) => {
            let text = read_text(Path::new(path), Encoding::Utf8)?;
            Ok(raw.sample(&text).to_tensor()?)
        }
        _ => sample(preparation, path),
    };
    paths.par_iter().map(read).collect()
}

/// Whether a string stands for files that hold samples of this kind: always where samples are files, and of texts, the
/// path of `.txt` files, or that of a folder with a slash at its end.
pub fn names_files(raw: &Raw, given: &str) -> bool {
    match raw {
        Raw::Image(_) | Raw::Sound(_) => true,
        Raw::Text(_) => {
            given.ends_with('/') && relume_files::is_dir(given) || given.ends_with(".txt")
        }
        Raw::Row(_) => false,
    }
}

/// The paths of the files that samples of this kind are read from: those in a folder and below it or of a
/// pattern with `*`, in order of their names, or the given file.
///
/// # Errors
/// A folder that cannot be read or that holds no such files, a pattern that no file matches; samples that are no files.
pub fn sample_files(raw: &Raw, path: &str) -> Result<Vec<String>, DataError> {
    let endings = match raw {
        Raw::Image(_) => &images::ENDINGS,
        Raw::Sound(_) => &audio::ENDINGS,
        Raw::Text(_) => &text::ENDINGS,
        Raw::Row(_) => {
            return Err(DataError::Options(format!("{} are no files", raw.samples())));
        }
    };
    let files = match relume_files::is_dir(path) {
        true => Folder::all(Path::new(path), endings)?,
        false => glob::files(path)?,
    };
    Ok(files.iter().map(|file| file.to_string_lossy().into_owned()).collect())
}

/// The image `[channels, height, width]` of a picture's file, its pixels prepared.
fn image(raw: &RawImage, preparation: &Preparation, path: &str) -> Result<Tensor, DataError> {
    let reading = Reading { channels: raw.channels, size: Some(raw.size) };
    let (planes, _) = reading.planes(Path::new(path))?;
    raw.sample(preparation, planes)
}

/// The frames `[length, features]` of a recording's file, prepared.
fn recording(raw: &RawSound, preparation: &Preparation, path: &str) -> Result<Tensor, DataError> {
    let extractor = Extractor::new(&raw.features).map_err(DataError::Options)?;
    let frames = extractor.features(&Sound::read(Path::new(path))?)?;
    Ok(raw.sample(preparation, &frames))
}

/// A row, or a window of rows that stand in lines of their own, the oldest first.
fn rows(raw: &RawRow, preparation: &Preparation, given: &str) -> Result<Tensor, DataError> {
    let Some(length) = raw.window else { return raw.sample(preparation, &cells(raw, given)?) };
    let lines: Vec<&str> = given.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() != length {
        return Err(DataError::Options(format!(
            "this sample has {} rows, but a window of {length} is needed: a row in each line, the oldest first",
            lines.len()
        )));
    }
    let row = |line: &&str| raw.sample(preparation, &cells(raw, line)?);
    let rows: Vec<Tensor> = lines.iter().map(row).collect::<Result<_, _>>()?;
    let rows = Tensor::concat(&rows.iter().collect::<Vec<_>>(), 0)?;
    Ok(rows.reshape([length, raw.width()])?)
}

/// The cells of a row as a CSV file has them, or of a JSON object.
fn cells(raw: &RawRow, given: &str) -> Result<Vec<String>, DataError> {
    let cells = match given.trim_start().starts_with('{') {
        true => object_cells(raw, given),
        false => row_cells(raw, given),
    };
    cells.map_err(DataError::Options)
}

/// The cells of a row with separators between them.
fn row_cells(raw: &RawRow, given: &str) -> Result<Vec<String>, String> {
    let syntax = Syntax { separator: raw.separator.into(), comment: None };
    let mut row = Cells::default();
    let record = Scanner::new(given, syntax, 1, true).record(&mut row, None);
    record.map_err(|mistake| match mistake {
        Mistake::Unclosed { .. } => "a quote of this row is never closed".to_string(),
        _ => "a quote of this row spans lines".to_string(),
    })?;
    Ok((0..row.len()).flat_map(|at| row.row(at)).map(str::to_string).collect())
}

/// The cells of an object whose keys are the columns' names; others are left alone, as a target is.
fn object_cells(raw: &RawRow, given: &str) -> Result<Vec<String>, String> {
    let cells = json::object(given).map_err(|error| match error.problem {
        json::Problem::Syntax(problem) => format!("this is not JSON: {problem}"),
        json::Problem::Cells(problem) => problem,
    })?;
    let cell = |column: &Column| {
        let own = cells.iter().find(|(name, _)| *name == column.name);
        own.map(|(_, cell)| cell.clone()).unwrap_or_default()
    };
    Ok(raw.columns.iter().map(cell).collect())
}

/// A row of numbers, as a CSV file has it.
fn numbers(given: &str) -> Result<Vec<f64>, DataError> {
    let number = |(column, cell): (usize, &str)| {
        let cell = cell.trim();
        number(cell).ok_or_else(|| {
            let column = column + 1;
            DataError::Options(format!("column {column} holds \"{cell}\", which is not a number"))
        })
    };
    given.split(',').enumerate().map(number).collect()
}

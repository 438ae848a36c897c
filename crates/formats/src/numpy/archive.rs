//! An `.npz` file: arrays by their names.

use super::array::{Array, Origin};
use super::header::Header;
use crate::Reader;
use crate::files::watched::{Watched, is_stopped, unreadable};
use relume_catalog::nearest;
use relume_datasets::DataError;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// A byte of deflated data expands to at most so many.
const MOST_UNPACKED: u64 = 1032;

/// Arrays, of which none has been read yet.
pub(super) struct Archive<'a> {
    path: PathBuf,
    length: u64,
    zip: ZipArchive<BufReader<Watched<'a>>>,
    /// The arrays' names, and which entries of the archive they are.
    entries: Vec<(String, usize)>,
}

impl<'a> Archive<'a> {
    /// Reads the list of arrays.
    pub fn open(path: &Path, reader: &'a dyn Reader) -> Result<Self, DataError> {
        let broken = |error: ZipError| match error {
            ZipError::Io(source) if is_stopped(&source) => DataError::Interrupted,
            error => DataError::File {
                path: path.to_path_buf(),
                problem: format!("is not a complete .npz file: {error}"),
                help: Some("the file may be cut off; get it again".to_string()),
            },
        };
        let file = Watched::open(path, reader).map_err(|error| unreadable(path, error))?;
        let length = file.len();
        let zip = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
        let mut entries = Vec::new();
        for index in 0..zip.len() {
            let name = zip.name_for_index(index).transpose().map_err(broken)?.unwrap_or_default();
            if let Some(name) = name.strip_suffix(".npy") {
                entries.push((name.to_string(), index));
            }
        }
        Ok(Archive { path: path.to_path_buf(), length, zip, entries })
    }

    /// Whether there is an array of this name.
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(own, _)| own == name)
    }

    /// An array by its name.
    pub fn read(&mut self, name: &str) -> Result<Array, DataError> {
        let origin = Origin { path: self.path.clone(), name: Some(name.to_string()) };
        let Some(&(_, index)) = self.entries.iter().find(|(own, _)| own == name) else {
            let near = nearest(name, self.entries.iter().map(|(own, _)| own.as_str()));
            let near = near.map(|near| format!("did you mean \"{near}\"? "));
            let help = near.unwrap_or_default() + &self.list();
            return Err(self.refused(format!("there is no array \"{name}\" in it"), help));
        };
        let length = self.length;
        let mut entry = self.zip.by_index(index).map_err(|error| match error {
            ZipError::Io(source) if is_stopped(&source) => DataError::Interrupted,
            error => origin.refused(&format!("cannot be unpacked: {error}"), None),
        })?;
        let size = entry.size();
        if size > most(&entry, length) {
            let problem = format!("claims {size} bytes, more than can be packed in what is there");
            return Err(origin.refused(&problem, None));
        }
        Array::read(origin, &mut entry, size)
    }

    /// An error that lists the arrays as help.
    pub fn unnamed(&mut self, problem: &str) -> DataError {
        let help = format!("name them: inputs=\"NAME\", targets=\"NAME\"; {}", self.list());
        self.refused(problem.to_string(), help)
    }

    fn refused(&self, problem: String, help: String) -> DataError {
        DataError::File { path: self.path.clone(), problem, help: Some(help) }
    }

    /// All arrays with their types and shapes.
    fn list(&mut self) -> String {
        let describe = |(name, index): &(String, usize)| {
            let header = self.zip.by_index(*index).ok().map(|mut entry| Header::read(&mut entry));
            match header {
                Some(Ok(Header { dtype, shape, .. })) => format!("{name} ({dtype} {shape:?})"),
                // Its error is reported when the array is used.
                _ => format!("{name} (unreadable)"),
            }
        };
        let arrays: Vec<String> = self.entries.iter().map(describe).collect();
        match arrays.is_empty() {
            true => "there is no array in the file".to_string(),
            false => format!("the arrays are {}", arrays.join(", ")),
        }
    }
}

/// How many bytes an entry of a file of this length can have.
fn most<R: std::io::Read>(entry: &ZipFile<'_, R>, length: u64) -> u64 {
    let packed = entry.compressed_size().min(length);
    match entry.compression() {
        CompressionMethod::Stored => packed,
        _ => packed.saturating_mul(MOST_UNPACKED),
    }
}

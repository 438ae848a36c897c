//! Patterns of paths, such as `part-*.csv`.

use relume_datasets::DataError;
use std::path::PathBuf;

/// The files of a pattern with `*`, `?` or `[...]`, in order of their names. The path of a file that is there, whatever
/// its name, stands for itself, and so does a path that is no pattern.
///
/// # Errors
/// A pattern that is broken or that no file matches, or a folder that cannot be read.
pub(crate) fn files(path: &str) -> Result<Vec<PathBuf>, DataError> {
    let own = PathBuf::from(path);
    if !path.contains(['*', '?', '[']) || relume_files::exists(&own) {
        return Ok(vec![own]);
    }
    let refused = |problem: String, help: &str| DataError::File {
        path: own.clone(),
        problem,
        help: Some(help.to_string()),
    };
    let found = glob::glob(path)
        .map_err(|error| refused(format!("is not a pattern: {error}"), "* stands for any text"))?;
    let mut files = Vec::new();
    for file in found {
        let file = match file {
            // What a sandbox hides has no errors, either.
            Err(error) if !relume_files::exists(error.path()) => continue,
            Err(error) => {
                let path = error.path().to_path_buf();
                return Err(DataError::Read { path, source: error.into() });
            }
            Ok(file) => file,
        };
        if relume_files::is_file(&file) {
            files.push(file);
        }
    }
    match files.is_empty() {
        true => Err(refused(
            "no file matches this pattern".to_string(),
            "it is relative to where relume was started; * stands for any text within a name",
        )),
        false => Ok(files),
    }
}

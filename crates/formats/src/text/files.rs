//! Text files: listing a folder of them, and reading one.

use crate::files::folder::{Endings, Folder};
use relume_catalog::{Choice, count_text};
use relume_datasets::DataError;
use std::path::Path;

/// The files of a folder of texts. `unsup` is where Maas et al.'s film reviews (IMDB) keep 50,000 unlabelled ones.
const ENDINGS: Endings =
    Endings { endings: &["txt"], names: ["text", "texts"], unlabelled: &["unsup"] };

/// The encoding of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Encoding {
    /// UTF-8; invalid bytes are refused.
    #[default]
    #[spec(name = "utf-8")]
    Utf8,
    /// ISO 8859-1: each byte is the character of its number.
    #[spec(name = "latin-1")]
    Latin1,
}

/// Finds the texts in a folder: `DIR/train/CLASS/*.txt` beside `DIR/test/CLASS/*.txt` (or `val`, or `valid`), otherwise
/// `DIR/CLASS/*.txt`, as images are found.
///
/// A folder `unsup` beside the classes holds texts without a class and is left out ([`Folder::left_out`]).
///
/// # Errors
/// A folder that cannot be read, no classes, a class without texts, or a class that only the test part has.
pub fn folder(root: &Path) -> Result<Folder, DataError> {
    Folder::find(root, &ENDINGS)
}

/// Reads a text file. A byte order mark (U+FEFF) at the start of a UTF-8 file is not part of the text.
///
/// # Errors
/// A file that cannot be read, or bytes that are not UTF-8, with the position of the first.
pub fn read_text(path: &Path, encoding: Encoding) -> Result<String, DataError> {
    let bytes = std::fs::read(path)
        .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
    let refused = |problem: String, help: &str| DataError::File {
        path: path.to_path_buf(),
        problem,
        help: Some(help.to_string()),
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(refused("is UTF-16".to_string(), "save it as UTF-8"));
    }
    match encoding {
        Encoding::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
        Encoding::Utf8 => {
            let mut text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                let line = error.as_bytes()[..at].iter().filter(|&&one| one == b'\n').count() + 1;
                refused(
                    format!(
                        "is not UTF-8: byte {} (0x{byte:02X}, line {line}) does not begin a character",
                        count_text(at)
                    ),
                    "save it as UTF-8, or read it with encoding=\"latin-1\"",
                )
            })?;
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(text)
        }
    }
}

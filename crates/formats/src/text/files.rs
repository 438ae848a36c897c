//! Text files: listing a folder of them, and reading one.

use crate::files::decoded::Decoded;
use crate::files::folder::{Endings, Folder};
use relume_catalog::{Choice, count_text};
use relume_datasets::DataError;
use std::io::BufReader;
use std::path::Path;

/// The files of a folder of texts. `unsup` is where Maas et al.'s film reviews (IMDB) keep 50,000 unlabelled ones.
pub(crate) const ENDINGS: Endings =
    Endings { endings: &["txt"], names: ["text", "texts"], unlabelled: &["unsup"] };

/// The encoding of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Encoding {
    /// UTF-8; invalid bytes are refused.
    #[default]
    #[spec(name = "utf-8")]
    Utf8,
    /// UTF-16, in the order of bytes that the mark at its start says, or else the lower byte first.
    #[spec(name = "utf-16")]
    Utf16,
    /// ISO 8859-1: each byte is the character of its number.
    #[spec(name = "latin-1")]
    Latin1,
    /// Windows' encoding for western Europe, code page 1252.
    #[spec(name = "windows-1252")]
    Windows1252,
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

/// Reads a text file. A byte order mark at its start decides the encoding and is not part of the text.
///
/// # Errors
/// A file that cannot be read, or bytes that are no characters, with the position of the first.
pub fn read_text(path: &Path, encoding: Encoding) -> Result<String, DataError> {
    let read = |source| DataError::Read { path: path.to_path_buf(), source };
    let file = relume_files::open(path).map_err(read)?;
    let mut decoded = Decoded::new(BufReader::new(file), Some(encoding)).map_err(read)?;
    let mut bytes = Vec::new();
    while decoded.fill(&mut bytes).map_err(read)? {}
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        let line = error.as_bytes()[..at].iter().filter(|&&one| one == b'\n').count() + 1;
        DataError::File {
            path: path.to_path_buf(),
            problem: format!(
                "is not UTF-8: byte {} (0x{byte:02X}, line {line}) does not begin a character",
                count_text(at)
            ),
            help: Some("save it as UTF-8, or read it with encoding=\"latin-1\"".to_string()),
        }
    })
}

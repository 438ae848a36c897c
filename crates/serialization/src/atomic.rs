//! Replacing a file as a whole or not at all.

use crate::SaveError;
use relume_files::WriteError;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file so that its path holds either all of the new bytes or its old contents:
/// [`relume_files::write_atomically`], with errors that name the file and say what to do.
///
/// # Errors
/// The target is not a file or is read-only; the folder does not exist or may not be written to; the disk is
/// full; `write` failed; there is a sandbox.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SaveError> {
    relume_files::write_atomically(path, write).map_err(|error| match error {
        WriteError::NotAFile => SaveError::NotAFile { path: path.into() },
        WriteError::ReadOnly => SaveError::ReadOnly { path: path.into() },
        WriteError::System(source) => SaveError::at(path)(source),
    })
}

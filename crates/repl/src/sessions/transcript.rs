//! A transcript: a file into which goes what is typed and what is answered.

use std::fs::File;
use std::io::{self, Write};

/// A file that is written line by line, and is whole whenever the program ends.
#[derive(Debug)]
pub(crate) struct Transcript {
    path: String,
    file: File,
}

impl Transcript {
    /// Opens the file; what stands in it stays, and new lines follow.
    ///
    /// # Errors
    /// A file that cannot be written to.
    pub fn open(path: &str) -> io::Result<Self> {
        let file = relume_files::append(path)?;
        Ok(Transcript { path: path.to_string(), file })
    }

    /// The file's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether something was in the file before.
    ///
    /// # Errors
    /// A file that is not to be asked.
    pub fn is_continued(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() > 0)
    }

    /// Writes at once, without a buffer of its own.
    ///
    /// # Errors
    /// A disk that is full, or a file that has become unreachable.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }
}

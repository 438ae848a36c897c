//! A transcript: a file into which goes what is typed and what is answered.

use std::fs::File;
use std::io::{self, Write};

/// How a transcript begins: no other file is written to.
pub(crate) const TRANSCRIPT: &str = "# A transcript of relume ";

/// A file that is written line by line, and is whole whenever the program ends.
#[derive(Debug)]
pub(crate) struct Transcript {
    path: String,
    file: File,
    is_continued: bool,
}

impl Transcript {
    /// Opens the file; what stands in it stays, and new lines follow. An empty one gets its head.
    ///
    /// # Errors
    /// A file that cannot be written to.
    pub fn open(path: &str) -> io::Result<Self> {
        let file = relume_files::append(path)?;
        let is_continued = file.metadata()?.len() > 0;
        let mut own = Transcript { path: path.to_string(), file, is_continued };
        if !is_continued {
            let version = env!("CARGO_PKG_VERSION");
            let what = "what was typed stands after \"> \", answers below it";
            own.write(&format!("{TRANSCRIPT}{version}: {what}.\n"))?;
        }
        Ok(own)
    }

    /// The file's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether something was in the file before.
    pub fn is_continued(&self) -> bool {
        self.is_continued
    }

    /// Writes at once, without a buffer of its own.
    ///
    /// # Errors
    /// A disk that is full, or a file that has become unreachable.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }
}

//! A file whose reading is observed.

use crate::{Amount, Reader};
use relume_datasets::DataError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use thiserror::Error;

/// A file that reports how much of it has been read, and that cannot be read further once the observer asks to stop.
pub(crate) struct Watched<'a> {
    file: File,
    read: u64,
    all: u64,
    reader: &'a dyn Reader,
}

/// The error of reading then.
#[derive(Debug, Error)]
#[error("reading was asked to stop")]
struct Stopped;

impl<'a> Watched<'a> {
    pub fn open(path: &Path, reader: &'a dyn Reader) -> io::Result<Self> {
        let file = relume_files::open(path)?;
        let all = file.metadata()?.len();
        Ok(Watched { file, read: 0, all, reader })
    }

    /// The file's length in bytes.
    pub fn len(&self) -> u64 {
        self.all
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reader.is_cancelled() {
            return Err(io::Error::other(Stopped));
        }
        // No more at once than is read in a moment.
        let most = buffer.len().min(1 << 20);
        let count = self.file.read(&mut buffer[..most])?;
        self.read += count as u64;
        self.reader.progress(self.read as usize, self.all as usize, Amount::Bytes);
        Ok(count)
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.read = self.file.seek(to)?;
        Ok(self.read)
    }
}

/// Whether reading ended because it was asked to stop.
pub(crate) fn is_stopped(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<Stopped>())
}

/// The data error for an error while reading.
pub(crate) fn unreadable(path: &Path, source: io::Error) -> DataError {
    match is_stopped(&source) {
        true => DataError::Interrupted,
        false => DataError::Read { path: path.to_path_buf(), source },
    }
}

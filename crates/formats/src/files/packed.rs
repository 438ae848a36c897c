//! Files of bytes, compressed with gzip or not.

use super::watched::{Watched, unreadable};
use crate::Reader;
use flate2::bufread::MultiGzDecoder;
use relume_datasets::DataError;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How much is read from a file at once.
const BUFFER: usize = 1 << 18;

/// A file's bytes in order. A gzip file, recognised by its content, is decompressed.
pub(crate) struct Unpacked<'a> {
    path: PathBuf,
    bytes: Bytes<'a>,
    /// How many bytes it has given so far.
    given: usize,
}

enum Bytes<'a> {
    Plain(BufReader<Watched<'a>>),
    Gzip(Box<BufReader<MultiGzDecoder<BufReader<Watched<'a>>>>>),
}

impl<'a> Unpacked<'a> {
    pub fn open(path: &Path, reader: &'a dyn Reader) -> Result<Self, DataError> {
        let open = || {
            let mut file = BufReader::with_capacity(BUFFER, Watched::open(path, reader)?);
            Ok(match file.fill_buf()?.starts_with(&GZIP) {
                true => {
                    let decoder = MultiGzDecoder::new(file);
                    Bytes::Gzip(Box::new(BufReader::with_capacity(BUFFER, decoder)))
                }
                false => Bytes::Plain(file),
            })
        };
        let bytes = open().map_err(|error| unreadable(path, error))?;
        Ok(Unpacked { path: path.to_path_buf(), bytes, given: 0 })
    }

    /// The error of this file for an error while reading.
    pub fn refused(&self, error: io::Error) -> DataError {
        match (unreadable(&self.path, error), &self.bytes) {
            (DataError::Read { source, .. }, Bytes::Gzip(_)) => DataError::File {
                path: self.path.clone(),
                problem: format!("its gzip data are broken after {} bytes: {source}", self.given),
                help: Some("the file may be cut off; get it again".to_string()),
            },
            (error, _) => error,
        }
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.bytes {
            Bytes::Plain(bytes) => bytes.read(buffer),
            Bytes::Gzip(bytes) => bytes.read(buffer),
        }?;
        self.given += count;
        Ok(count)
    }
}

impl BufRead for Unpacked<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.bytes {
            Bytes::Plain(bytes) => bytes.fill_buf(),
            Bytes::Gzip(bytes) => bytes.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        self.given += count;
        match &mut self.bytes {
            Bytes::Plain(bytes) => bytes.consume(count),
            Bytes::Gzip(bytes) => bytes.consume(count),
        }
    }
}

/// All of a file's bytes.
pub(crate) fn read(path: &Path, reader: &dyn Reader) -> Result<Vec<u8>, DataError> {
    let mut unpacked = Unpacked::open(path, reader)?;
    let mut bytes = Vec::new();
    match unpacked.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(unpacked.refused(error)),
    }
}

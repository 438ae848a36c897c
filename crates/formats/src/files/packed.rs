//! Files of bytes, compressed with gzip or zstd, in a zip archive, or none of these; and standard input.

use super::watched::{Watched, unreadable};
use crate::Reader;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use relume_datasets::DataError;
use ruzstd::decoding::StreamingDecoder;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The path that stands for standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

/// The first bytes of each kind of packed file.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const ZIP: [u8; 4] = [b'P', b'K', 3, 4];

/// The endings of packed files, which are left out where the ending of what they hold is asked for.
pub(crate) const ENDINGS: [&str; 4] = [".gz", ".zip", ".zst", ".zstd"];

/// How much is read from a file at once.
const BUFFER: usize = 1 << 18;

/// A file's bytes in order. A packed file, recognised by its content, is decompressed.
pub(crate) struct Unpacked<'a> {
    path: PathBuf,
    bytes: Box<dyn BufRead + Send + 'a>,
    /// How it is packed.
    packing: Option<&'static str>,
    /// The name of the file that an archive holds.
    member: Option<String>,
    /// How many bytes it has given so far.
    given: usize,
}

impl<'a> Unpacked<'a> {
    pub fn open(path: &Path, reader: &'a dyn Reader) -> Result<Self, DataError> {
        if path == Path::new(STANDARD_INPUT) {
            if io::stdin().is_terminal() {
                let problem = "standard input is where you type".to_string();
                return Err(refused(
                    path,
                    problem,
                    "run a script: relume train.relume < table.csv",
                ));
            }
            let input = relume_files::standard_input().map_err(|error| unreadable(path, error))?;
            return Self::of_stream(path, Box::new(input));
        }
        let opened = || {
            let mut file = BufReader::with_capacity(BUFFER, Watched::open(path, reader)?);
            let is_zip = file.fill_buf()?.starts_with(&ZIP);
            Ok((file, is_zip))
        };
        let (file, is_zip) = opened().map_err(|error| unreadable(path, error))?;
        match is_zip {
            true => Self::of_zip(path, file.into_inner()),
            false => Self::of_buffered(path, Box::new(file)),
        }
    }

    /// The bytes of something that can be read only once.
    pub fn of_stream(path: &Path, stream: Box<dyn Read + Send + 'a>) -> Result<Self, DataError> {
        Self::of_buffered(path, Box::new(BufReader::with_capacity(BUFFER, stream)))
    }

    fn of_buffered(path: &Path, mut file: Box<dyn BufRead + Send + 'a>) -> Result<Self, DataError> {
        let first = file.fill_buf().map_err(|error| unreadable(path, error))?;
        let (is_gzip, is_zstd) = (first.starts_with(&GZIP), first.starts_with(&ZSTD));
        if first.starts_with(&ZIP) {
            let problem = "is a zip archive, which cannot be read from a stream".to_string();
            return Err(refused(path, problem, "unpack it first"));
        }
        let unpacked = |bytes, packing| Unpacked {
            path: path.to_path_buf(),
            bytes,
            packing,
            member: None,
            given: 0,
        };
        Ok(match (is_gzip, is_zstd) {
            (true, _) => {
                let decoder = BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file));
                unpacked(Box::new(decoder), Some("gzip"))
            }
            (_, true) => {
                let frames = BufReader::with_capacity(BUFFER, ZstdFrames(Frame::Between(file)));
                unpacked(Box::new(frames), Some("zstd"))
            }
            _ => unpacked(file, None),
        })
    }

    /// The only file in a zip archive.
    fn of_zip(path: &Path, file: Watched<'a>) -> Result<Self, DataError> {
        let mut archive = zip::ZipArchive::new(file)
            .map_err(|error| refused(path, format!("is not a whole zip archive: {error}"), CUT))?;
        let is_content = |name: &String| {
            let is_hidden = name.rsplit('/').next().is_some_and(|last| last.starts_with('.'));
            !name.ends_with('/') && !is_hidden && !name.starts_with("__MACOSX/")
        };
        let names: Result<Vec<String>, _> =
            archive.file_names().map(|name| name.map(|name| name.into_owned())).collect();
        let names = names
            .map_err(|error| refused(path, format!("is not a whole zip archive: {error}"), CUT))?;
        let names: Vec<String> = names.into_iter().filter(is_content).collect();
        let [name] = &names[..] else {
            let problem = match names.len() {
                0 => "is a zip archive without files".to_string(),
                count => format!("is a zip archive of {count} files: {}", some(&names)),
            };
            return Err(refused(
                path,
                problem,
                "an archive is read if it holds one file: unpack it",
            ));
        };
        let entry = archive
            .by_name(name)
            .map(|entry| {
                let place = (entry.data_start(), entry.compressed_size());
                (place, entry.compression(), entry.encrypted())
            })
            .map_err(|error| {
                refused(path, format!("its file {name:?} cannot be read: {error}"), CUT)
            })?;
        let ((start, size), method, is_encrypted) = entry;
        let start = start.filter(|_| !is_encrypted).ok_or_else(|| {
            refused(path, format!("its file {name:?} is encrypted"), "unpack it first")
        })?;
        let mut file = archive.into_inner();
        file.seek(SeekFrom::Start(start)).map_err(|error| unreadable(path, error))?;
        let packed = BufReader::with_capacity(BUFFER, file.take(size));
        let bytes: Box<dyn BufRead + Send + 'a> = match method {
            zip::CompressionMethod::Stored => Box::new(packed),
            zip::CompressionMethod::Deflated => {
                Box::new(BufReader::with_capacity(BUFFER, DeflateDecoder::new(packed)))
            }
            other => {
                let problem = format!("its file {name:?} is packed by {other}");
                return Err(refused(path, problem, "pack it with deflate, or unpack it"));
            }
        };
        let (packing, member) = (Some("zip"), Some(name.clone()));
        Ok(Unpacked { path: path.to_path_buf(), bytes, packing, member, given: 0 })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the file that an archive holds; the file's own if it is none.
    pub fn name(&self) -> String {
        let own = || self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.member.clone().unwrap_or_else(own)
    }

    /// The error of this file for an error while reading.
    pub fn refused(&self, error: io::Error) -> DataError {
        match (unreadable(&self.path, error), self.packing) {
            (DataError::Read { source, .. }, Some(packing)) => DataError::File {
                path: self.path.clone(),
                problem: format!(
                    "its {packing} data are broken after {} bytes: {source}",
                    self.given
                ),
                help: Some(CUT.to_string()),
            },
            (error, _) => error,
        }
    }
}

const CUT: &str = "the file may be cut off; get it again";

fn refused(path: &Path, problem: String, help: &str) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help: Some(help.to_string()) }
}

/// The first few of some names.
fn some(names: &[String]) -> String {
    let more = if names.len() > 3 { ", ..." } else { "" };
    format!("{}{more}", names.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", "))
}

/// The frames of a zstd file, one after another.
struct ZstdFrames<'a>(Frame<'a>);

enum Frame<'a> {
    /// At the beginning of a frame, or at the end.
    Between(Box<dyn BufRead + Send + 'a>),
    Within(Box<StreamingDecoder<Box<dyn BufRead + Send + 'a>, ruzstd::decoding::FrameDecoder>>),
    /// After an error.
    Broken,
}

impl Read for ZstdFrames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.0, Frame::Broken) {
                Frame::Broken => return Err(io::Error::other("the frame before is broken")),
                Frame::Between(mut file) => {
                    if file.fill_buf()?.is_empty() {
                        self.0 = Frame::Between(file);
                        return Ok(0);
                    }
                    let decoder = StreamingDecoder::new(file).map_err(io::Error::other)?;
                    self.0 = Frame::Within(Box::new(decoder));
                }
                Frame::Within(mut decoder) => match decoder.read(buffer)? {
                    0 if !buffer.is_empty() => self.0 = Frame::Between(decoder.into_inner()),
                    count => {
                        self.0 = Frame::Within(decoder);
                        return Ok(count);
                    }
                },
            }
        }
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

impl BufRead for Unpacked<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.bytes.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.given += count;
        self.bytes.consume(count);
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

//! Pretrained word vectors.

use flate2::bufread::MultiGzDecoder;
use relume_catalog::count_text;
use relume_datasets::DataError;
use relume_datasets::text::{UNKNOWN, Vocabulary};
use relume_tensor::{Rng, Stream, Tensor};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A longer line is refused: a file of vectors has none.
const LONGEST_LINE: u64 = 1 << 20;
/// Bytes that are read at once.
const BUFFER: usize = 1 << 18;

/// The vectors of words that the file does not have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// Zeros.
    Zeros,
    /// Normally distributed numbers of mean 0; a word's own depend on the seed and its index alone.
    Normal {
        /// Their standard deviation.
        std: f32,
        /// Their seed.
        seed: u64,
    },
}

/// The vectors of a vocabulary's words, as initial weights of an embedding.
#[derive(Clone, Debug)]
pub struct WordVectors {
    /// A row for each index, `[vocabulary, dim]`; that of padding is 0.
    pub weight: Tensor,
    /// How many of the vocabulary's words the file has.
    pub found: usize,
}

impl WordVectors {
    /// Reads the vectors of a vocabulary's words from a text file, which may be compressed with gzip: lines of a word
    /// and its numbers, as in GloVe, optionally after a first line with the number of words and their dimension, as in
    /// word2vec and fastText.
    ///
    /// Lines are read one at a time, and only vectors of the vocabulary's words are kept, so the file may be larger
    /// than the memory. If a word occurs twice, its first vector counts; the vector of `<unk>` is that of unknown
    /// words. GloVe's words may contain spaces.
    ///
    /// # Errors
    /// A file that cannot be read, or a line that is not a word and as many numbers as the others; the error says
    /// which.
    pub fn read(path: &Path, vocabulary: &Vocabulary, missing: Missing) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let mut kept = Kept { rows: vec![None; vocabulary.len()], numbers: Vec::new() };
        let mut promised = None;
        let mut dim = None;
        let mut read = 0;
        while let Some(line) = lines.next()? {
            relume_tensor::interrupt::check();
            let text = trimmed(line);
            if read == 0 && promised.is_none() {
                promised = header(text);
                if let Some((_, numbers)) = promised {
                    dim = Some(numbers);
                    continue;
                }
            }
            let dim = *dim.get_or_insert(text.iter().filter(is_space).count());
            kept.take(text, dim, vocabulary).map_err(|problem| lines.error(problem))?;
            read += 1;
        }
        match (dim, promised) {
            (Some(dim), None) => Ok(kept.finish(dim, missing)),
            (Some(dim), Some((words, _))) if words <= read => Ok(kept.finish(dim, missing)),
            (Some(_), Some((words, _))) => {
                let [words, read] = [words, read].map(count_text);
                let problem = format!("its first line promises {words} words, but it has {read}");
                Err(lines.file_error(problem, "the file is cut off; get it again"))
            }
            (None, _) => Err(lines.file_error("is empty".to_string(), FORMS)),
        }
    }
}

/// The supported files.
const FORMS: &str =
    "vectors are read from the text forms of GloVe, word2vec and fastText, which gzip may pack";

/// The number of words and their dimension, if this is word2vec's first line.
fn header(line: &[u8]) -> Option<(usize, usize)> {
    let (words, dim) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    Some((words.parse().ok()?, dim.parse().ok().filter(|&dim| dim > 0)?))
}

fn is_space(byte: &&u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// A line without its end, and without the space that fastText writes before it.
fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.strip_suffix(b" ").unwrap_or(line)
}

/// The vectors that were found.
struct Kept {
    /// For each index, which of the vectors is its own.
    rows: Vec<Option<usize>>,
    /// The vectors, one after the other.
    numbers: Vec<f32>,
}

impl Kept {
    /// Takes a line's vector if the vocabulary has its word.
    fn take(&mut self, line: &[u8], dim: usize, vocabulary: &Vocabulary) -> Result<(), String> {
        let fields = line.iter().filter(is_space).count();
        if dim == 0 {
            return Err("a line must be a word and its numbers, separated by spaces".to_string());
        }
        // The word ends before the last `dim` spaces.
        let mut spaces = (0..line.len()).filter(|&at| is_space(&&line[at]));
        let end = fields.checked_sub(dim).and_then(|within| spaces.nth(within));
        let Some(end) = end.filter(|&end| end > 0) else {
            return Err(format!("{fields} numbers, but there must be {dim}"));
        };
        let Ok(word) = std::str::from_utf8(&line[..end]) else { return Ok(()) };
        let index = if word == "<unk>" { Some(UNKNOWN) } else { vocabulary.index(word) };
        let Some(row) = index.and_then(|index| self.rows.get_mut(index as usize)) else {
            return Ok(());
        };
        if row.is_some() {
            return Ok(());
        }
        *row = Some(self.numbers.len() / dim);
        for field in line[end + 1..].split(|byte| is_space(&byte)) {
            let number = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f32>().ok());
            let number = number.filter(|number| number.is_finite()).ok_or_else(|| {
                let field = String::from_utf8_lossy(field);
                format!("\"{field}\" in the vector of \"{word}\" is not a finite number")
            })?;
            self.numbers.push(number);
        }
        Ok(())
    }

    fn finish(self, dim: usize, missing: Missing) -> WordVectors {
        let mut weight = Tensor::zeros([self.rows.len(), dim]);
        let slots = weight.data_mut().chunks_exact_mut(dim);
        for (index, (slot, row)) in slots.zip(&self.rows).enumerate().skip(1) {
            match (row, missing) {
                (Some(row), _) => slot.copy_from_slice(&self.numbers[row * dim..][..dim]),
                (None, Missing::Zeros) => {}
                (None, Missing::Normal { std, seed }) => {
                    let mut rng = Rng::stream(seed, Stream::Item(index as u64));
                    slot.fill_with(|| std * rng.normal());
                }
            }
        }
        let words = self.rows.iter().skip(UNKNOWN as usize + 1);
        WordVectors { weight, found: words.filter(|row| row.is_some()).count() }
    }
}

/// The lines of a file, packed or not.
struct Lines<'a> {
    path: &'a Path,
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    number: u64,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { path: path.to_path_buf(), source };
        let mut file = BufReader::with_capacity(BUFFER, relume_files::open(path).map_err(failed)?);
        let start = file.fill_buf().map_err(failed)?;
        let (packed, zip) = (start.starts_with(&[0x1F, 0x8B]), start.starts_with(b"PK\x03\x04"));
        let reader: Box<dyn BufRead> = match packed {
            true => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))),
            false => Box::new(file),
        };
        let lines = Lines { path, reader, line: Vec::new(), number: 0 };
        match zip {
            true => Err(lines.file_error("is a zip archive".to_string(), "unpack it first")),
            false => Ok(lines),
        }
    }

    fn next(&mut self) -> Result<Option<&[u8]>, DataError> {
        self.line.clear();
        self.number += 1;
        let read = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.line);
        match read {
            Err(error) => Err(self.error(format!("cannot be read: {error}"))),
            Ok(0) => Ok(None),
            Ok(read) if read as u64 == LONGEST_LINE && !self.line.ends_with(b"\n") => {
                Err(self.error("this is not a line of text".to_string()))
            }
            Ok(_) => Ok(Some(&self.line)),
        }
    }

    fn error(&self, problem: String) -> DataError {
        DataError::Line { path: self.path.to_path_buf(), line: self.number, problem }
    }

    fn file_error(&self, problem: String, help: &str) -> DataError {
        let path = self.path.to_path_buf();
        DataError::File { path, problem, help: Some(help.to_string()) }
    }
}

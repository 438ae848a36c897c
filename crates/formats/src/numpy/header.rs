//! The header of an `.npy` file: the type, order and number of its elements.

use super::dtype::DType;
use super::literal::{self, Literal};
use std::io::{self, Read};
use thiserror::Error;

/// The first bytes of an array file.
const MAGIC: [u8; 6] = *b"\x93NUMPY";

/// The most bytes of a header's text; NumPy itself reads 10,000 unless it is told to trust the file.
const LONGEST: usize = 1 << 16;

/// The part of a file before the array's contents.
#[derive(Debug)]
pub(super) struct Header {
    pub dtype: DType,
    /// Whether the first index runs fastest.
    pub fortran: bool,
    pub shape: Vec<usize>,
    /// The byte where the contents begin.
    pub start: usize,
}

/// Why there is no header.
#[derive(Debug, Error)]
pub(super) enum HeaderError {
    #[error(transparent)]
    Read(#[from] io::Error),
    /// What is wrong, as a sentence.
    #[error("{0}")]
    Refused(String),
}

impl Header {
    /// Reads a header of version 1.0, 2.0 or 3.0, and nothing after it.
    pub fn read(reader: &mut impl Read) -> Result<Self, HeaderError> {
        let refused = |problem: String| Err(HeaderError::Refused(problem));
        let first = bytes(reader, MAGIC.len() + 2)?;
        let common = first.len().min(MAGIC.len());
        if first[..common] != MAGIC[..common] {
            return refused(format!(
                "is not a NumPy array file, which begins with the bytes {MAGIC:?}: it begins with {:?}",
                &first[..common]
            ));
        }
        let ends = |at: usize| format!("ends at byte {at}, within its header");
        let &[_, _, _, _, _, _, major, minor] = &first[..] else {
            return refused(ends(first.len()));
        };
        let wide = match [major, minor] {
            [1, 0] => 2,
            // The third differs in how field names are written, which only unsupported types have.
            [2, 0] | [3, 0] => 4,
            _ => {
                return refused(format!(
                    "has format version {major}.{minor}; 1.0, 2.0 and 3.0 are supported"
                ));
            }
        };
        let before = first.len() + wide;
        let size = bytes(reader, wide)?;
        if size.len() < wide {
            return refused(ends(first.len() + size.len()));
        }
        let length = size.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
        if length > LONGEST {
            return refused(format!(
                "claims a header of {length} bytes, which is more than is read"
            ));
        }
        let text = bytes(reader, length)?;
        if text.len() < length {
            return refused(ends(before + text.len()));
        }
        let found = literal::parse(&text).map_err(|(at, problem)| {
            HeaderError::Refused(format!("its header is broken at byte {}: {problem}", before + at))
        })?;
        let (dtype, fortran, shape) = meaning(&found).ok_or_else(|| {
            let text = String::from_utf8_lossy(&text);
            HeaderError::Refused(format!(
                "its header, from byte {before} on, does not give descr, fortran_order and shape: {}",
                text.trim_end()
            ))
        })?;
        Ok(Header { dtype, fortran, shape, start: before + length })
    }
}

/// The next bytes, or as many as there are.
fn bytes(reader: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The entries of a header's dictionary; `None` unless it has these three.
fn meaning(found: &Literal) -> Option<(DType, bool, Vec<usize>)> {
    let Literal::Map(entries) = found else { return None };
    let entry = |name: &str| entries.iter().find(|(own, _)| own == name).map(|(_, value)| value);
    let (descr, order, shape) = (entry("descr")?, entry("fortran_order")?, entry("shape")?);
    let (&Literal::Truth(fortran), Literal::List(axes)) = (order, shape) else { return None };
    let size = |axis: &Literal| match axis {
        Literal::Whole(size) => Some(*size),
        _ => None,
    };
    let shape = axes.iter().map(size).collect::<Option<_>>()?;
    Some((DType::new(descr)?, fortran, shape))
}

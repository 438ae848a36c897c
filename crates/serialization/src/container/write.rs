//! Laying sections out in a file.

use super::layout::{Entry, HEADER, Header, Kind, VERSION, WITHOUT_HALVES, aligned};
use crate::SaveError;
use std::borrow::Cow;
use std::collections::HashSet;
use std::convert::Infallible;
use std::io::{self, Write};

/// The content of a section.
#[derive(Clone, Debug)]
pub enum Payload<'a> {
    /// Bytes as they are.
    Bytes(Cow<'a, [u8]>),
    /// Numbers, which become their little-endian bits.
    Floats(&'a [f32]),
    /// The bits of numbers in half precision, which become little-endian.
    Halves(&'a [u16]),
}

impl Payload<'_> {
    fn length(&self) -> u64 {
        match self {
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::Floats(values) => size_of_val(*values) as u64,
            Payload::Halves(values) => size_of_val(*values) as u64,
        }
    }

    /// Passes the bytes on, piece by piece.
    fn pieces<E>(&self, mut visit: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Payload::Bytes(bytes) => visit(bytes),
            Payload::Floats(values) => each(values, |value| value.to_le_bytes(), visit),
            Payload::Halves(values) => each(values, |value| value.to_le_bytes(), visit),
        }
    }

    fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        let Ok(()) = self.pieces::<Infallible>(|piece| {
            hasher.update(piece);
            Ok(())
        });
        hasher.finalize()
    }
}

/// Passes the bytes of numbers on, piece by piece.
fn each<T: Copy, const N: usize, E>(
    values: &[T],
    bytes: fn(T) -> [u8; N],
    mut visit: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    const PIECE: usize = 1 << 12;
    let mut buffer = [[0; N]; PIECE];
    for piece in values.chunks(PIECE) {
        buffer.iter_mut().zip(piece).for_each(|(to, &value)| *to = bytes(value));
        visit(buffer[..piece.len()].as_flattened())?;
    }
    Ok(())
}

/// A named part of a file.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    /// The name, at most 65,535 bytes and unique in the file.
    pub name: String,
    /// The content.
    pub payload: Payload<'a>,
}

impl<'a> Section<'a> {
    /// A section of bytes, borrowed or owned.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Section { name: name.into(), payload: Payload::Bytes(bytes.into()) }
    }

    /// A section of numbers.
    pub fn floats(name: impl Into<String>, values: &'a [f32]) -> Self {
        Section { name: name.into(), payload: Payload::Floats(values) }
    }

    /// A section of the bits of numbers in half precision.
    pub fn halves(name: impl Into<String>, values: &'a [u16]) -> Self {
        Section { name: name.into(), payload: Payload::Halves(values) }
    }
}

/// A file that is laid out and can be written: the same sections always give the same bytes.
#[derive(Clone, Debug)]
pub struct Writer<'a> {
    header: Header,
    table: Vec<u8>,
    sections: Vec<Section<'a>>,
}

impl<'a> Writer<'a> {
    /// Lays the sections out in the given order. The version is the oldest that has all of them.
    ///
    /// # Errors
    /// Two sections of one name, a name that is too long, or more sections than the table can count.
    pub fn new(kind: Kind, sections: Vec<Section<'a>>) -> Result<Self, SaveError> {
        let too_large = |what: &str, most: String| SaveError::TooLarge { what: what.into(), most };
        let too_long = || too_large("the file", format!("{} bytes", u64::MAX));
        let count = u32::try_from(sections.len())
            .map_err(|_| too_large("the table", format!("{} sections", u32::MAX)))?;
        let mut names = HashSet::new();
        let mut table_length = 0;
        for Section { name, .. } in &sections {
            if !names.insert(name) {
                return Err(SaveError::Duplicate { name: name.clone() });
            }
            table_length += super::layout::ENTRY + name.len() as u64;
        }
        let mut table = Vec::new();
        let mut end = HEADER as u64 + table_length;
        for Section { name, payload } in &sections {
            let name_length = u16::try_from(name.len())
                .map_err(|_| SaveError::NameTooLong { name: name.clone(), length: name.len() })?;
            let offset = aligned(end).ok_or_else(too_long)?;
            let (length, checksum) = (payload.length(), payload.checksum());
            end = offset.checked_add(length).ok_or_else(too_long)?;
            Entry { offset, length, checksum, name: name.clone() }.append(name_length, &mut table);
        }
        let is_half = |section: &Section| matches!(section.payload, Payload::Halves(_));
        let header = Header {
            version: if sections.iter().any(is_half) { VERSION } else { WITHOUT_HALVES },
            sections: count,
            kind,
            file_length: end,
            table_length,
            table_checksum: crc32fast::hash(&table),
        };
        Ok(Writer { header, table, sections })
    }

    /// The length of the file in bytes.
    pub fn length(&self) -> u64 {
        self.header.file_length
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn write_to(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(&self.header.to_bytes())?;
        out.write_all(&self.table)?;
        let mut end = HEADER as u64 + self.header.table_length;
        for Section { payload, .. } in &self.sections {
            let padding = end.wrapping_neg() % 8;
            out.write_all(&[0; 8][..padding as usize])?;
            payload.pieces(|piece| out.write_all(piece))?;
            end += padding + payload.length();
        }
        Ok(())
    }
}

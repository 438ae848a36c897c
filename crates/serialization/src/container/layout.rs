//! The bytes of the header and of the table of sections.

use std::fmt;

/// The first bytes of every Relume file.
///
/// Like the first bytes of PNG, they reveal a transfer that cut the eighth bit, changed line ends or stopped at a
/// Ctrl-Z.
pub const MAGIC: [u8; 8] = *b"\x89RLM\r\n\x1a\n";

/// A version of the format, of the container and of what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Grows with each change that a reader must know.
    pub major: u16,
    /// Grows with what a reader may leave out: further sections, and further fields and options of JSON texts.
    pub minor: u16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            0 => write!(f, "{}", self.major),
            minor => write!(f, "{}.{minor}", self.major),
        }
    }
}

/// The newest version; all older ones are read.
pub const VERSION: Version = Version { major: 3, minor: 0 };

/// The version of files without numbers in half precision: programs that know nothing of these read it.
pub(super) const WITHOUT_HALVES: Version = Version { major: 2, minor: 0 };

/// The length of the header in bytes.
pub(super) const HEADER: usize = 48;

/// The minimum length of an entry of the table in bytes: one whose name is empty.
pub(super) const ENTRY: u64 = 22;

/// The kind of a file: eight readable bytes, padded with zeros.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kind(pub [u8; 8]);

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        self.0[..end].escape_ascii().fmt(f)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({self})")
    }
}

/// The contents of the first 48 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub version: Version,
    pub sections: u32,
    pub kind: Kind,
    pub file_length: u64,
    pub table_length: u64,
    pub table_checksum: u32,
}

impl Header {
    pub fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&self.version.major.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.version.minor.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.sections.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.kind.0);
        bytes[24..32].copy_from_slice(&self.file_length.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.table_length.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.table_checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..44]);
        bytes[44..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header, unless its checksum does not match. The magic bytes have been checked already.
    pub fn from_bytes(bytes: &[u8; HEADER]) -> Option<Header> {
        let checksum = crc32fast::hash(&bytes[..44]);
        let mut fields = Fields(&bytes[8..]);
        let header = Header {
            version: Version { major: fields.u16()?, minor: fields.u16()? },
            sections: fields.u32()?,
            kind: Kind(fields.take()?),
            file_length: fields.u64()?,
            table_length: fields.u64()?,
            table_checksum: fields.u32()?,
        };
        (fields.u32()? == checksum).then_some(header)
    }
}

/// One line of the table: where a section is.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub offset: u64,
    pub length: u64,
    pub checksum: u32,
    pub name: String,
}

impl Entry {
    /// Appends the entry to a table. `name_length` is the length of the name, which has been checked.
    pub fn append(&self, name_length: u16, table: &mut Vec<u8>) {
        table.extend(self.offset.to_le_bytes());
        table.extend(self.length.to_le_bytes());
        table.extend(self.checksum.to_le_bytes());
        table.extend(name_length.to_le_bytes());
        table.extend(self.name.as_bytes());
    }

    /// Takes an entry off the front of a table; `None` if the table ends within it or the name is not UTF-8.
    pub fn take(fields: &mut Fields) -> Option<Entry> {
        let (offset, length, checksum) = (fields.u64()?, fields.u64()?, fields.u32()?);
        let name_length = fields.u16()?;
        let name = fields.slice(name_length.into())?;
        let name = std::str::from_utf8(name).ok()?.to_string();
        Some(Entry { offset, length, checksum, name })
    }
}

/// Little-endian numbers off the front of a slice.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(first)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}

/// Where the next section starts when the last one ends at `end`: the next multiple of 8.
pub(super) fn aligned(end: u64) -> Option<u64> {
    end.checked_next_multiple_of(8)
}

//! The head of a page of a Parquet file: a struct of Thrift's compact protocol.
//!
//! The decoder does not show what it reads of it, such as the size that it takes memory for.

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// Its bytes once they are unpacked.
    pub size: usize,
    /// Its bytes in the file.
    pub packed: usize,
    /// Its values, empty cells among them.
    pub values: usize,
    /// How they are encoded, by Parquet's number.
    pub encoding: usize,
    pub is_dictionary: bool,
    /// The bytes of its levels, if these are not packed with the values.
    pub levels: usize,
    /// Whether its values are written as they are where those of other pages are packed.
    pub is_unpacked: bool,
}

/// Lists and structs within one another, of which a page's head has two.
const DEPTH: usize = 8;

/// Types of fields.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

impl PageHeader {
    /// The head at the beginning of some bytes, and how many of them it takes; `None` if it is damaged.
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut rest = Rest(bytes);
        let mut header = PageHeader::default();
        let mut id = 0;
        while let Some(kind) = rest.field(&mut id)? {
            match (id, kind) {
                (2, I32) => header.size = rest.size()?,
                (3, I32) => header.packed = rest.size()?,
                // Of a data page, of a dictionary, and of a data page of the second version.
                (5 | 7 | 8, STRUCT) => {
                    header.is_dictionary = id == 7;
                    match id {
                        8 => rest.second_page(&mut header)?,
                        _ => rest.page(&mut header)?,
                    }
                }
                // Read by the decoder whatever type is written.
                (2 | 3 | 5 | 7 | 8, _) => return None,
                _ => rest.skip(kind, DEPTH)?,
            }
        }
        Some((header, bytes.len() - rest.0.len()))
    }
}

/// Bytes that have not been read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn drop(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    /// The type of the next field, whose number it sets; none at the end of a struct.
    fn field(&mut self, id: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *id = match i64::from(head >> 4) {
            0 => signed(varint(&mut self.0)?),
            further => id.checked_add(further)?,
        };
        Some(Some(head & 0x0f))
    }

    /// A number that is not negative.
    fn size(&mut self) -> Option<usize> {
        let number = i32::try_from(signed(varint(&mut self.0)?)).ok()?;
        usize::try_from(number).ok()
    }

    /// The values and the encoding of a page.
    fn page(&mut self, header: &mut PageHeader) -> Option<()> {
        let mut id = 0;
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (1, I32) => header.values = self.size()?,
                (2, I32) => header.encoding = self.size()?,
                (1 | 2, _) => return None,
                _ => self.skip(kind, DEPTH)?,
            }
        }
        Some(())
    }

    /// The same of a data page of the second version, and what of it is not packed.
    fn second_page(&mut self, header: &mut PageHeader) -> Option<()> {
        let mut id = 0;
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (1, I32) => header.values = self.size()?,
                (4, I32) => header.encoding = self.size()?,
                (5 | 6, I32) => header.levels = header.levels.checked_add(self.size()?)?,
                (7, TRUE | FALSE) => header.is_unpacked = kind == FALSE,
                (1 | 4..=7, _) => return None,
                _ => self.skip(kind, DEPTH)?,
            }
        }
        Some(())
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            TRUE | FALSE => Some(()),
            BYTE => self.drop(1),
            I16 | I32 | I64 => varint(&mut self.0).map(drop),
            DOUBLE => self.drop(8),
            BINARY => {
                let length = usize::try_from(varint(&mut self.0)?).ok()?;
                self.drop(length)
            }
            LIST | SET => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => varint(&mut self.0)?,
                    count => u64::from(count),
                };
                let kind = element(head & 0x0f);
                (0..count).try_for_each(|_| self.skip(kind, depth))
            }
            MAP => {
                let count = varint(&mut self.0)?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip(element(kinds >> 4), depth)?;
                    self.skip(element(kinds & 0x0f), depth)
                })
            }
            STRUCT => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth)?;
                }
                Some(())
            }
            _ => None,
        }
    }
}

/// The kind of an element: in lists and maps, truths take a byte.
fn element(kind: u8) -> u8 {
    if matches!(kind, TRUE | FALSE) { BYTE } else { kind }
}

/// A whole number in groups of seven bits, the lowest first, taken from the beginning of some bytes; `None` if they end
/// within it or it has more than 64 bits.
pub(super) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// A number whose sign is its lowest bit.
fn signed(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data page of 300 values in 80 bytes, 40 of them in the file, with a checksum and empty statistics.
    const PAGE: [u8; 27] = [
        0x15, 0x00, 0x15, 0xa0, 0x01, 0x15, 0x50, 0x15, 0x02, 0x1c, 0x15, 0xd8, 0x04, 0x15, 0x10,
        0x15, 0x06, 0x15, 0x06, 0x1c, 0x18, 0x01, b'a', 0x00, 0x00, 0x00, 0xff,
    ];

    #[test]
    fn a_head_is_read_with_what_stands_between() {
        let expected =
            PageHeader { size: 80, packed: 40, values: 300, encoding: 8, ..PageHeader::default() };
        assert_eq!(PageHeader::read(&PAGE), Some((expected, 26)));
        for cut in 0..26 {
            assert_eq!(PageHeader::read(&PAGE[..cut]), None, "{cut} bytes");
        }
    }

    #[test]
    fn a_map_of_truths_without_bytes_ends_at_once() {
        // A field that is not known: a map of 2^62 pairs of truths, which the bytes do not hold.
        let map = [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x11];
        assert_eq!(PageHeader::read(&map), None);
    }

    #[test]
    fn a_number_that_is_negative_or_of_another_type_is_refused() {
        let changed = |at: usize, byte: u8| {
            let mut bytes = PAGE;
            bytes[at] = byte;
            PageHeader::read(&bytes)
        };
        assert_eq!(changed(6, 0x51), None);
        assert_eq!(changed(5, 0x16), None);
        // A list of structs within structs, without end.
        assert_eq!(PageHeader::read(&[0x1c; 1000]), None);
    }
}

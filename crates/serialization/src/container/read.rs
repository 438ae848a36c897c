//! Opening a file of sections, trusting nothing in it.

use super::layout::{ENTRY, Entry, Fields, HEADER, Header, Kind, MAGIC, VERSION, Version, aligned};
use crate::lookalike::{HEAD, Lookalike};
use crate::{FormatError, Part};
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

/// An open file whose header and table are valid; each section is checked when it is taken.
///
/// Every length is compared with the real length of the file first, so a forged one never causes a large allocation.
#[derive(Debug)]
pub struct Container<R> {
    source: R,
    version: Version,
    length: u64,
    sections: HashMap<String, Entry>,
}

impl<R: Read + Seek> Container<R> {
    /// Opens a file of the given kind: checks the header, the table, the layout and the padding.
    ///
    /// # Errors
    /// Another kind of file, a later major version, a file that is damaged or cut off, a table that is not valid, and
    /// the errors of `source`.
    pub fn open(mut source: R, kind: Kind) -> Result<Self, FormatError> {
        let length = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(0))?;
        let header = read_header(&mut source, length)?;
        if header.version.major > VERSION.major {
            return Err(FormatError::NewerVersion { found: header.version, known: VERSION });
        }
        if header.version.major == 0 {
            return Err(malformed(Part::Header, "there is no version 0"));
        }
        if header.kind != kind {
            return Err(FormatError::WrongKind { found: header.kind, wanted: kind });
        }
        let wanted = header.file_length;
        if length < wanted {
            return Err(FormatError::Truncated { length, wanted });
        }
        if length > wanted {
            return Err(FormatError::TooLong { length, wanted });
        }
        let mut container =
            Container { source, version: header.version, length, sections: HashMap::new() };
        container.read_table(&header)?;
        Ok(container)
    }

    /// The version of the format that the file is written in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the file is of a later minor version, and may have what is not known.
    pub fn is_newer(&self) -> bool {
        self.version.minor > VERSION.minor
    }

    /// Whether there is a section of this name that was not taken yet.
    pub fn has(&self, name: &str) -> bool {
        self.sections.contains_key(name)
    }

    /// The names of the sections that were not taken yet, in the order of the file.
    pub fn names(&self) -> Vec<&str> {
        let mut entries: Vec<&Entry> = self.sections.values().collect();
        entries.sort_by_key(|entry| (entry.offset, entry.length, &entry.name));
        entries.into_iter().map(|entry| entry.name.as_str()).collect()
    }

    /// The length in bytes of a section that was not taken yet.
    ///
    /// # Errors
    /// There is no section of this name.
    pub fn section_length(&self, name: &str) -> Result<u64, FormatError> {
        let missing = || FormatError::MissingSection { name: name.into() };
        self.sections.get(name).map(|entry| entry.length).ok_or_else(missing)
    }

    /// Takes a section as bytes.
    ///
    /// # Errors
    /// There is no section of this name, it is damaged, or an error of the file.
    pub fn take_bytes(&mut self, name: &str) -> Result<Vec<u8>, FormatError> {
        let entry = self.take(name)?;
        let length = entry.length;
        let mut bytes = zeros(length).ok_or_else(|| FormatError::no_memory(name, length))?;
        self.read(&mut bytes)?;
        check(entry, crc32fast::hash(&bytes))?;
        Ok(bytes)
    }

    /// Takes a section as text.
    ///
    /// # Errors
    /// As for bytes, or it is not UTF-8.
    pub fn take_text(&mut self, name: &str) -> Result<String, FormatError> {
        let bytes = self.take_bytes(name)?;
        String::from_utf8(bytes).map_err(|_| FormatError::section(name, "it is not UTF-8 text"))
    }

    /// Takes a section as numbers; `out` must be as long as the section.
    ///
    /// # Errors
    /// As for bytes, or the section has another length.
    pub fn take_floats(&mut self, name: &str, out: &mut [f32]) -> Result<(), FormatError> {
        self.take_numbers(name, out, f32::from_le_bytes)
    }

    /// Takes a section as the bits of numbers in half precision; `out` must be as long as the section.
    ///
    /// # Errors
    /// As for bytes, or the section has another length.
    pub fn take_halves(&mut self, name: &str, out: &mut [u16]) -> Result<(), FormatError> {
        self.take_numbers(name, out, u16::from_le_bytes)
    }

    fn take_numbers<T, const N: usize>(
        &mut self,
        name: &str,
        out: &mut [T],
        number: fn([u8; N]) -> T,
    ) -> Result<(), FormatError> {
        const PIECE: usize = 1 << 12;
        let entry = self.take(name)?;
        if entry.length != size_of_val(out) as u64 {
            let problem = format!("it has {} bytes, not {N} for each number", entry.length);
            return Err(FormatError::section(name, problem));
        }
        let mut hasher = crc32fast::Hasher::new();
        let mut buffer = [[0; N]; PIECE];
        for piece in out.chunks_mut(PIECE) {
            let bytes = &mut buffer[..piece.len()];
            self.read(bytes.as_flattened_mut())?;
            hasher.update(bytes.as_flattened());
            for (value, bytes) in piece.iter_mut().zip(bytes) {
                *value = number(*bytes);
            }
        }
        check(entry, hasher.finalize())
    }

    /// Ends the reading. A section that was not taken is not understood: in a file of a later minor version it is
    /// checked and left out, in any other it is an error.
    ///
    /// Returns the names of those that are left out.
    ///
    /// # Errors
    /// There is such a section, or it is damaged.
    pub fn finish(mut self) -> Result<Vec<String>, FormatError> {
        let names: Vec<String> = self.names().into_iter().map(String::from).collect();
        match names.first() {
            Some(name) if !self.is_newer() => {
                Err(FormatError::UnknownSection { name: name.clone() })
            }
            _ => {
                names.iter().try_for_each(|name| self.leave_out(name))?;
                Ok(names)
            }
        }
    }

    /// Checks a section of any length, and forgets it.
    fn leave_out(&mut self, name: &str) -> Result<(), FormatError> {
        let mut buffer = [0; 1 << 14];
        let entry = self.take(name)?;
        let mut hasher = crc32fast::Hasher::new();
        let mut left = entry.length;
        while left > 0 {
            let piece = left.min(buffer.len() as u64);
            let bytes = &mut buffer[..piece as usize];
            self.read(bytes)?;
            hasher.update(bytes);
            left -= piece;
        }
        check(entry, hasher.finalize())
    }

    /// Removes a section from the list and goes to where it begins.
    fn take(&mut self, name: &str) -> Result<Entry, FormatError> {
        let missing = || FormatError::MissingSection { name: name.into() };
        let entry = self.sections.remove(name).ok_or_else(missing)?;
        self.source.seek(SeekFrom::Start(entry.offset))?;
        Ok(entry)
    }

    /// Fills `bytes` from the file, which was long enough when it was opened.
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), FormatError> {
        self.source.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                let length = self.source.seek(SeekFrom::End(0)).unwrap_or_default();
                FormatError::Truncated { length, wanted: self.length }
            }
            _ => error.into(),
        })
    }

    /// Reads the table and checks it against the file: the sections are in its order, each at the first multiple of 8
    /// after the one before, with zeros between, and the last one ends the file.
    fn read_table(&mut self, header: &Header) -> Result<(), FormatError> {
        let senseless = |problem: &str| malformed(Part::Table, problem);
        let room = self.length - HEADER as u64;
        if header.table_length > room {
            return Err(malformed(
                Part::Header,
                "the table would reach beyond the end of the file",
            ));
        }
        if u64::from(header.sections) > header.table_length / ENTRY {
            return Err(malformed(
                Part::Header,
                "there are more sections than the table has room for",
            ));
        }
        let length = header.table_length;
        let no_memory = || FormatError::NoMemory { part: Part::Table, length };
        let mut table = zeros(length).ok_or_else(no_memory)?;
        self.read(&mut table)?;
        if crc32fast::hash(&table) != header.table_checksum {
            return Err(FormatError::Damaged { part: Part::Table });
        }
        let mut fields = Fields(&table);
        let mut end = HEADER as u64 + header.table_length;
        for _ in 0..header.sections {
            let entry = Entry::take(&mut fields)
                .ok_or_else(|| senseless("an entry is cut off or its name is not UTF-8"))?;
            end = self.place(&entry, end)?;
            if let Some(twin) = self.sections.insert(entry.name.clone(), entry) {
                return Err(FormatError::section(&twin.name, "the file has two of this name"));
            }
        }
        if !fields.0.is_empty() {
            return Err(senseless("it goes on after its last entry"));
        }
        if end != self.length {
            return Err(senseless("its sections do not fill the file"));
        }
        Ok(())
    }

    /// Checks the position of a section, given the end of the one before; returns its own end.
    fn place(&mut self, entry: &Entry, before: u64) -> Result<u64, FormatError> {
        let senseless = |problem: &str| FormatError::section(&entry.name, problem);
        if entry.offset < before {
            return Err(senseless("it overlaps the part before it"));
        }
        let end = entry.offset.checked_add(entry.length).filter(|&end| end <= self.length);
        let end = end.ok_or_else(|| senseless("it would reach beyond the end of the file"))?;
        if aligned(before) != Some(entry.offset) {
            return Err(senseless("it does not follow the part before it"));
        }
        let mut padding = [0; 8];
        let padding = &mut padding[..(entry.offset - before) as usize];
        if !padding.is_empty() {
            self.source.seek(SeekFrom::Start(before))?;
            self.read(padding)?;
        }
        if padding.iter().any(|&byte| byte != 0) {
            return Err(FormatError::Damaged { part: Part::PaddingBefore(entry.name.clone()) });
        }
        Ok(end)
    }
}

/// Reads the header of a file of `length` bytes, or says what the file seems to be.
fn read_header(source: &mut (impl Read + Seek), length: u64) -> Result<Header, FormatError> {
    let mut head = Vec::new();
    source.by_ref().take(HEAD).read_to_end(&mut head)?;
    source.seek(SeekFrom::Start(HEADER as u64))?;
    let damaged = || FormatError::Damaged { part: Part::Header };
    let known = &MAGIC[..head.len().min(MAGIC.len())];
    if head.is_empty() || !head.starts_with(known) {
        if head.starts_with(&MAGIC[..4]) {
            return Err(damaged());
        }
        return Err(FormatError::NotRelume { looks_like: Lookalike::of(&head) });
    }
    let Some(header) = head.first_chunk() else {
        return Err(FormatError::Truncated { length, wanted: HEADER as u64 });
    };
    Header::from_bytes(header).ok_or_else(damaged)
}

/// So many zeros; `None` if there is no memory for them.
pub(crate) fn zeros<T: Clone + Default>(count: u64) -> Option<Vec<T>> {
    let count = usize::try_from(count).ok()?;
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(count).ok()?;
    zeros.resize(count, T::default());
    Some(zeros)
}

fn check(entry: Entry, checksum: u32) -> Result<(), FormatError> {
    if checksum == entry.checksum {
        return Ok(());
    }
    Err(FormatError::Damaged { part: Part::Section(entry.name) })
}

fn malformed(part: Part, problem: &str) -> FormatError {
    FormatError::Malformed { part, problem: problem.into() }
}

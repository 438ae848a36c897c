//! The streams of a compound file, in which `.xls` keeps its records (\[MS-CFB\]).

/// A stream of a compound file.
pub(super) struct Stream {
    pub bytes: Vec<u8>,
    /// Where each sector of it is in the file.
    places: Vec<usize>,
    sector: usize,
}

impl Stream {
    /// Where a byte of the stream is in the file.
    pub fn place(&self, at: usize) -> usize {
        self.places[at / self.sector] + at % self.sector
    }
}

/// The first bytes of a compound file.
const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Sectors from here on are marks, such as the end of a chain.
const MARKS: u32 = 0xffff_fffa;
const END: u32 = 0xffff_fffe;
/// The size of the sectors of small streams, and the size from which on a stream is not small.
const SMALL_SECTOR: usize = 64;
const LARGE: usize = 4096;
/// The size of an entry of the directory.
const ENTRY: usize = 128;

/// The stream that is the first of these names in the directory; `None` if there is none, or the file is no compound
/// file.
///
/// # Errors
/// A chain of sectors without an end, as the end of a sentence about the file.
pub(super) fn stream(file: &[u8], names: &[&str]) -> Result<Option<Stream>, String> {
    if !file.starts_with(&MAGIC) || file.len() < 512 {
        return Ok(None);
    }
    let sector = if u16_at(file, 30) == Some(12) { 4096 } else { 512 };
    let book = Book { file, sector };
    let number = |at: usize| u32_at(file, at).unwrap_or(END);
    let mut fat_sectors: Vec<u32> = (76..512).step_by(4).map(number).collect();
    let mut next = number(68);
    for _ in 0..=file.len() / sector {
        let Some(place) = book.place(next) else { break };
        let own = (0..sector / 4).filter_map(|at| u32_at(file, place + 4 * at));
        fat_sectors.extend(own);
        next = fat_sectors.pop().unwrap_or(END);
    }
    let fat_sectors = fat_sectors.into_iter().filter_map(|id| book.place(id));
    let fat = numbers(file, fat_sectors.take(file.len() / sector + 1), sector);
    let directory = book.chain(number(48), &fat, usize::MAX)?;
    let entries: Vec<&[u8]> = directory.bytes.chunks_exact(ENTRY).collect();
    let Some(root) = entries.first() else { return Ok(None) };
    let entry = |name: &&str| entries.iter().find(|entry| is_called(entry, name));
    let Some(entry) = names.iter().find_map(entry) else { return Ok(None) };
    let size = size(entry, sector);
    if size >= LARGE {
        return book.chain(start(entry), &fat, size).map(Some);
    }
    let small = book.chain(start(root), &fat, self::size(root, sector))?;
    let small_fat = book.chain(number(60), &fat, number(64) as usize * sector)?;
    let small_fat = numbers(&small_fat.bytes, std::iter::once(0), small_fat.bytes.len());
    let own = Book { file: &small.bytes, sector: SMALL_SECTOR };
    let mut own = own.chain_from(start(entry), &small_fat, size, |id| {
        let place = (id as usize).checked_mul(SMALL_SECTOR)?;
        (place < small.bytes.len()).then_some(place)
    })?;
    own.places.iter_mut().for_each(|place| *place = small.place(*place));
    Ok(Some(own))
}

/// The bytes of a file, in sectors.
struct Book<'a> {
    file: &'a [u8],
    sector: usize,
}

impl Book<'_> {
    /// Where a sector begins, after the head, which takes one.
    fn place(&self, id: u32) -> Option<usize> {
        let place = (id as usize).checked_add(1)?.checked_mul(self.sector)?;
        (id < MARKS && place < self.file.len()).then_some(place)
    }

    fn chain(&self, first: u32, fat: &[u32], size: usize) -> Result<Stream, String> {
        self.chain_from(first, fat, size, |id| self.place(id))
    }

    /// The sectors from one on, up to a size.
    fn chain_from(
        &self,
        first: u32,
        fat: &[u32],
        size: usize,
        place: impl Fn(u32) -> Option<usize>,
    ) -> Result<Stream, String> {
        let mut stream = Stream { bytes: Vec::new(), places: Vec::new(), sector: self.sector };
        let mut next = first;
        while stream.bytes.len() < size
            && let Some(place) = place(next)
        {
            if stream.places.len() > self.file.len() / self.sector {
                return Err("is a damaged spreadsheet: its sectors have no end".to_string());
            }
            let end = self.file.len().min(place + self.sector.min(size - stream.bytes.len()));
            stream.bytes.extend_from_slice(&self.file[place..end]);
            stream.places.push(place);
            next = fat.get(next as usize).copied().unwrap_or(END);
        }
        Ok(stream)
    }
}

/// The numbers in some sectors.
fn numbers(bytes: &[u8], sectors: impl Iterator<Item = usize>, size: usize) -> Vec<u32> {
    sectors
        .flat_map(|place| (0..size / 4).filter_map(move |at| u32_at(bytes, place + 4 * at)))
        .collect()
}

/// Whether an entry of the directory has a name, in UTF-16 up to its first zero.
fn is_called(entry: &[u8], name: &str) -> bool {
    let units = entry[..64].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let own = char::decode_utf16(units).map(|own| own.unwrap_or(char::REPLACEMENT_CHARACTER));
    let own: String = own.take_while(|&own| own != '\0').collect();
    own.eq_ignore_ascii_case(name)
}

fn start(entry: &[u8]) -> u32 {
    u32_at(entry, 116).unwrap_or(END)
}

fn size(entry: &[u8], sector: usize) -> usize {
    let low = u32_at(entry, 120).unwrap_or(0) as usize;
    let high = if sector == 4096 { u32_at(entry, 124).unwrap_or(0) as usize } else { 0 };
    low | high << 32
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|own| u16::from_le_bytes(*own))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|own| u32::from_le_bytes(*own))
}

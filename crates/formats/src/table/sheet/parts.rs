//! The parts of a spreadsheet that is a zip archive (all but `.xls`): how large they become, and what they claim,
//! before the decoder takes memory for it.

use super::repeats;
use crate::files::memory;
use memchr::memmem;
use relume_catalog::count_text;
use relume_tensor::bytes_text;
use std::io::{BufReader, Cursor, Read};
use zip::ZipArchive;

/// A part that is not larger needs no reason.
const SMALL: u64 = 4 << 20;
/// Into how many bytes a byte of the file may unpack: a sheet of one number comes to 16.
const OF_A_BYTE: u64 = 100;
/// The memory that the decoder takes for a byte of cells or texts.
const MEMORY: u64 = 4;
/// After so much the memory that is free is looked at.
const LOOK: usize = 8 << 20;
/// How much is unpacked at once.
const WINDOW: usize = 1 << 16;

/// Refuses the parts of a file if they become or claim what cannot be; what is no archive, or cannot be unpacked, is
/// left to the decoder.
///
/// # Errors
/// What is the matter, as the end of a sentence about the file.
pub(super) fn check(file: &[u8]) -> Result<(), String> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(file)) else { return Ok(()) };
    // Records are read of such a workbook alone; in others a .bin is what programs keep for themselves, such as macros.
    let is_binary = archive.index_for_name("xl/workbook.bin").is_some();
    let mut all = 0;
    for index in 0..archive.len() {
        let Ok(part) = archive.by_index(index) else { continue };
        let Ok(name) = part.name().map(|name| name.replace('\\', "/").to_ascii_lowercase()) else {
            continue;
        };
        let most = SMALL.max(part.compressed_size().saturating_mul(OF_A_BYTE));
        let size = match Part::of(&name, is_binary) {
            Part::Texts => Texts::default().read(part, most),
            Part::Records => records(part, most),
            Part::Other => read(part, most, |_| Ok(())),
        };
        let size = size.map_err(|problem| format!("its part {name} {problem}"))?;
        all += size;
        if size > SMALL && name.ends_with("styles.xml") {
            return Err(format!("its part {name} has {} of styles", bytes_text(size)));
        }
    }
    let needed = all.saturating_mul(MEMORY) as usize;
    memory::check(needed).map_err(|lack| format!("unpacks to {}, {lack}", bytes_text(all)))?;
    match archive.by_name("content.xml") {
        Ok(part) => repeats::check(BufReader::new(part), all),
        Err(_) => Ok(()),
    }
}

enum Part {
    /// The texts of cells, whose number stands before them.
    Texts,
    /// Records that begin with their lengths.
    Records,
    Other,
}

impl Part {
    fn of(name: &str, is_binary: bool) -> Self {
        match name {
            name if name.ends_with("sharedstrings.xml") => Part::Texts,
            name if is_binary && name.ends_with(".bin") && !is_foreign(name) => Part::Records,
            _ => Part::Other,
        }
    }
}

/// Whether a part of a binary workbook holds something else than its records.
fn is_foreign(name: &str) -> bool {
    let folders = ["/printersettings/", "/activex/", "/embeddings/"];
    name.ends_with("vbaproject.bin") || folders.iter().any(|folder| name.contains(folder))
}

/// Unpacks a part and returns its size.
///
/// # Errors
/// It becomes larger than that, or what is looked at is refused.
fn read(
    mut part: impl Read,
    most: u64,
    mut look: impl FnMut(&[u8]) -> Result<(), String>,
) -> Result<u64, String> {
    let mut window = vec![0; WINDOW];
    let mut size = 0;
    loop {
        match part.read(&mut window) {
            // The decoder comes no further either.
            Ok(0) | Err(_) => return Ok(size),
            Ok(count) => {
                size += count as u64;
                look(&window[..count])?;
            }
        }
        if size > most {
            return Err(format!(
                "unpacks to more than {}, {} times its size in the file",
                bytes_text(most),
                OF_A_BYTE
            ));
        }
    }
}

/// The attribute with the number of texts, for which the decoder takes memory at once.
const COUNT: &[u8] = b"uniqueCount";
/// Bytes after its name in which its number stands.
const NUMBER: usize = 64;
/// The shortest text: `<si/>`.
const TEXT: u64 = 5;

/// Looks for the number of texts that a part claims.
#[derive(Default)]
struct Texts {
    /// The end of what was looked at, in which the attribute may begin.
    rest: Vec<u8>,
    /// The largest number.
    claimed: u64,
}

impl Texts {
    fn read(mut self, part: impl Read, most: u64) -> Result<u64, String> {
        let size = read(part, most, |window| {
            self.rest.extend_from_slice(window);
            self.look();
            let kept = self.rest.len().saturating_sub(COUNT.len() + NUMBER);
            self.rest.drain(..kept);
            Ok(())
        })?;
        match self.claimed > (size / TEXT).max(1) {
            true => Err(format!(
                "claims {} texts in {}",
                count_text(usize::try_from(self.claimed).unwrap_or(usize::MAX)),
                bytes_text(size)
            )),
            false => Ok(size),
        }
    }

    fn look(&mut self) {
        for at in memmem::find_iter(&self.rest, COUNT) {
            let after = &self.rest[at + COUNT.len()..];
            let quote = |byte: &u8| matches!(byte, b'"' | b'\'');
            let number = after.iter().take(NUMBER).skip_while(|byte| !quote(byte)).skip(1);
            let digits = number.take_while(|byte| byte.is_ascii_digit());
            let number = digits.fold(0u64, |number, digit| {
                number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
            });
            self.claimed = self.claimed.max(number);
        }
    }
}

/// Unpacks a part of records, each of which begins with its type and its length, for which the decoder takes memory.
///
/// # Errors
/// As [`read`], and a record that is longer than the part.
fn records(part: impl Read, most: u64) -> Result<u64, String> {
    let mut bytes = Vec::new();
    let size = read(part, most, |window| {
        // Looked at from time to time; the decoder keeps the part too.
        if bytes.len() % LOOK < WINDOW {
            memory::check(2 * (bytes.len() + LOOK)).map_err(|lack| {
                format!("unpacks to more than {}, {lack}", bytes_text(bytes.len() as u64))
            })?;
        }
        bytes.extend_from_slice(window);
        Ok(())
    })?;
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        // One or two bytes of type, one to four of length; a part that is cut there ends for the decoder too.
        if number(&mut rest, 2).is_none() {
            break;
        }
        let Some(length) = number(&mut rest, 4) else { break };
        match rest.get(length..) {
            Some(after) => rest = after,
            None if length < WINDOW => break,
            None => {
                return Err(format!(
                    "claims a record of {} in {}",
                    bytes_text(length as u64),
                    bytes_text(size)
                ));
            }
        }
    }
    Ok(size)
}

/// A number of up to so many groups of seven bits, the lowest first.
fn number(rest: &mut &[u8], most: usize) -> Option<usize> {
    let mut number = 0;
    for group in 0..most {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= usize::from(byte & 0x7f) << (7 * group);
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}

//! AIFF and AIFF-C files. Apple, "Audio Interchange File Format AIFF-C", 1991.

use super::chunks::{Chunks, number16, number32};
use super::pcm::{Encoding, Layout, Order};
use super::sound::{Decoded, Found, decoded};

/// What the chunk `COMM` says.
struct Common {
    rate: u32,
    /// Frames.
    count: u32,
    layout: Layout,
}

/// Decodes a file that begins with `FORM`.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, String> {
    let kind = bytes.get(8..12).unwrap_or_default();
    if kind != b"AIFF" && kind != b"AIFC" {
        return Err("is an IFF file, but not an AIFF file".to_string());
    }
    let (mut common, mut sound) = (None, None);
    for chunk in (Chunks { order: Order::Big, rest: &bytes[12..] }) {
        match &chunk.name {
            b"COMM" => common = Some(read_common(chunk.bytes, kind == b"AIFC")?),
            // The samples may come first; what follows the claimed length is another chunk.
            b"SSND" => {
                let offset = number32(chunk.bytes, 0, Order::Big).unwrap_or_default() as usize;
                sound = chunk.bytes.get(8..).and_then(|bytes| bytes.get(offset..));
            }
            _ => {}
        }
    }
    let Some(Common { rate, count, layout }) = common else {
        return Err("has no description of its samples (COMM)".to_string());
    };
    let Some(bytes) = sound else { return Err("ends before its samples".to_string()) };
    let length = u64::from(count).saturating_mul(layout.frame() as u64);
    decoded(Found { rate, layout, bytes, length: Some(length) })
}

fn read_common(bytes: &[u8], is_compressed: bool) -> Result<Common, String> {
    let short = || "has a description (COMM) that ends too early".to_string();
    let number = |at: usize| number16(bytes, at, Order::Big).ok_or_else(short);
    let (channels, bits) = (number(0)?, number(6)?);
    let count = number32(bytes, 2, Order::Big).ok_or_else(short)?;
    let rate = bytes.get(8..).and_then(|bytes| bytes.first_chunk()).ok_or_else(short)?;
    if channels == 0 {
        return Err("says that it has no channels".to_string());
    }
    let kind = match is_compressed {
        true => bytes.get(18..).and_then(|bytes| bytes.first_chunk()).ok_or_else(short)?,
        false => b"NONE",
    };
    let whole = Encoding::Signed(usize::from(bits).div_ceil(8));
    let (encoding, order) = match (kind, bits) {
        (b"NONE" | b"twos" | b"in24" | b"in32", 1..=32) => (whole, Order::Big),
        (b"sowt" | b"42n1" | b"23ni", 1..=32) => (whole, Order::Little),
        (b"raw ", 1..=8) => (Encoding::Unsigned8, Order::Big),
        (b"fl32" | b"FL32", _) => (Encoding::Float, Order::Big),
        (b"fl64" | b"FL64", _) => (Encoding::Double, Order::Big),
        (b"alaw" | b"ALAW", _) => (Encoding::ALaw, Order::Big),
        (b"ulaw" | b"ULAW", _) => (Encoding::MuLaw, Order::Big),
        (b"NONE" | b"twos" | b"in24" | b"in32" | b"sowt" | b"42n1" | b"23ni" | b"raw ", _) => {
            return Err(format!("has samples of {bits} bits, which are not read"));
        }
        (other, _) => {
            let name = other.escape_ascii();
            return Err(format!("is compressed as \"{name}\", which is not read"));
        }
    };
    let layout = Layout { encoding, order, channels: channels.into() };
    Ok(Common { rate: extended(*rate), count, layout })
}

/// A number of 80 bits (IEEE 754 extended precision), rounded down; 0 if it is negative or too large.
fn extended(bytes: [u8; 10]) -> u32 {
    let [high, low, mantissa @ ..] = bytes;
    let exponent = i32::from(u16::from_be_bytes([high, low])) - 16383;
    match exponent {
        0..=31 => (u64::from_be_bytes(mantissa) >> (63 - exponent)) as u32,
        _ => 0,
    }
}

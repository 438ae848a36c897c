//! WAV files: RIFF, its big-endian form RIFX, and RF64 for more than 4 GiB.
//!
//! IBM and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991; EBU Tech 3306, 2009.

use super::chunks::{Chunks, number16, number32};
use super::pcm::{Encoding, Layout, Order};
use super::sound::{Decoded, Found, decoded};

/// A length from here on is not known: the program that wrote it could not go back to correct it, as at the end of a
/// pipe (ffmpeg writes 2^32 - 1, SoX a little less than 2^31).
const STREAMED: u32 = 0x7FFF_F000;

/// What the chunk `fmt ` says.
struct Format {
    rate: u32,
    layout: Layout,
}

/// Decodes a file that begins with `RIFF`, `RIFX`, `RF64` or `BW64`.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, String> {
    let order = if bytes.starts_with(b"RIFX") { Order::Big } else { Order::Little };
    let Some((header, rest)) = bytes.split_first_chunk::<12>() else {
        return Err("ends before its samples".to_string());
    };
    if !header.ends_with(b"WAVE") {
        return Err("is a RIFF file, but not a WAV file".to_string());
    }
    let is_long = bytes.starts_with(b"RF64") || bytes.starts_with(b"BW64");
    let (mut format, mut length) = (None, None);
    for chunk in (Chunks { order, rest }) {
        match &chunk.name {
            b"fmt " => format = Some(read_format(chunk.bytes, order)?),
            b"ds64" if is_long => {
                let length_at = chunk.bytes.get(8..).and_then(|bytes| bytes.first_chunk());
                length = length_at.map(|bytes| order.u64(*bytes));
            }
            b"data" => {
                let Some(Format { rate, layout }) = format else {
                    return Err("has samples, but no description (fmt) before them".to_string());
                };
                let riff = number32(bytes, 4, order).unwrap_or_default();
                let (bytes, length) = match (chunk.claimed, length) {
                    (u32::MAX, Some(length)) => (chunk.rest, Some(length)),
                    (STREAMED.., _) => (chunk.rest, None),
                    // Neither length was filled in.
                    (0, _) if riff == 0 || riff >= STREAMED => (chunk.rest, None),
                    (claimed, _) => (chunk.bytes, Some(u64::from(claimed))),
                };
                return decoded(Found { rate, layout, bytes, length });
            }
            _ => {}
        }
    }
    Err("ends before its samples".to_string())
}

fn read_format(bytes: &[u8], order: Order) -> Result<Format, String> {
    let short = || "has a description (fmt) that ends too early".to_string();
    let number = |at: usize| number16(bytes, at, order).ok_or_else(short);
    let (mut tag, channels, frame, bits) = (number(0)?, number(2)?, number(12)?, number(14)?);
    let rate = number32(bytes, 4, order).ok_or_else(short)?;
    // The tag of the extensible form is at the start of its GUID.
    if tag == 0xFFFE {
        tag = number(24)?;
    }
    if channels == 0 {
        return Err("says that it has no channels".to_string());
    }
    let encoding = match (tag, bits) {
        (1, 1..=8) => Encoding::Unsigned8,
        // A sample takes as many bytes as a frame has for each channel: 24 bits may be the upper ones of 32.
        (1, 9..=32) => match frame / channels {
            width @ 2..=4 if usize::from(width) >= usize::from(bits).div_ceil(8) => {
                Encoding::Signed(width.into())
            }
            _ => Encoding::Signed(usize::from(bits).div_ceil(8)),
        },
        (3, 32) => Encoding::Float,
        (3, 64) => Encoding::Double,
        (6, 8) => Encoding::ALaw,
        (7, 8) => Encoding::MuLaw,
        (1 | 3 | 6 | 7, _) => {
            return Err(format!("has samples of {bits} bits, which are not read"));
        }
        (other, _) => {
            let name = name(other).map_or(String::new(), |name| format!(" ({name})"));
            return Err(format!("is compressed by format {other:#06x}{name}, which is not read"));
        }
    };
    Ok(Format { rate, layout: Layout { encoding, order, channels: channels.into() } })
}

/// What the tag of a compressed format means.
fn name(tag: u16) -> Option<&'static str> {
    Some(match tag {
        0x02 => "Microsoft ADPCM",
        0x11 => "IMA ADPCM",
        0x31 => "GSM 6.10",
        0x50 => "MPEG layer II",
        0x55 => "MP3",
        _ => return None,
    })
}

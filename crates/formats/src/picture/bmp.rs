//! BMP files, as Windows and OS/2 write them.

use super::{Picture, Size};
use crate::files::memory;

/// What the headers say.
struct Header<'a> {
    size: Size,
    /// Whether the first row is the uppermost one.
    is_top_down: bool,
    /// Bits of a pixel.
    bits: usize,
    compression: u32,
    /// Four bytes of each colour (blue, green, red and one more), or three.
    palette: &'a [u8],
    palette_step: usize,
    /// The bits of red, green and blue in a pixel of 16 or 32 bits.
    masks: [u32; 3],
    /// The rows, or their runs.
    data: &'a [u8],
}

/// Values of `compression`.
const PLAIN: u32 = 0;
const RUNS_OF_8: u32 = 1;
const RUNS_OF_4: u32 = 2;
const MASKS: u32 = 3;
const MASKS_AND_ALPHA: u32 = 6;

/// Decodes a file; transparency is left out.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, String> {
    let header = header(bytes)?;
    let Size { width, height } = header.size;
    let packed;
    let (rows, bits): (&[u8], usize) = match (header.compression, header.bits) {
        (RUNS_OF_8, 8) | (RUNS_OF_4, 4) => {
            header.size.check(bytes.len())?;
            packed = unrolled(&header)?;
            (&packed, 8)
        }
        (PLAIN, bits @ (1 | 2 | 4 | 8 | 16 | 24 | 32))
        | (MASKS | MASKS_AND_ALPHA, bits @ (16 | 32)) => (header.data, bits),
        (compression, bits) => {
            return Err(format!(
                "has pixels of {bits} bits with compression {compression}, which are not read"
            ));
        }
    };
    // Each row takes whole groups of four bytes, unless it was unrolled.
    let stride = match header.compression {
        RUNS_OF_8 | RUNS_OF_4 => width,
        _ => (width * bits).div_ceil(32) * 4,
    };
    let needed = stride.saturating_mul(height - 1).saturating_add((width * bits).div_ceil(8));
    if rows.len() < needed {
        return Err("ends before its picture does".to_string());
    }
    let mut pixels = memory::reserved(width * height * 3)?;
    for y in 0..height {
        let row = if header.is_top_down { y } else { height - 1 - y };
        let row = &rows[row * stride..];
        pixels.extend((0..width).flat_map(|x| header.colour(row, x, bits)));
    }
    Ok(Picture { height, width, step: 3, pixels })
}

impl Header<'_> {
    /// The colour of a row's pixel.
    fn colour(&self, row: &[u8], x: usize, bits: usize) -> [u8; 3] {
        let byte = |at: usize| row[at];
        match bits {
            1 | 2 | 4 => {
                let each = 8 / bits;
                let shift = 8 - bits * (x % each + 1);
                self.of_palette(usize::from(byte(x / each) >> shift) & ((1 << bits) - 1))
            }
            8 => self.of_palette(byte(x).into()),
            24 => [byte(3 * x + 2), byte(3 * x + 1), byte(3 * x)],
            16 => self.masked(u32::from(u16::from_le_bytes([byte(2 * x), byte(2 * x + 1)]))),
            _ => self.masked(u32::from_le_bytes([0, 1, 2, 3].map(|i| byte(4 * x + i)))),
        }
    }

    fn of_palette(&self, index: usize) -> [u8; 3] {
        let colour = self.palette.get(index * self.palette_step..).and_then(|rest| rest.get(..3));
        colour.map_or([0; 3], |colour| [colour[2], colour[1], colour[0]])
    }

    /// The parts of a pixel under the masks, brought to eight bits.
    fn masked(&self, pixel: u32) -> [u8; 3] {
        self.masks.map(|mask| {
            if mask == 0 {
                return 0;
            }
            let (value, most) = (pixel & mask, mask >> mask.trailing_zeros());
            let value = u64::from(value >> mask.trailing_zeros());
            (value * 255 / u64::from(most)) as u8
        })
    }
}

fn header(bytes: &[u8]) -> Result<Header<'_>, String> {
    let short = || "ends in its header".to_string();
    let number16 = |at: usize| {
        let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
        bytes.map(|bytes| u16::from_le_bytes(*bytes)).ok_or_else(short)
    };
    let number32 = |at: usize| {
        let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
        bytes.map(|bytes| u32::from_le_bytes(*bytes)).ok_or_else(short)
    };
    let (start, length) = (number32(10)? as usize, number32(14)? as usize);
    let is_old = length == 12;
    if !is_old && length < 40 {
        return Err(format!("has a header of {length} bytes, which is not read"));
    }
    let (width, height, bits, compression, colours) = match is_old {
        true => (i32::from(number16(18)?), i32::from(number16(20)?), number16(24)?, PLAIN, 0),
        false => {
            let side = |at: usize| number32(at).map(|side| side as i32);
            (side(18)?, side(22)?, number16(28)?, number32(30)?, number32(46)? as usize)
        }
    };
    let side = |side: i32| usize::try_from(side.unsigned_abs()).unwrap_or(usize::MAX);
    let size = Size { width: if width > 0 { side(width) } else { 0 }, height: side(height) };
    size.check(bytes.len())?;
    let bits = usize::from(bits);
    let masks = match (compression, bits) {
        (MASKS | MASKS_AND_ALPHA, _) => [number32(54)?, number32(58)?, number32(62)?],
        (_, 16) => [0x7C00, 0x03E0, 0x001F],
        _ => [0x00FF_0000, 0xFF00, 0xFF],
    };
    let after_masks = if length == 40 && compression == MASKS { 12 } else { 0 };
    let palette_step = if is_old { 3 } else { 4 };
    let colours = match (bits, colours) {
        (..=8, 0) => 1 << bits,
        (..=8, colours) => colours.min(256),
        _ => 0,
    };
    let palette = bytes.get(14 + length + after_masks..).ok_or_else(short)?;
    let palette = &palette[..palette.len().min(colours * palette_step)];
    let data = bytes.get(start..).ok_or_else(short)?;
    let is_top_down = height < 0;
    Ok(Header { size, is_top_down, bits, compression, palette, palette_step, masks, data })
}

/// The indices of runs, a byte for each pixel, rows as they are stored; what no run reaches is 0.
fn unrolled(header: &Header<'_>) -> Result<Vec<u8>, String> {
    let Size { width, height } = header.size;
    let is_halves = header.compression == RUNS_OF_4;
    let mut indices = memory::zeros(width * height)?;
    let (mut x, mut y) = (0, 0);
    let mut bytes = header.data.iter().copied();
    let mut next = || bytes.next().ok_or("ends before its picture does".to_string());
    let mut put = |x: usize, y: usize, index: u8| {
        if x < width && y < height {
            indices[y * width + x] = index;
        }
    };
    let half = |byte: u8, i: usize| if i.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
    while y < height {
        match (next()?, next()?) {
            (0, 0) => (x, y) = (0, y + 1),
            (0, 1) => break,
            (0, 2) => (x, y) = (x + usize::from(next()?), y + usize::from(next()?)),
            // So many indices as they are, filled up to two bytes.
            (0, count) => {
                let count = usize::from(count);
                let stored = if is_halves { count.div_ceil(2) } else { count };
                for at in 0..stored {
                    let byte = next()?;
                    match is_halves {
                        true => (2 * at..count.min(2 * at + 2))
                            .for_each(|i| put(x + i, y, half(byte, i))),
                        false => put(x + at, y, byte),
                    }
                }
                if stored % 2 == 1 {
                    next()?;
                }
                x += count;
            }
            (count, byte) => {
                for i in 0..usize::from(count) {
                    put(x + i, y, if is_halves { half(byte, i) } else { byte });
                }
                x += usize::from(count);
            }
        }
    }
    Ok(indices)
}

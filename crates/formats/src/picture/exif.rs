//! How a camera was held: the orientation that it noted, and turning the picture upright.

use super::Picture;
use crate::files::memory;

/// The tag of the orientation. Exif 2.32, section 4.6.4; the numbers are those of TIFF 6.0.
const ORIENTATION: u16 = 274;

/// The orientation that Exif data say, from 1 (upright) to 8; 1 if they do not say.
pub(super) fn orientation(exif: &[u8]) -> u8 {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let noted = short_at(tiff, ORIENTATION).and_then(|(_, value)| u8::try_from(value).ok());
    noted.filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

/// Where the 16-bit number of a tag is in TIFF's first directory, and the number.
pub(super) fn short_at(tiff: &[u8], tag: u16) -> Option<(usize, u16)> {
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let number16 = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let bytes = *tiff.get(4..)?.first_chunk()?;
    let start = if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
    let start = start as usize;
    let entries = (0..usize::from(number16(start)?)).map(|i| start + 2 + 12 * i);
    let mut entries = entries.map_while(|at| Some((at, number16(at)?)));
    let (at, _) = entries.find(|(_, own)| *own == tag)?;
    Some((at + 8, number16(at + 8)?))
}

impl Picture {
    /// The picture upright, if its camera was held in this orientation.
    ///
    /// # Errors
    /// There is no memory for it.
    pub(super) fn upright(self, orientation: u8) -> Result<Self, String> {
        if !(2..=8).contains(&orientation) {
            return Ok(self);
        }
        let (height, width, step) = (self.height, self.width, self.step);
        let (bottom, right) = (height - 1, width - 1);
        let (new_height, new_width) =
            if orientation >= 5 { (width, height) } else { (height, width) };
        let mut pixels = memory::reserved(self.pixels.len())?;
        for y in 0..new_height {
            for x in 0..new_width {
                let (row, column) = match orientation {
                    2 => (y, right - x),
                    3 => (bottom - y, right - x),
                    4 => (bottom - y, x),
                    5 => (x, y),
                    6 => (bottom - x, y),
                    7 => (bottom - x, right - y),
                    _ => (x, right - y),
                };
                pixels.extend_from_slice(&self.pixels[(row * width + column) * step..][..step]);
            }
        }
        Ok(Picture { height: new_height, width: new_width, step, pixels })
    }
}

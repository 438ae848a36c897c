//! WebP files.

use super::exif::orientation;
use super::{Picture, Size, undecodable};
use crate::files::memory;
use image_webp::WebPDecoder;
use std::io::Cursor;

/// Decodes a file, of an animation the first picture.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, String> {
    for (at, _) in bytes.windows(4).enumerate().filter(|(_, name)| name == b"VP8 ") {
        lossy_size(&bytes[at..]).map_or(Ok(()), |size| size.check(bytes.len()))?;
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    Size { width, height }.check(bytes.len())?;
    decoder.set_memory_limit(bytes.len());
    let exif = decoder.exif_metadata().map_err(undecodable)?;
    let mut pixels = memory::zeros(decoder.output_buffer_size().ok_or("is too large")?)?;
    decoder.read_image(&mut pixels).map_err(undecodable)?;
    let step = if decoder.has_alpha() { 4 } else { 3 };
    let picture = Picture { height, width, step, pixels };
    picture.upright(exif.map_or(1, |exif| orientation(&exif)))
}

/// The size that a chunk of lossy data claims, for which memory is taken before it is compared with the picture's.
/// RFC 6386, section 9.1.
fn lossy_size(chunk: &[u8]) -> Option<Size> {
    let [0x9D, 0x01, 0x2A, a, b, c, d] = *chunk.get(11..)?.first_chunk()? else { return None };
    let side = |bytes: [u8; 2]| usize::from(u16::from_le_bytes(bytes) & 0x3FFF);
    Some(Size { width: side([a, b]), height: side([c, d]) })
}

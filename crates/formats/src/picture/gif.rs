//! The first picture of a GIF file.

use super::{Picture, Size, undecodable};
use crate::files::memory;
use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use std::num::NonZeroU64;

/// Decodes the first picture; what it leaves free of the screen is black.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, String> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let most = NonZeroU64::new(super::MOST_PIXELS as u64).map(MemoryLimit::Bytes);
    options.set_memory_limit(most.unwrap_or(MemoryLimit::Unlimited));
    let mut decoder = options.read_info(bytes).map_err(undecodable)?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    Size { width, height }.check(bytes.len())?;
    let frame = decoder.next_frame_info().map_err(undecodable)?.ok_or("holds no picture")?;
    let own = Size { width: frame.width.into(), height: frame.height.into() };
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    own.check(bytes.len())?;
    let mut indices = memory::zeros(decoder.buffer_size())?;
    decoder.read_into_buffer(&mut indices).map_err(undecodable)?;
    let palette = decoder.palette().map_err(undecodable)?;
    let mut pixels = memory::zeros(width * height * 3)?;
    for (y, row) in indices.chunks_exact(own.width).enumerate().take(height.saturating_sub(top)) {
        // A frame may reach beyond the screen, or lie beside it.
        let rest = pixels.get_mut(((top + y) * width + left) * 3..).unwrap_or_default();
        let places = rest.chunks_exact_mut(3).take(width.saturating_sub(left));
        for (place, &index) in places.zip(row) {
            let colour = palette.get(usize::from(index) * 3..).and_then(|rest| rest.get(..3));
            place.copy_from_slice(colour.unwrap_or(&[0; 3]));
        }
    }
    Ok(Picture { height, width, step: 3, pixels })
}

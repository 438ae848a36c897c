//! Masks: pictures whose pixels are whole numbers, such as the class of each pixel.

use super::{MOST_PIXELS, Picture, Size, undecodable};
use crate::files::memory;
use crate::table::file_error;
use relume_datasets::DataError;
use relume_tensor::Indices;
use std::path::{Path, PathBuf};

/// Reads a mask: `[height, width]` whole numbers, which are a palette's indices or the shades of gray as they are
/// stored. Of colours, it must have shades of gray alone. `size` resizes it to the nearest pixels, as PIL does.
///
/// # Errors
/// A file that cannot be read, is damaged, or holds colours.
pub fn read_mask(path: &Path, size: Option<[usize; 2]>) -> Result<Indices, DataError> {
    let bytes = relume_files::read(path)
        .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
    let mask = Mask::decode(&bytes).map_err(|problem| {
        let help = "a mask is a PNG file with a palette, or a picture of shades of gray";
        file_error(path, problem, Some(help.to_string()))
    })?;
    let own = [mask.height, mask.width];
    let Some([height, width]) = size.filter(|size| *size != own) else {
        return Ok(Indices::new(own, mask.values)?);
    };
    let nearest = |i: usize, to: usize, from: usize| (2 * i + 1) * from / (2 * to);
    let row = |y: usize| &mask.values[nearest(y, height, own[0]) * own[1]..][..own[1]];
    let values =
        (0..height).flat_map(|y| (0..width).map(move |x| row(y)[nearest(x, width, own[1])]));
    Ok(Indices::new([height, width], values.collect::<Vec<u32>>())?)
}

/// The masks of some pictures: files with the same path below another folder, with any ending of a picture.
///
/// # Errors
/// A folder of masks that cannot be read, or the first picture that has none.
pub fn masks_beside(
    pictures: &[PathBuf],
    root: &Path,
    masks: &Path,
    endings: &[&str],
) -> Result<Vec<PathBuf>, DataError> {
    relume_files::read_dir(masks)
        .map_err(|source| DataError::Read { path: masks.to_path_buf(), source })?;
    let of = |picture: &PathBuf| {
        let own = masks.join(picture.strip_prefix(root).unwrap_or(picture));
        let mut paths = endings.iter().map(|ending| own.with_extension(ending));
        paths.find(|path| relume_files::is_file(path)).ok_or_else(|| {
            let stem = own.with_extension("");
            let help = "a mask has its picture's name, with any ending of a picture";
            let problem = format!("has no mask {}", stem.display());
            file_error(picture, problem, Some(help.to_string()))
        })
    };
    pictures.iter().map(of).collect()
}

/// A decoded mask.
struct Mask {
    height: usize,
    width: usize,
    /// Row after row.
    values: Vec<u32>,
}

impl Mask {
    fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.starts_with(b"\x89PNG") {
            return decode_png(bytes);
        }
        let Picture { height, width, step, pixels } = Picture::decode(bytes)?;
        Ok(Mask { height, width, values: shades(pixels.chunks_exact(step))? })
    }
}

/// The shades of gray of pixels that are one number, or three equal ones; transparency is left out.
fn shades<'a>(pixels: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u32>, String> {
    let shade = |pixel: &[u8]| match *pixel {
        [shade] | [shade, _] => Ok(u32::from(shade)),
        [red, green, blue, ..] if red == green && green == blue => Ok(u32::from(red)),
        _ => Err("holds colours, not a number for each pixel".to_string()),
    };
    pixels.map(shade).collect()
}

fn decode_png(bytes: &[u8]) -> Result<Mask, String> {
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let mut reader = decoder.read_info().map_err(undecodable)?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let (samples, bits) = (info.color_type.samples(), info.bit_depth as usize);
    let rows = info.raw_row_length().saturating_mul(height);
    Size { width, height }.check_pixels(if rows / 1032 > bytes.len() { 0 } else { MOST_PIXELS })?;
    let mut data = memory::zeros(reader.output_buffer_size().ok_or("is too large")?)?;
    let frame = reader.next_frame(&mut data).map_err(undecodable)?;
    let rows = data.chunks_exact(frame.line_size).take(height);
    let values = match bits {
        8 => {
            let pixels = rows.flat_map(|row| row.chunks_exact(samples).take(width));
            shades(pixels)?
        }
        16 if samples <= 2 => {
            let pixels = rows.flat_map(|row| row.chunks_exact(2 * samples).take(width));
            pixels.map(|pixel| u32::from(u16::from_be_bytes([pixel[0], pixel[1]]))).collect()
        }
        16 => return Err("holds colours, not a number for each pixel".to_string()),
        _ => {
            let value = |row: &[u8], x: usize| {
                let at = x * bits;
                u32::from(row[at / 8]) >> (8 - bits - at % 8) & ((1 << bits) - 1)
            };
            rows.flat_map(|row| (0..width).map(move |x| value(row, x))).collect()
        }
    };
    Ok(Mask { height, width, values })
}

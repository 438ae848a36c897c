//! TIFF files.

use super::exif::{orientation, short_at};
use super::{Picture, Size, undecodable};
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// Decodes the first picture of a file. Of 16 bits the upper eight are kept.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, String> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = super::MOST_PIXELS * 8;
    limits.intermediate_buffer_size = bytes.len().saturating_mul(8).max(1 << 26);
    let bare = without_colours(bytes);
    let source = Cursor::new(bare.as_deref().unwrap_or(bytes));
    let mut decoder = Decoder::new(source).map_err(undecodable)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(undecodable)?;
    let size = Size { width: width as usize, height: height as usize };
    size.check(bytes.len())?;
    let colour = decoder.colortype().map_err(undecodable)?;
    let is_jpeg = short_at(bytes, Tag::Compression.to_u16()).is_some_and(|(_, value)| value == 7);
    let (bits, samples) = form(colour, is_jpeg)?;
    let mut values = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut values).map_err(undecodable)?;
    let values = match values {
        DecodingResult::U8(values) if bits < 8 => unpacked(&values, size.width * samples, bits),
        DecodingResult::U8(values) => values,
        DecodingResult::U16(values) => values.into_iter().map(|x| (x >> 8) as u8).collect(),
        _ => {
            return Err("has samples that are not whole numbers of at most 16 bits: their range is not known"
                .to_string());
        }
    };
    let values = if layout.planes > 1 { interleaved(&values, layout.planes) } else { values };
    let (step, pixels) = match colour {
        ColorType::Gray(..=8) if bare.is_some() => {
            let map = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(undecodable)?;
            (3, coloured(&values, &map))
        }
        ColorType::CMYK(_) => (3, values.chunks_exact(4).flat_map(from_inks).collect()),
        _ if bits < 8 => {
            let unit = 255 / ((1 << bits) - 1);
            (samples, values.into_iter().map(|x| x * unit).collect())
        }
        _ => (samples, values),
    };
    if pixels.len() < size.width * size.height * step {
        return Err("ends before its picture does".to_string());
    }
    Picture { height: size.height, width: size.width, step, pixels }.upright(orientation(bytes))
}

/// The file with indices into its colours called shades of gray, if it has indices: the decoder reads none.
fn without_colours(bytes: &[u8]) -> Option<Vec<u8>> {
    let (at, _) = short_at(bytes, Tag::PhotometricInterpretation.to_u16())
        .filter(|(_, value)| *value == 3)?;
    let mut bytes = bytes.to_vec();
    // Shades of gray are 1, in either order of bytes.
    bytes[at..][..2].iter_mut().for_each(|byte| *byte = (*byte).min(1));
    Some(bytes)
}

/// The bits of a sample, and the samples of a pixel.
fn form(colour: ColorType, is_jpeg: bool) -> Result<(u8, usize), String> {
    match colour {
        ColorType::Gray(bits @ (1 | 2 | 4 | 8 | 16)) => Ok((bits, 1)),
        ColorType::GrayA(bits @ (8 | 16)) => Ok((bits, 2)),
        // Gray or colours with a channel whose meaning is not said, as transparency's often is not.
        ColorType::Multiband { bit_depth: bits @ (8 | 16), num_samples: samples @ 2..=4 }
            if !is_jpeg =>
        {
            Ok((bits, samples.into()))
        }
        ColorType::RGB(bits @ (8 | 16)) => Ok((bits, 3)),
        ColorType::RGBA(bits @ (8 | 16)) | ColorType::CMYK(bits @ 8) => Ok((bits, 4)),
        other => Err(format!(
            "has pixels of a kind that is not read ({other:?}); save it with 8 or 16 bits a channel"
        )),
    }
}

/// Numbers of fewer than eight bits, each row of which begins with a byte of its own.
fn unpacked(values: &[u8], width: usize, bits: u8) -> Vec<u8> {
    let each = usize::from(8 / bits);
    let number =
        |byte: &u8, i: usize| byte >> (8 - usize::from(bits) * (i + 1)) & ((1 << bits) - 1);
    let rows = values.chunks(width.div_ceil(each).max(1));
    let row = |row: &[u8]| {
        let numbers = row.iter().flat_map(|byte| (0..each).map(move |i| number(byte, i)));
        numbers.take(width).collect::<Vec<u8>>()
    };
    rows.flat_map(row).collect()
}

/// Planes one after the other as pixels.
fn interleaved(values: &[u8], planes: usize) -> Vec<u8> {
    let plane = values.len() / planes;
    (0..plane).flat_map(|i| (0..planes).map(move |own| values[own * plane + i])).collect()
}

/// The colours of indices; the map holds all reds, all greens and all blues, in 16 bits.
fn coloured(indices: &[u8], map: &[u16]) -> Vec<u8> {
    let colours = map.len() / 3;
    let part = |index: u8, part: usize| {
        map.get(part * colours + usize::from(index)).map_or(0, |value| (value >> 8) as u8)
    };
    indices.iter().flat_map(|&index| [0, 1, 2].map(|own| part(index, own))).collect()
}

/// The colour of four inks, as PIL converts it.
fn from_inks(inks: &[u8]) -> [u8; 3] {
    let light = 255 - u32::from(inks[3]);
    [0, 1, 2].map(|ink| {
        let product = u32::from(inks[ink]) * light + 128;
        light.saturating_sub(((product >> 8) + product) >> 8) as u8
    })
}

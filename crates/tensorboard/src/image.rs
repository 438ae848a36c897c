//! Images.

use crate::BoardError;
use crate::messages::summary;

/// An image of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// The pixels row by row from the top, the channels of each side by side; from 0, black, to 255.
    pub pixels: Vec<u8>,
}

impl Image {
    /// The image as a PNG file.
    ///
    /// # Errors
    /// No pixels, a number of channels other than 1 and 3, or pixels that do not match the sizes.
    pub fn png(&self) -> Result<Vec<u8>, BoardError> {
        let &Image { width, height, channels, ref pixels } = self;
        let wrong = || BoardError::Image { width, height, channels, values: pixels.len() };
        let colour = match channels {
            1 => png::ColorType::Grayscale,
            3 => png::ColorType::Rgb,
            _ => return Err(wrong()),
        };
        let size = |size: usize| u32::try_from(size).ok().filter(|&size| size > 0);
        let (Some(columns), Some(rows)) = (size(width), size(height)) else { return Err(wrong()) };
        if width.saturating_mul(height).saturating_mul(channels) != pixels.len() {
            return Err(wrong());
        }
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, columns, rows);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        let failed = |error: png::EncodingError| BoardError::Png(error.to_string());
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(pixels).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }

    pub(crate) fn message(&self) -> Result<summary::Image, BoardError> {
        Ok(summary::Image {
            encoded_image_string: self.png()?,
            height: self.height as i32,
            width: self.width as i32,
            colorspace: self.channels as i32,
        })
    }
}

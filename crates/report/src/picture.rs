//! Pictures of samples and of what adds to an answer, as small PNG inside of the page.

use crate::html::escaped;
use relume_inspection::plot::base64;

/// The widest and highest picture, in pixels; larger ones are made smaller.
const LARGEST: usize = 64;

/// The pixels of a picture, row by row.
pub(crate) struct Picture {
    width: usize,
    height: usize,
    /// One byte for each pixel, or three.
    bytes: Vec<u8>,
    channels: usize,
    /// Colours by index, for pixels of one byte.
    palette: Option<(Vec<u8>, Vec<u8>)>,
}

/// Planes of numbers `[channels, height, width]`.
#[derive(Clone, Copy)]
pub(crate) struct Planes<'a> {
    pub values: &'a [f32],
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Planes<'_> {
    /// The means of planes over squares, so that no side is longer than the largest.
    fn smaller(&self) -> (Vec<f32>, usize, usize) {
        let step = self.height.max(self.width).div_ceil(LARGEST).max(1);
        let (tall, wide) = (self.height.div_ceil(step), self.width.div_ceil(step));
        let mut out = Vec::with_capacity(self.channels * tall * wide);
        for channel in 0..self.channels {
            for row in 0..tall {
                for column in 0..wide {
                    let (mut sum, mut count) = (0.0, 0.0);
                    for y in row * step..((row + 1) * step).min(self.height) {
                        for x in column * step..((column + 1) * step).min(self.width) {
                            sum += self.values[(channel * self.height + y) * self.width + x];
                            count += 1.0;
                        }
                    }
                    out.push(sum / count);
                }
            }
        }
        (out, tall, wide)
    }
}

impl Picture {
    /// A picture in grey or in colours, black for `low` and white for `high`.
    pub fn of(planes: Planes<'_>, [low, high]: [f32; 2]) -> Self {
        let (values, height, width) = planes.smaller();
        let range = (high - low).max(f32::MIN_POSITIVE);
        let level = |x: f32| ((x - low) / range * 255.0).round().clamp(0.0, 255.0) as u8;
        let (places, channels) = (height * width, planes.channels);
        let bytes =
            (0..places * channels).map(|i| level(values[i % channels * places + i / channels]));
        Picture { width, height, bytes: bytes.collect(), channels, palette: None }
    }

    /// What places add: blue for the answer, orange against it, clear where it is nothing.
    pub fn heat(planes: Planes<'_>) -> Self {
        let (sums, height, width) = planes.smaller();
        let most = sums.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
        let index = |x: &f32| (128.0 + x / most * 127.0).round().clamp(1.0, 255.0) as u8;
        let bytes = sums.iter().map(index).collect();
        let colour = |i: i32| if i < 128 { [214, 96, 32] } else { [38, 118, 214] };
        let colours = (0..256).flat_map(colour).collect();
        let alpha = (0..256).map(|i: i32| (2 * (i - 128).abs()).min(255) as u8).collect();
        Picture { width, height, bytes, channels: 1, palette: Some((colours, alpha)) }
    }

    /// Shares from 0 to 1 of a square table, the darker the larger.
    pub fn shares(shares: &[f32], side: usize) -> Self {
        let index = |x: &f32| (x.sqrt() * 255.0).round().clamp(0.0, 255.0) as u8;
        let colours = (0..256).flat_map(|_| [38, 118, 214]).collect();
        let bytes = shares.iter().map(index).collect();
        let palette = Some((colours, (0..=255).collect()));
        Picture { width: side, height: side, bytes, channels: 1, palette }
    }

    /// The element that shows it, with words for who does not see it; nothing if it could not be encoded.
    pub fn html(&self, class: &str, words: &str) -> String {
        let Some(png) = self.png() else { return String::new() };
        format!(
            "<img class=\"{class}\" alt=\"{}\" width=\"{}\" height=\"{}\" src=\"data:image/png;base64,{}\">",
            escaped(words),
            self.width,
            self.height,
            base64(&png)
        )
    }

    fn png(&self) -> Option<Vec<u8>> {
        let (width, height) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        match (&self.palette, self.channels) {
            (Some((colours, alpha)), _) => {
                encoder.set_color(png::ColorType::Indexed);
                encoder.set_palette(colours.clone());
                encoder.set_trns(alpha.clone());
            }
            (None, 3) => encoder.set_color(png::ColorType::Rgb),
            (None, _) => encoder.set_color(png::ColorType::Grayscale),
        }
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.bytes).ok()?;
        writer.finish().ok()?;
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_picture_is_made_small_and_can_be_read() {
        let values: Vec<f32> = (0..3 * 200 * 300).map(|i| (i % 97) as f32).collect();
        let planes = Planes { values: &values, channels: 3, height: 200, width: 300 };
        let picture = Picture::of(planes, [0.0, 96.0]);
        assert_eq!((picture.width, picture.height), (60, 40));
        let png = picture.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        assert_eq!(bytes, picture.bytes);
        assert_eq!(bytes.len(), 60 * 40 * 3);
    }

    #[test]
    fn what_speaks_against_is_below_the_middle_and_nothing_is_clear() {
        let planes = Planes { values: &[-2.0, 0.0, 1.0, 2.0], channels: 1, height: 2, width: 2 };
        let heat = Picture::heat(planes);
        assert_eq!(heat.bytes, [1, 128, 192, 255]);
        let (_, alpha) = heat.palette.unwrap();
        assert_eq!((alpha[1], alpha[128], alpha[255]), (254, 0, 254));
    }
}

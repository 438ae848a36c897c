//! Samples with their predictions, side by side in one image.

use crate::{Image, font};

/// A sample with what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Captioned {
    /// The pixels of each channel row by row, in any range: the least is drawn black, the largest white.
    pub pixels: Vec<f32>,
    /// What stands below it; what is too long for its width is cut.
    pub caption: String,
    /// Whether the prediction is right, if that is known: green if it is, red if it is not.
    pub is_right: Option<bool>,
}

/// Samples of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Rows of a sample.
    pub height: usize,
    /// Columns of a sample.
    pub width: usize,
    /// The samples.
    pub samples: Vec<Captioned>,
}

/// The least and the most that the larger side of a drawn sample may have, samples in a row, and pixels between them.
const SIDE: usize = 64;
const MOST: usize = 128;
const ACROSS: usize = 8;
const GAP: usize = 4;
/// Pixels of a caption's dot, and of its line.
const DOT: usize = 2;
const LINE: usize = (font::HEIGHT + 2) * DOT;

const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];
const GREEN: [u8; 3] = [0, 128, 40];
const RED: [u8; 3] = [200, 0, 30];

/// An image that is being drawn.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Canvas { width, height, pixels: WHITE.repeat(width * height) }
    }

    /// Sets a square of pixels; what is outside is left out.
    fn square(&mut self, [x, y]: [usize; 2], side: usize, colour: [u8; 3]) {
        for row in y..(y + side).min(self.height) {
            for column in x..(x + side).min(self.width) {
                let at = (row * self.width + column) * 3;
                self.pixels[at..at + 3].copy_from_slice(&colour);
            }
        }
    }
}

impl Grid {
    /// The samples as one image, eight in a row; `None` for samples without pixels, or none. Small samples are drawn
    /// larger; those of more than 128 pixels on a side are made smaller, by means over squares.
    pub fn image(&self) -> Option<Image> {
        let &Grid { channels, height, width, ref samples } = self;
        let count = channels.checked_mul(height)?.checked_mul(width)?;
        if count == 0 || !matches!(channels, 1 | 3) {
            return None;
        }
        let larger = height.max(width);
        if larger > MOST {
            return self.reduced(larger.div_ceil(MOST)).image();
        }
        let drawn: Vec<&Captioned> =
            samples.iter().filter(|sample| sample.pixels.len() == count).collect();
        let scale = SIDE.div_ceil(larger);
        let (cell_width, cell_height) = (width * scale + GAP, height * scale + LINE + GAP);
        let (across, down) = (drawn.len().min(ACROSS), drawn.len().div_ceil(ACROSS));
        if across == 0 {
            return None;
        }
        let mut canvas = Canvas::new(across * cell_width + GAP, down * cell_height + GAP);
        for (i, sample) in drawn.into_iter().enumerate() {
            let corner = [GAP + i % ACROSS * cell_width, GAP + i / ACROSS * cell_height];
            self.draw(&mut canvas, corner, scale, sample);
        }
        let Canvas { width, height, pixels } = canvas;
        Some(Image { width, height, channels: 3, pixels })
    }

    /// The same with a pixel for each square of pixels of this side, their mean; at the borders they may be smaller.
    fn reduced(&self, side: usize) -> Grid {
        let &Grid { channels, height, width, ref samples } = self;
        let count = channels * height * width;
        let whole = samples.iter().filter(|sample| sample.pixels.len() == count);
        let mean = |pixels: &[f32], top: usize, left: usize| {
            let rows = pixels.chunks_exact(width).skip(top).take(side);
            let square = rows.flat_map(|row| row.iter().skip(left).take(side));
            let (mut sum, mut count) = (0.0, 0);
            for &x in square.filter(|x| x.is_finite()) {
                (sum, count) = (sum + f64::from(x), count + 1);
            }
            // NaN if none is finite.
            (sum / f64::from(count)) as f32
        };
        let reduced = whole.map(|sample| {
            let mut pixels = Vec::new();
            for channel in sample.pixels.chunks_exact(height * width) {
                for top in (0..height).step_by(side) {
                    pixels.extend((0..width).step_by(side).map(|left| mean(channel, top, left)));
                }
            }
            Captioned { pixels, caption: sample.caption.clone(), is_right: sample.is_right }
        });
        let samples = reduced.collect();
        Grid { channels, height: height.div_ceil(side), width: width.div_ceil(side), samples }
    }

    fn draw(&self, canvas: &mut Canvas, [x, y]: [usize; 2], scale: usize, sample: &Captioned) {
        let &Grid { channels, height, width, .. } = self;
        let finite = || sample.pixels.iter().copied().filter(|x| x.is_finite());
        let low = finite().fold(f32::INFINITY, f32::min);
        let range = (finite().fold(f32::NEG_INFINITY, f32::max) - low).max(f32::MIN_POSITIVE);
        // What is no number becomes 0.
        let byte = |value: f32| ((value - low) / range * 255.0).round() as u8;
        for row in 0..height {
            for column in 0..width {
                let value = |channel: usize| {
                    let channel = channel.min(channels - 1);
                    byte(sample.pixels[(channel * height + row) * width + column])
                };
                let place = [x + column * scale, y + row * scale];
                canvas.square(place, scale, [0, 1, 2].map(value));
            }
        }
        let colour = match sample.is_right {
            Some(true) => GREEN,
            Some(false) => RED,
            None => BLACK,
        };
        let most = width * scale / ((font::WIDTH + 1) * DOT);
        for (i, letter) in sample.caption.chars().take(most).enumerate() {
            let left = x + i * (font::WIDTH + 1) * DOT;
            for row in 0..font::HEIGHT {
                for column in (0..font::WIDTH).filter(|&own| font::is_set(letter, row, own)) {
                    let top = y + height * scale + (row + 1) * DOT;
                    canvas.square([left + column * DOT, top], DOT, colour);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid([channels, height, width]: [usize; 3], pixel: fn(usize) -> f32) -> Grid {
        let pixels = (0..channels * height * width).map(pixel).collect();
        let sample = Captioned { pixels, caption: "7".to_string(), is_right: None };
        Grid { channels, height, width, samples: vec![sample; 9] }
    }

    #[test]
    fn large_samples_are_means_over_squares() {
        // 3 rows of 5 numbers each, the second channel 15 more.
        let reduced = grid([2, 3, 5], |i| if i == 0 { f32::NAN } else { i as f32 }).reduced(2);
        assert_eq!((reduced.channels, reduced.height, reduced.width), (2, 2, 3));
        let own = [4.0, 5.0, 6.5, 10.5, 12.5, 14.0];
        let other = [18.0, 20.0, 21.5, 25.5, 27.5, 29.0];
        assert_eq!(reduced.samples[0].pixels, [own, other].concat());
        assert_eq!(reduced.samples[8].caption, "7");
    }

    #[test]
    fn a_drawn_sample_has_128_pixels_on_a_side_at_most() {
        for (shape, [height, width]) in [
            ([1, 8, 4], [64, 32]),
            ([3, 128, 100], [128, 100]),
            ([1, 129, 64], [65, 32]),
            ([1, 2000, 3000], [84, 125]),
            ([1, 1, 5000], [1, 125]),
        ] {
            let image = grid(shape, |i| i as f32).image().unwrap();
            // Nine samples are eight in a row, and one below.
            assert_eq!(image.width, 8 * (width + GAP) + GAP, "{shape:?}");
            assert_eq!(image.height, 2 * (height + LINE + GAP) + GAP, "{shape:?}");
        }
    }
}

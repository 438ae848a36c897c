//! Arithmetic of colours, in the single-precision steps of torchvision's functions for tensors of bytes.

use super::Image;

/// Changes each pixel's colour; a gray image has none.
pub(super) fn each_colour(image: &mut Image<'_>, mut change: impl FnMut([u8; 3]) -> [u8; 3]) {
    let [channels, height, width] = image.shape();
    if channels != 3 {
        return;
    }
    let (red, rest) = image.pixels_mut().split_at_mut(height * width);
    let (green, blue) = rest.split_at_mut(height * width);
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        [*red, *green, *blue] = change([*red, *green, *blue]);
    }
}

/// The gray of a colour: 0.2989 red + 0.587 green + 0.114 blue, rounded down.
pub(super) fn gray([red, green, blue]: [u8; 3]) -> u8 {
    (0.2989 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)) as u8
}

/// `ratio` of a byte plus the rest of another number, clipped to 0 and 255 and rounded down.
pub(super) fn blend(byte: u8, other: f32, ratio: f64) -> u8 {
    // The conversion clips and rounds down.
    (ratio as f32 * f32::from(byte) + (1.0 - ratio) as f32 * other) as u8
}

/// A colour with its hue shifted by a part of the circle.
pub(super) fn turn_hue(colour: [u8; 3], by: f32) -> [u8; 3] {
    let [hue, saturation, value] = hsv(colour.map(|byte| f32::from(byte) / 255.0));
    let hue = hue + by;
    // Between 0 and 1 again, as a remainder whose sign is the divisor's.
    let rest = hue % 1.0;
    let hue = if rest < 0.0 { rest + 1.0 } else { rest };
    // From 0..1 to 256 equal intervals.
    rgb([hue, saturation, value]).map(|x| (x * 255.999) as u8)
}

/// Hue, saturation and value from 0 to 1 of red, green and blue from 0 to 1.
fn hsv([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    if most == least {
        return [0.0, 0.0, most];
    }
    let range = most - least;
    let [r, g, b] = [red, green, blue].map(|x| (most - x) / range);
    let sixths = match most {
        x if x == red => b - g,
        x if x == green => 2.0 + r - b,
        _ => 4.0 + g - r,
    };
    [(sixths / 6.0 + 1.0) % 1.0, range / most, most]
}

/// Red, green and blue from 0 to 1 of hue, saturation and value from 0 to 1.
fn rgb([hue, saturation, value]: [f32; 3]) -> [f32; 3] {
    let sector = (hue * 6.0).floor();
    let rest = hue * 6.0 - sector;
    let darker = |by: f32| (value * (1.0 - by)).clamp(0.0, 1.0);
    let least = darker(saturation);
    let falling = darker(saturation * rest);
    let rising = darker(saturation * (1.0 - rest));
    match sector as u8 % 6 {
        0 => [value, rising, least],
        1 => [falling, value, least],
        2 => [least, value, rising],
        3 => [least, falling, value],
        4 => [rising, least, value],
        _ => [value, least, falling],
    }
}

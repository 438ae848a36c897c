//! Resizing, bit for bit as PIL's bilinear filter (which `torchvision.transforms.Resize` uses).
//!
//! When a picture shrinks, the triangle widens and averages over all pixels that fall into one of the result
//! ("antialias").

/// Fractional bits of the filter's integer weights.
const BITS: u32 = 22;

/// The pixels that go into one pixel of the result, with their weights.
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// The window of each pixel of the result along one axis.
fn windows(from: usize, to: usize) -> Vec<Window> {
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    let window = |i: usize| {
        let centre = (i as f64 + 0.5) * scale;
        // Casts truncate towards zero, and negative numbers become 0.
        let first = (centre - reach + 0.5) as usize;
        let end = ((centre + reach + 0.5) as usize).min(from);
        let triangle = |x: usize| {
            let distance = ((x as f64 - centre + 0.5) / reach).abs();
            (1.0 - distance).max(0.0)
        };
        let sum: f64 = (first..end).map(triangle).sum();
        let whole = |x| (0.5 + triangle(x) / sum * f64::from(1 << BITS)) as i32;
        Window { first, weights: (first..end).map(whole).collect() }
    };
    (0..to).map(window).collect()
}

fn weighted(window: &Window, pixel: impl Fn(usize) -> u8) -> u8 {
    let weights = window.weights.iter().enumerate();
    let sum: i32 = weights.map(|(i, weight)| weight * i32::from(pixel(window.first + i))).sum();
    ((sum + (1 << (BITS - 1))) >> BITS).clamp(0, 255) as u8
}

/// Planes `[channels, height, width]` in another height and width: along the rows first, then along the columns.
pub fn resize(planes: &[u8], [h, w]: [usize; 2], [height, width]: [usize; 2]) -> Vec<u8> {
    let (along_rows, along_columns) = (windows(w, width), windows(h, height));
    let channels = planes.len() / (h * w);
    let mut narrow = Vec::with_capacity(channels * h * width);
    for row in planes.chunks_exact(w) {
        narrow.extend(along_rows.iter().map(|window| weighted(window, |x| row[x])));
    }
    let mut resized = Vec::with_capacity(channels * height * width);
    for plane in narrow.chunks_exact(h * width) {
        for window in &along_columns {
            resized.extend((0..width).map(|x| weighted(window, |y| plane[y * width + x])));
        }
    }
    resized
}

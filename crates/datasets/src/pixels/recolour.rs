//! Images in other channels.

/// Planes with another number of channels, as PIL's `convert` makes them: gray is (19595 R + 38470 G + 7471 B) / 65536,
/// rounded, and colours of gray are three times the same.
pub(super) fn recoloured(planes: &[u8], from: usize, to: usize) -> Vec<u8> {
    match (from, to) {
        (3, 1) => {
            let (red, rest) = planes.split_at(planes.len() / 3);
            let (green, blue) = rest.split_at(rest.len() / 2);
            let pixels = red.iter().zip(green).zip(blue);
            pixels.map(|((&r, &g), &b)| gray(r, g, b)).collect()
        }
        (1, 3) => planes.repeat(3),
        _ => planes.to_vec(),
    }
}

/// A colour's brightness.
pub fn gray(r: u8, g: u8, b: u8) -> u8 {
    let [r, g, b] = [r, g, b].map(u32::from);
    ((19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16) as u8
}

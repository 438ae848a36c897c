//! Which samples can be drawn.

/// The least side of a square whose pixels are a row of numbers.
const LEAST: usize = 5;

/// Channels, height and width of a sample of these sizes: of an image `[channels, height, width]` with one or three
/// channels, or of a row of a square's pixels. `None` for other samples.
pub fn picture_shape(sizes: &[usize]) -> Option<[usize; 3]> {
    match *sizes {
        [channels, height, width] if matches!(channels, 1 | 3) => Some([channels, height, width]),
        [pixels] => {
            let side = pixels.isqrt();
            (side * side == pixels && side >= LEAST).then_some([1, side, side])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::picture_shape;

    #[test]
    fn images_and_squares_can_be_drawn() {
        assert_eq!(picture_shape(&[3, 4, 6]), Some([3, 4, 6]));
        assert_eq!(picture_shape(&[64]), Some([1, 8, 8]));
        for other in [&[2, 4, 4][..], &[63], &[16], &[4, 4], &[]] {
            assert_eq!(picture_shape(other), None, "{other:?}");
        }
    }
}

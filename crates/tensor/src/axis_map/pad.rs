//! Padding, as maps.

use super::{AxisMap, Term};
use crate::TensorError;

/// What stands beyond the ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// One number.
    Constant(f32),
    /// The axis mirrored at its first and last number, which are not repeated.
    Reflect,
    /// The first and the last number, again and again.
    Replicate,
    /// The axis from its other end.
    Circular,
}

impl AxisMap {
    /// An axis of `size` numbers with `before` and `after` more around it. Negative ones cut off, with a constant only.
    ///
    /// # Errors
    /// More than the mode can find numbers for (reflect: `size - 1`, circular: `size`), or nothing left.
    pub fn padded(
        size: usize,
        [before, after]: [isize; 2],
        mode: PadMode,
    ) -> Result<Self, TensorError> {
        let error = |problem| Err(TensorError::Geometry { operation: "padding", problem });
        let most = match mode {
            PadMode::Constant(_) => isize::MAX,
            PadMode::Reflect => size as isize - 1,
            PadMode::Replicate if size == 0 => 0,
            PadMode::Replicate => isize::MAX,
            PadMode::Circular => size as isize,
        };
        let least = if matches!(mode, PadMode::Constant(_)) { isize::MIN } else { 0 };
        for pad in [before, after] {
            if pad > most {
                return error(format!("an axis of {size} has no {pad} numbers to pad it with"));
            }
            if pad < least {
                return error(format!("{pad} would cut off, which only a constant may"));
            }
        }
        let output = size as isize + before + after;
        if output < 1 {
            return error(format!("nothing is left of an axis of {size}"));
        }
        let size_i = size as isize;
        let source = |output: isize| {
            let place = output - before;
            let source = match mode {
                _ if (0..size_i).contains(&place) => place,
                PadMode::Constant(_) => return None,
                PadMode::Reflect if place < 0 => -place,
                PadMode::Reflect => 2 * (size_i - 1) - place,
                PadMode::Replicate => place.clamp(0, size_i - 1),
                PadMode::Circular => place.rem_euclid(size_i),
            };
            Some(Term { index: source as u32, weight: 1.0 })
        };
        let mut map = AxisMap::new(size, (0..output).map(source));
        if let PadMode::Constant(value) = mode {
            map.fill = value;
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(mode: PadMode) -> Vec<u32> {
        let map = AxisMap::padded(4, [2, 3], mode).unwrap();
        (0..map.output()).filter_map(|i| Some(map.terms(i).first()?.index)).collect()
    }

    /// numpy.pad(np.arange(4), (2, 3), mode) with reflect, edge and wrap.
    #[test]
    fn the_border_is_numpys() {
        assert_eq!(sources(PadMode::Reflect), [2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(sources(PadMode::Replicate), [0, 0, 0, 1, 2, 3, 3, 3, 3]);
        assert_eq!(sources(PadMode::Circular), [2, 3, 0, 1, 2, 3, 0, 1, 2]);
        assert_eq!(sources(PadMode::Constant(1.0)), [0, 1, 2, 3]);
    }

    #[test]
    fn what_the_mode_has_no_numbers_for_is_refused() {
        assert!(AxisMap::padded(4, [4, 0], PadMode::Reflect).is_err());
        assert!(AxisMap::padded(4, [5, 0], PadMode::Circular).is_err());
        assert!(AxisMap::padded(4, [-1, 0], PadMode::Replicate).is_err());
        assert!(AxisMap::padded(4, [-2, -2], PadMode::Constant(0.0)).is_err());
    }
}

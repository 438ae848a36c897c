//! Padding along one axis, as maps.

use super::{AxisMap, Term};
use crate::TensorError;

/// The numbers outside of the ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// The same number everywhere.
    Constant(f32),
    /// The axis mirrored at its first and last number, which are not repeated.
    Reflect,
    /// The first and the last number, repeated.
    Replicate,
    /// The axis from its other end on.
    Circular,
}

impl PadMode {
    /// The size of a padded axis.
    ///
    /// # Errors
    /// What [`AxisMap::padded`] refuses.
    pub fn output(self, size: usize, [before, after]: [isize; 2]) -> Result<usize, TensorError> {
        let error = |problem| Err(TensorError::Geometry { operation: "padding", problem });
        let output =
            isize::try_from(size).ok().and_then(|n| n.checked_add(before)?.checked_add(after));
        let Some(output) = output.filter(|&output| output.max(size as isize) <= u32::MAX as isize)
        else {
            return error(format!(
                "a padding of {before} and {after} around {size} numbers is too large"
            ));
        };
        let most = match self {
            PadMode::Constant(_) => isize::MAX,
            PadMode::Reflect => size as isize - 1,
            PadMode::Replicate if size == 0 => 0,
            PadMode::Replicate => isize::MAX,
            PadMode::Circular => size as isize,
        };
        let least = if matches!(self, PadMode::Constant(_)) { isize::MIN } else { 0 };
        for pad in [before, after] {
            if pad > most {
                return error(format!("an axis of {size} has no {pad} numbers to pad it with"));
            }
            if pad < least {
                return error(format!(
                    "a padding of {pad} crops the axis, which only constant padding can do"
                ));
            }
        }
        if output < 1 {
            return error(format!("nothing is left of an axis of {size}"));
        }
        Ok(output as usize)
    }

    /// The index of the number at a position relative to the axis, inside of it or not. `None` for a constant.
    fn source(self, position: isize, size: isize) -> Option<isize> {
        Some(match self {
            _ if (0..size).contains(&position) => position,
            PadMode::Constant(_) => return None,
            PadMode::Reflect if position < 0 => -position,
            PadMode::Reflect => 2 * (size - 1) - position,
            PadMode::Replicate => position.clamp(0, size - 1),
            PadMode::Circular => position.rem_euclid(size),
        })
    }
}

impl AxisMap {
    /// An axis of `size` numbers with `before` and `after` more. Negative padding crops; only a constant may be
    /// negative.
    ///
    /// # Errors
    /// More padding than the mode has numbers for (reflect: `size - 1`, circular: `size`), nothing left, or sizes that
    /// do not fit into 32 bits.
    pub fn padded(
        size: usize,
        [before, after]: [isize; 2],
        mode: PadMode,
    ) -> Result<Self, TensorError> {
        let output = mode.output(size, [before, after])?;
        let source = |output: isize| {
            let index = mode.source(output - before, size as isize)?;
            Some(Term { index: index as u32, weight: 1.0 })
        };
        let mut map = AxisMap::new(size, (0..output as isize).map(source));
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

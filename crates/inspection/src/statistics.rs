//! Statistics of a batch of values, in all and unit by unit.

use relume_tensor::Tensor;
use serde::Serialize;

/// Moments and extremes of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The mean.
    pub mean: f32,
    /// The standard deviation.
    pub std: f32,
    /// The smallest value.
    pub min: f32,
    /// The largest value.
    pub max: f32,
    /// The square root of the mean of squares.
    pub rms: f32,
}

impl Statistics {
    /// The statistics of all values of a tensor.
    pub fn of(values: &Tensor) -> Self {
        Statistics {
            mean: values.mean(),
            std: values.variance().sqrt(),
            min: values.min(),
            max: values.max(),
            rms: values.norm() / (values.count().max(1) as f32).sqrt(),
        }
    }
}

/// How many units of a stage are dead or saturated, over a whole batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct UnitStatistics {
    /// Units: features, or channels of an image, or features of a sequence.
    pub units: usize,
    /// Units that pass no gradient for any sample at any place.
    pub dead: usize,
    /// The fraction of all values that lie where the function is flat at its ends.
    pub saturated: f32,
}

/// Counts dead units and saturated values of `[batch, units]`, `[batch, units, ...places]` or `[batch, time, units]`.
///
/// `is_off` says which values pass no gradient; `is_saturated` which lie at the function's ends.
pub(crate) fn units(
    values: &Tensor,
    is_off: impl Fn(f32) -> bool,
    is_saturated: impl Fn(f32) -> bool,
) -> UnitStatistics {
    let shape = values.shape();
    let (units, run) = match *shape {
        [_, units] => (units, 1),
        [_, _, units] => (units, 1),
        [_, units, ..] => (units, shape.tail(2).count()),
        _ => return UnitStatistics::default(),
    };
    let mut alive = vec![false; units];
    let mut saturated = 0;
    for (i, &value) in values.data().iter().enumerate() {
        alive[i / run.max(1) % units] |= !is_off(value);
        saturated += usize::from(is_saturated(value));
    }
    UnitStatistics {
        units,
        dead: alive.iter().filter(|&&alive| !alive).count(),
        saturated: saturated as f32 / values.count().max(1) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_dead_only_if_no_sample_wakes_it() {
        let values = Tensor::new([2, 3], vec![0., 1., 0., 0., 0., 2.]).unwrap();
        let found = units(&values, |x| x == 0.0, |x| x > 1.5);
        assert_eq!((found.units, found.dead), (3, 1));
        assert!((found.saturated - 1.0 / 6.0).abs() < 1e-6);
        // Two channels of two places each: the second channel is 0 throughout.
        let image = Tensor::new([1, 2, 1, 2], vec![0., 1., 0., 0.]).unwrap();
        assert_eq!(units(&image, |x| x == 0.0, |_| false).dead, 1);
    }

    #[test]
    fn moments_are_numpys() {
        let found = Statistics::of(&Tensor::vector(&[1., 2., 3., 6.]));
        // numpy: a.mean(), a.std(), (a ** 2).mean() ** 0.5
        assert_eq!((found.mean, found.min, found.max), (3.0, 1.0, 6.0));
        assert!((found.std - 1.870_828_7).abs() < 1e-6 && (found.rms - 3.535_534).abs() < 1e-6);
    }
}

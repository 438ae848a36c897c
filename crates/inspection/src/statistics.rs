//! Statistics of a batch of values, in all and between samples.

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
    /// How much samples differ: the standard deviation over the samples of a batch, root mean square over the units,
    /// as a share of `rms`; 0 where all samples give the same.
    pub signal: f32,
}

impl Statistics {
    /// The statistics of all values of a batch `[samples, ...]`.
    pub fn of(values: &Tensor) -> Self {
        let rms = rms(values);
        let [min, max] = extremes(values.data());
        Statistics {
            mean: values.mean(),
            std: values.variance().sqrt(),
            min,
            max,
            rms,
            signal: if rms == 0.0 { 0.0 } else { between_samples(values) / rms },
        }
    }
}

/// The root mean square; NaN if a value is not finite.
pub(crate) fn rms(values: &Tensor) -> f32 {
    let sum = sum_of_squares(values.data());
    // In double precision, no square of a single one is too large or too small.
    if sum.is_finite() { (sum / values.count().max(1) as f64).sqrt() as f32 } else { f32::NAN }
}

/// Numbers that are looked at beside one another.
const LANES: usize = 8;

/// The smallest and the largest value, infinite if there is none; NaN if one is NaN.
fn extremes(values: &[f32]) -> [f32; 2] {
    let (whole, rest) = values.as_chunks::<LANES>();
    let (mut min, mut max) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let mut is_number = [true; LANES];
    let mut take = |lane: usize, x: f32| {
        min[lane] = if x < min[lane] { x } else { min[lane] };
        max[lane] = if x > max[lane] { x } else { max[lane] };
        is_number[lane] &= !x.is_nan();
    };
    for chunk in whole {
        chunk.iter().enumerate().for_each(|(lane, &x)| take(lane, x));
    }
    rest.iter().for_each(|&x| take(0, x));
    if is_number.contains(&false) {
        return [f32::NAN; 2];
    }
    let least = min.into_iter().fold(f32::INFINITY, f32::min);
    [least, max.into_iter().fold(f32::NEG_INFINITY, f32::max)]
}

/// The sum of the squares, in double precision.
pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
    dot(values, values)
}

/// The sum of the products of pairs, in double precision.
pub(crate) fn dot<A: Copy + Into<f64>, B: Copy + Into<f64>>(a: &[A], b: &[B]) -> f64 {
    let (whole_a, rest_a) = a.as_chunks::<LANES>();
    let (whole_b, rest_b) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in whole_a.iter().zip(whole_b) {
        for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a.into() * b.into();
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(&a, &b)| a.into() * b.into()).sum();
    sums.iter().sum::<f64>() + rest
}

/// The sum of the squares of the differences of pairs, in double precision.
pub(crate) fn square_of_difference(a: &[f32], b: &[f32]) -> f64 {
    let ((whole_a, rest_a), (whole_b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let square = |x: f32, y: f32| (f64::from(x) - f64::from(y)).powi(2);
    let mut sums = [0.0; LANES];
    for (a, b) in whole_a.iter().zip(whole_b) {
        for (sum, (&x, &y)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += square(x, y);
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(&x, &y)| square(x, y)).sum();
    sums.iter().sum::<f64>() + rest
}

/// The standard deviation over the samples, root mean square over the units.
fn between_samples(values: &Tensor) -> f32 {
    let samples = values.dims().first().copied().unwrap_or(0).max(1);
    let units = values.count() / samples;
    let (mut sums, mut squares) = (vec![0.0f64; units], vec![0.0f64; units]);
    let rows = || values.data().chunks_exact(units.max(1));
    for row in rows() {
        sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    sums.iter_mut().for_each(|sum| *sum /= samples as f64);
    for row in rows() {
        for ((square, &x), mean) in squares.iter_mut().zip(row).zip(&sums) {
            let difference = f64::from(x) - mean;
            *square += difference * difference;
        }
    }
    (squares.iter().sum::<f64>() / (samples * units.max(1)) as f64).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_numpys() {
        let found = Statistics::of(&Tensor::vector(&[1., 2., 3., 6.]));
        // numpy: a.mean(), a.std(), (a ** 2).mean() ** 0.5
        assert_eq!((found.mean, found.min, found.max), (3.0, 1.0, 6.0));
        assert!(extremes(&[1.0, f32::NAN, 2.0]).iter().all(|x| x.is_nan()));
        assert!((found.std - 1.870_828_7).abs() < 1e-6 && (found.rms - 3.535_534).abs() < 1e-6);
    }

    #[test]
    fn the_signal_is_what_differs_between_samples() {
        // numpy: a = [[1, 5], [3, 5]]; (a.std(axis=0) ** 2).mean() ** 0.5 / (a ** 2).mean() ** 0.5
        let found = Statistics::of(&Tensor::new([2, 2], vec![1., 5., 3., 5.]).unwrap());
        assert!((found.signal - 0.182_574_19).abs() < 1e-6, "{}", found.signal);
        let same = Statistics::of(&Tensor::new([2, 2], vec![1., 5., 1., 5.]).unwrap());
        assert_eq!(same.signal, 0.0);
    }

    #[test]
    fn a_root_mean_square_is_exact_beyond_the_range_of_squares() {
        assert_eq!(rms(&Tensor::vector(&[3e30, 3e30])), 3e30);
        assert_eq!(rms(&Tensor::vector(&[2e-30, 2e-30])), 2e-30);
        assert!(rms(&Tensor::vector(&[1.0, f32::NAN])).is_nan());
    }
}

//! How values are distributed, in bins of one width.

use relume_tensor::Tensor;
use serde::Serialize;

/// Counts of values in bins of one width.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// The edges of the bins, one more than there are bins.
    pub edges: Vec<f32>,
    /// How many values each bin has; the last one includes its upper edge, as in `torch.histogram`.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// The histogram of all finite values of a tensor, from the smallest to the largest; of values that are all equal,
    /// half a unit to both sides, as in NumPy.
    pub fn of(values: &Tensor, bins: usize) -> Self {
        Self::of_numbers(values.data(), bins)
    }

    /// The same of a list.
    pub fn of_numbers(values: &[f32], bins: usize) -> Self {
        let bins = bins.max(1);
        let (mut low, mut high) = range(values);
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if low == high {
            (low, high) = (low - 0.5, high + 0.5);
        }
        let width = (f64::from(high) - f64::from(low)) / bins as f64;
        let edge = |i: usize| (f64::from(low) + width * i as f64) as f32;
        let edges: Vec<f32> = (0..=bins).map(|i| if i == bins { high } else { edge(i) }).collect();
        let mut counts = vec![0; bins];
        let (least, each) = (f64::from(low), width.recip());
        for &x in values.iter().filter(|x| x.is_finite()) {
            // To i32 is one instruction, and to usize several.
            let guess = ((f64::from(x) - least) * each) as i32;
            let mut bin = (guess as usize).min(bins - 1);
            // Rounding may be off by one: the edges decide.
            while bin > 0 && x < edges[bin] {
                bin -= 1;
            }
            while bin + 1 < bins && x >= edges[bin + 1] {
                bin += 1;
            }
            counts[bin] += 1;
        }
        Histogram { edges, counts }
    }
}

/// Numbers that are compared beside one another.
const LANES: usize = 8;

/// The smallest and the largest finite value; infinities in the wrong order if there is none.
fn range(values: &[f32]) -> (f32, f32) {
    let (whole, rest) = values.as_chunks::<LANES>();
    let (mut low, mut high) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let mut take = |lane: usize, x: f32| {
        // Comparisons with what is not finite are false.
        let own = if x.is_finite() { x } else { f32::NAN };
        low[lane] = if own < low[lane] { own } else { low[lane] };
        high[lane] = if own > high[lane] { own } else { high[lane] };
    };
    for chunk in whole {
        chunk.iter().enumerate().for_each(|(lane, &x)| take(lane, x));
    }
    rest.iter().for_each(|&x| take(0, x));
    (
        low.into_iter().fold(f32::INFINITY, f32::min),
        high.into_iter().fold(f32::NEG_INFINITY, f32::max),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_as_numpy_does() {
        // numpy.histogram([0, 1, 2, 3, 4, 4], bins=4): counts [1, 1, 1, 3], edges 0, 1, 2, 3, 4.
        let found = Histogram::of(&Tensor::vector(&[0., 1., 2., 3., 4., 4.]), 4);
        assert_eq!(found.counts, [1, 1, 1, 3]);
        assert_eq!(found.edges, [0., 1., 2., 3., 4.]);
        // numpy.histogram([2, 2], bins=2): counts [0, 2], edges 1.5, 2.0, 2.5.
        let same = Histogram::of(&Tensor::vector(&[2., 2.]), 2);
        assert_eq!((same.counts, same.edges), (vec![0, 2], vec![1.5, 2.0, 2.5]));
    }

    #[test]
    fn what_is_not_finite_is_in_no_bin() {
        let found = Histogram::of(&Tensor::vector(&[f32::NAN, 1.0, f32::INFINITY]), 3);
        assert_eq!(found.counts.iter().sum::<u64>(), 1);
    }
}

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
        Self::of_some(values, bins, usize::MAX)
    }

    /// The same, with counts of so many values at most: of a longer list, one from each of as many stretches of it, at
    /// a place that looks random and is always the same. The ends are those of all values.
    pub(crate) fn of_some(values: &[f32], bins: usize, most: usize) -> Self {
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
        let counts = if values.len() > most {
            counts(&spread(values, most), &edges, width)
        } else {
            counts(values, &edges, width)
        };
        Histogram { edges, counts }
    }
}

/// Values whose bins are guessed beside one another.
const BLOCK: usize = 64;

/// How many finite values each bin has.
fn counts(values: &[f32], edges: &[f32], width: f64) -> Vec<u64> {
    let bins = edges.len() - 1;
    let mut counts = vec![0; bins];
    let (least, each) = (f64::from(edges[0]), width.recip());
    let mut guesses = [0; BLOCK];
    for block in values.chunks(BLOCK) {
        for (guess, &x) in guesses.iter_mut().zip(block) {
            // To i32 is one instruction, and to usize several.
            *guess = ((f64::from(x) - least) * each) as i32;
        }
        for (&guess, &x) in guesses.iter().zip(block).filter(|(_, x)| x.is_finite()) {
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
    }
    counts
}

/// One value from each of so many stretches of a list, which are all about as long.
fn spread(values: &[f32], stretches: usize) -> Vec<f32> {
    let start = |i: usize| (i as u128 * values.len() as u128 / stretches as u128) as usize;
    let value = |i: usize| {
        let (from, until) = (start(i), start(i + 1));
        // Fibonacci hashing: the place within a stretch follows no period that a shape may have.
        let chance = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        values[from + ((chance as usize * (until - from)) >> 32)]
    };
    (0..stretches).map(value).collect()
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
    fn some_values_of_many_tell_how_all_are_distributed() {
        let uniform: Vec<f32> = (0..100_000).map(|i| (i % 1000) as f32).collect();
        let some = Histogram::of_some(&uniform, 10, 2000);
        assert_eq!(some.edges, Histogram::of_numbers(&uniform, 10).edges);
        assert_eq!(some.counts.iter().sum::<u64>(), 2000);
        // 200 of each are expected, with a deviation of 13.
        assert!(some.counts.iter().all(|&count| (150..250).contains(&count)), "{:?}", some.counts);
        let few = Histogram::of_some(&uniform[..1000], 10, 2000);
        assert_eq!(few, Histogram::of_numbers(&uniform[..1000], 10));
    }

    #[test]
    fn what_is_not_finite_is_in_no_bin() {
        let found = Histogram::of(&Tensor::vector(&[f32::NAN, 1.0, f32::INFINITY]), 3);
        assert_eq!(found.counts.iter().sum::<u64>(), 1);
    }
}

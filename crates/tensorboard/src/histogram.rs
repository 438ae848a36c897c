//! Histograms in TensorFlow's buckets.

use crate::messages::summary::HistogramProto;
use std::sync::LazyLock;

/// The upper ends of the buckets from 0 on: a first one of 1e-12, and each a tenth larger than the one before, up to
/// 1e20 (TensorFlow, `core/lib/histogram/histogram.cc`). Below 0 they are mirrored.
static POSITIVE: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let next = |limit: &f64| Some(limit * 1.1);
    std::iter::successors(Some(1e-12), next).take_while(|&limit| limit < 1e20).collect()
});

/// Values counted in buckets that grow with the values, so that small and large ones are told apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// The smallest finite value.
    pub min: f64,
    /// The largest finite value.
    pub max: f64,
    /// The number of finite values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub sum_squares: f64,
    /// The buckets from before the first one that has a value to the last one: the upper end, which belongs to the
    /// next bucket, and how many values there are.
    pub buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// Counts values; those that are not finite are left out.
    pub fn of(values: &[f32]) -> Self {
        let buckets = 2 * POSITIVE.len() + 2;
        let mut counts = vec![0u64; buckets];
        let mut found = Histogram { min: f64::MAX, max: f64::MIN, ..Histogram::default() };
        for x in values.iter().filter(|x| x.is_finite()).map(|&x| f64::from(x)) {
            counts[bucket(x)] += 1;
            found.min = found.min.min(x);
            found.max = found.max.max(x);
            found.count += 1;
            found.sum += x;
            found.sum_squares += x * x;
        }
        let has_any = |&at: &usize| counts[at] > 0;
        let (Some(first), Some(last)) =
            ((0..buckets).find(has_any), (0..buckets).rev().find(has_any))
        else {
            return Histogram::default();
        };
        // An empty bucket before the first one says where that begins.
        let shown = first.saturating_sub(1)..=last;
        found.buckets = shown.map(|at| (limit(at), counts[at])).collect();
        found
    }

    pub(crate) fn message(&self) -> HistogramProto {
        HistogramProto {
            min: self.min,
            max: self.max,
            num: self.count as f64,
            sum: self.sum,
            sum_squares: self.sum_squares,
            bucket_limit: self.buckets.iter().map(|bucket| bucket.0).collect(),
            bucket: self.buckets.iter().map(|bucket| bucket.1 as f64).collect(),
        }
    }
}

/// The bucket of a value: those below 0 come first, then two whose ends are 0 and 1e-12, then those above. The first
/// and the last one are open.
fn bucket(x: f64) -> usize {
    let half = POSITIVE.len();
    match x {
        // The upper end does not belong to a bucket.
        x if x < 0.0 => half - POSITIVE.partition_point(|&limit| limit < -x),
        x => half + 1 + POSITIVE.partition_point(|&limit| limit <= x),
    }
}

/// The upper end of a bucket.
fn limit(at: usize) -> f64 {
    let half = POSITIVE.len();
    match at {
        at if at < half => -POSITIVE[half - 1 - at],
        at if at == half => 0.0,
        at => POSITIVE.get(at - half - 1).copied().unwrap_or(f64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_below_its_bucket_s_end_and_not_below_the_one_before() {
        for x in [0.0, 1e-13, 1e-12, 1.1e-12, 0.5, 1.0, 3e20, f64::from(f32::MAX)] {
            for x in [x, -x] {
                let at = bucket(x);
                assert!(x < limit(at), "{x} in {at}: {}", limit(at));
                assert!(at == 0 || limit(at - 1) <= x, "{x} in {at}: {}", limit(at - 1));
            }
        }
    }

    #[test]
    fn of_no_finite_values_nothing_is_counted() {
        assert_eq!(Histogram::of(&[f32::NAN, f32::INFINITY]), Histogram::default());
        assert_eq!(Histogram::of(&[]), Histogram::default());
    }
}

//! The numbers of a column: moments, extremes, and whether they tell the target.

use std::collections::HashMap;

/// A column with more different values than this is not one of a few cases.
const MOST_CASES: usize = 64;

/// The numbers of one feature over the train part.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Its name, or its position.
    pub name: String,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub std: f64,
    /// The smallest number.
    pub min: f64,
    /// The largest number.
    pub max: f64,
    /// Whether it alone tells the target exactly.
    pub tells_target: bool,
}

impl Column {
    pub(super) fn of(name: String, values: impl Iterator<Item = f64>) -> Self {
        let mut moments = Moments::default();
        values.for_each(|x| moments.add(x));
        moments.column(name)
    }

    /// The root mean square.
    pub fn rms(&self) -> f64 {
        self.mean.hypot(self.std)
    }
}

/// Sums of numbers, from which their mean and deviation follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    count: u64,
    /// The first number: sums are of differences from it, so that a large mean takes no digits from the deviation.
    first: f64,
    sum: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        Moments { count: 0, first: 0.0, sum: 0.0, squares: 0.0, min, max }
    }
}

impl Moments {
    pub fn add(&mut self, x: f64) {
        if self.count == 0 {
            self.first = x;
        }
        let difference = x - self.first;
        self.count += 1;
        self.sum += difference;
        self.squares += difference * difference;
        self.min = self.min.min(x);
        self.max = self.max.max(x);
    }

    pub fn column(&self, name: String) -> Column {
        let count = self.count.max(1) as f64;
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0);
        Column {
            name,
            mean: self.first + mean,
            std: variance.sqrt(),
            min: self.min,
            max: self.max,
            tells_target: false,
        }
    }
}

/// Whether the values of a column and the targets go together one to one, in a few cases that come often.
#[derive(Clone, Debug, Default)]
pub(super) struct Tells {
    of_value: HashMap<u32, u64>,
    of_target: HashMap<u64, u32>,
    is_refuted: bool,
}

impl Tells {
    pub fn add(&mut self, value: f32, target: u64) {
        if self.is_refuted {
            return;
        }
        let value = value.to_bits();
        if *self.of_value.entry(value).or_insert(target) != target
            || *self.of_target.entry(target).or_insert(value) != value
            || self.of_value.len() > MOST_CASES
        {
            *self = Tells { is_refuted: true, ..Tells::default() };
        }
    }

    pub fn is_true(&self, samples: usize) -> bool {
        !self.is_refuted && self.of_value.len() > 1 && self.of_value.len() * 5 <= samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_numpys_beside_a_large_mean_too() {
        // numpy: a = np.array([1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 6]); a.mean(), a.std()
        let found = Column::of("a".to_string(), [1.0, 2.0, 3.0, 6.0].map(|x| 1e6 + x).into_iter());
        assert_eq!((found.mean, found.min, found.max), (1_000_003.0, 1_000_001.0, 1_000_006.0));
        assert!((found.std - 1.870_828_693_386_970_7).abs() < 1e-9, "{}", found.std);
    }
}

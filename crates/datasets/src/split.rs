//! Which samples are trained on and which are kept for the test.

use relume_tensor::{Rng, Stream};

/// A train and a test part, as indices of samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Indices of the train part.
    pub train: Vec<usize>,
    /// Indices of the test part.
    pub test: Vec<usize>,
}

impl Split {
    /// Every `k`-th sample for the test, from the first on.
    pub fn every(count: usize, k: usize) -> Self {
        let (test, train) = (0..count).partition(|i| i % k.max(1) == 0);
        Split { train, test }
    }

    /// A fraction for the test, drawn at random; both parts stay in order.
    pub fn random(count: usize, fraction: f64, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..count).collect();
        Rng::stream(seed, Stream::Split).shuffle(&mut order);
        let (test, train) = order.split_at(share(count, fraction));
        let sorted = |part: &[usize]| {
            let mut part = part.to_vec();
            part.sort_unstable();
            part
        };
        Split { train: sorted(train), test: sorted(test) }
    }

    /// A fraction of each class for the test, drawn at random.
    pub fn stratified(labels: &[usize], classes: usize, fraction: f64, seed: u64) -> Self {
        let mut split = Split::default();
        for class in 0..classes {
            let own: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == class).collect();
            let part = Split::random(own.len(), fraction, seed.wrapping_add(class as u64));
            split.train.extend(part.train.iter().map(|&i| own[i]));
            split.test.extend(part.test.iter().map(|&i| own[i]));
        }
        split.train.sort_unstable();
        split.test.sort_unstable();
        split
    }
}

fn share(count: usize, fraction: f64) -> usize {
    ((count as f64 * fraction).round() as usize).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_together_everything() {
        for split in [Split::every(103, 5), Split::random(103, 0.2, 1)] {
            assert_eq!(split.test.len(), 21);
            let mut all = [split.train, split.test].concat();
            all.sort_unstable();
            assert_eq!(all, (0..103).collect::<Vec<_>>());
        }
        assert_ne!(Split::random(103, 0.2, 1), Split::random(103, 0.2, 2));
    }

    #[test]
    fn a_stratified_split_takes_the_same_share_of_each_class() {
        let labels: Vec<usize> = (0..100).map(|i| usize::from(i >= 80)).collect();
        let split = Split::stratified(&labels, 2, 0.25, 3);
        assert_eq!(split.test.iter().filter(|&&i| i < 80).count(), 20);
        assert_eq!(split.test.len(), 25);
    }
}

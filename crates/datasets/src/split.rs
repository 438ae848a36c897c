//! Which samples are trained on, which are looked at while training, and which are kept for the test.

use crate::{DataError, Targets};
use relume_tensor::{Rng, Stream};
use std::sync::Arc;

/// A train, a validation and a test part, as indices of samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Indices of the train part.
    pub train: Vec<usize>,
    /// Indices of the validation part, by which training makes its choices.
    pub validation: Vec<usize>,
    /// Indices of the test part.
    pub test: Vec<usize>,
}

/// The part of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Trained on.
    Train,
    /// Looked at while training.
    Validation,
    /// Kept for the test.
    Test,
}

/// What keeps samples together, or in order, where parts are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Grouping {
    /// Nothing: each sample is drawn alone.
    #[default]
    Single,
    /// The group of each sample, such as its patient: no group is in two parts.
    Groups(Arc<Vec<usize>>),
    /// The time of each sample: what is held out comes after what is trained on.
    Times(Arc<Vec<f64>>),
    /// The first and the last time of what each sample predicts. As times, by the first; a sample that would be trained
    /// on and reaches into what is held out is in neither part.
    Spans(Arc<Vec<[f64; 2]>>),
}

/// How samples are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawing<'a> {
    /// The class of each sample, of which each gives its share; `None` if there are no classes. Groups and times go
    /// before classes.
    pub labels: Option<&'a [usize]>,
    /// What keeps samples together.
    pub grouping: &'a Grouping,
    /// The seed.
    pub seed: u64,
}

impl<'a> Drawing<'a> {
    /// Draws each sample alone, of each class its share if the targets are classes.
    pub fn by_class(targets: &'a Targets, seed: u64) -> Self {
        Drawing { labels: targets.labels(), grouping: &Grouping::Single, seed }
    }

    /// How many of these samples are held out by classes, each its share: the largest remainders are rounded up.
    fn shares(&self, classes: &[Vec<usize>], wanted: usize) -> Vec<usize> {
        let all: usize = classes.iter().map(Vec::len).sum();
        let exact = |class: &Vec<usize>| wanted as f64 * class.len() as f64 / all.max(1) as f64;
        let mut shares: Vec<usize> = classes.iter().map(|class| exact(class) as usize).collect();
        let mut order: Vec<usize> = (0..classes.len()).collect();
        let remainder = |class: usize| exact(&classes[class]).fract();
        order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)));
        let missing = wanted.saturating_sub(shares.iter().sum());
        for &class in order.iter().take(missing) {
            shares[class] += 1;
        }
        shares
    }

    /// Some samples of a pool that are held out, in order; never all of them.
    fn held_out(&self, pool: &[usize], wanted: usize) -> Vec<usize> {
        let wanted = wanted.min(pool.len().saturating_sub(1));
        let mut rng = Rng::stream(self.seed, Stream::HeldOut);
        let mut held = match self.grouping {
            Grouping::Times(times) => last(pool, times, wanted),
            Grouping::Spans(spans) => last(pool, &firsts(spans), wanted),
            Grouping::Groups(groups) => whole_groups(pool, groups, wanted, &mut rng),
            Grouping::Single => {
                let mut classes = self.classes(pool);
                let shares = self.shares(&classes, wanted);
                let draw = |(class, share): (&mut Vec<usize>, usize)| {
                    rng.shuffle(class);
                    class[..share].to_vec()
                };
                classes.iter_mut().zip(shares).flat_map(draw).collect()
            }
        };
        held.sort_unstable();
        held
    }

    /// What is trained on of some samples, without those that reach into what is held out (scikit-learn's `gap` between
    /// both).
    fn purged(&self, mut trained: Vec<usize>, held: &[usize]) -> Vec<usize> {
        if let Grouping::Spans(spans) = self.grouping {
            let first = held.iter().map(|&i| spans[i][0]).fold(f64::INFINITY, f64::min);
            // A single time reaches nowhere: it is in the part that it was drawn for.
            trained.retain(|&i| spans[i][1] < first || spans[i][0] == spans[i][1]);
        }
        trained
    }

    /// A pool's samples that stay to be trained on, and those that are held out; none are if the others all reach into
    /// them.
    fn divided(&self, pool: Vec<usize>, wanted: usize) -> (Vec<usize>, Vec<usize>) {
        let held = self.held_out(&pool, wanted);
        let others = pool.iter().copied().filter(|sample| held.binary_search(sample).is_err());
        match self.purged(others.collect(), &held) {
            trained if trained.is_empty() => (pool, Vec::new()),
            trained => (trained, held),
        }
    }

    /// A pool's samples by class; one class of all if there are none.
    fn classes(&self, pool: &[usize]) -> Vec<Vec<usize>> {
        let Some(labels) = self.labels else { return vec![pool.to_vec()] };
        let count = pool.iter().map(|&i| labels[i] + 1).max().unwrap_or(0);
        let mut classes = vec![Vec::new(); count];
        pool.iter().for_each(|&i| classes[labels[i]].push(i));
        classes
    }

    /// The fold of each sample of a pool.
    fn folds(&self, pool: &[usize], folds: usize) -> Vec<usize> {
        let mut rng = Rng::stream(self.seed, Stream::HeldOut);
        match self.grouping {
            Grouping::Groups(groups) => {
                let mut own = members(pool, groups);
                rng.shuffle(&mut own);
                // The largest group goes first, and each into the fold that is smallest so far.
                own.sort_by_key(|group| std::cmp::Reverse(group.len()));
                let (mut sizes, mut fold_of) = (vec![0; folds], vec![0; pool.len()]);
                for group in own {
                    let fold = (0..folds).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
                    sizes[fold] += group.len();
                    group.into_iter().for_each(|place| fold_of[place] = fold);
                }
                fold_of
            }
            _ => {
                let mut fold_of = vec![0; pool.len()];
                let places: Vec<usize> = (0..pool.len()).collect();
                let labels: Option<Vec<usize>> =
                    self.labels.map(|labels| pool.iter().map(|&i| labels[i]).collect());
                let own = Drawing { labels: labels.as_deref(), ..*self };
                let mut next = 0;
                for mut class in own.classes(&places) {
                    rng.shuffle(&mut class);
                    for place in class {
                        fold_of[place] = next % folds;
                        next += 1;
                    }
                }
                fold_of
            }
        }
    }
}

/// The first time of each span.
fn firsts(spans: &[[f64; 2]]) -> Vec<f64> {
    spans.iter().map(|[first, _]| *first).collect()
}

/// The latest samples. Those of the same time stay together, in the later part, unless nothing would be left.
fn last(pool: &[usize], times: &[f64], wanted: usize) -> Vec<usize> {
    let order = by_time(pool, times);
    let mut first = order.len() - wanted;
    while first > 0 && wanted > 0 && times[order[first - 1]] == times[order[first]] {
        first -= 1;
    }
    match first {
        0 => order[order.len() - wanted..].to_vec(),
        first => order[first..].to_vec(),
    }
}

fn by_time(pool: &[usize], times: &[f64]) -> Vec<usize> {
    let mut order = pool.to_vec();
    order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
    order
}

/// The places in a pool of each group's samples.
fn members(pool: &[usize], groups: &[usize]) -> Vec<Vec<usize>> {
    let count = pool.iter().map(|&i| groups[i] + 1).max().unwrap_or(0);
    let mut own = vec![Vec::new(); count];
    pool.iter().enumerate().for_each(|(place, &i)| own[groups[i]].push(place));
    own.retain(|group| !group.is_empty());
    own
}

/// Groups in a random order, as long as each brings the number of samples nearer to the wanted one: at least one group,
/// and never all of them.
fn whole_groups(pool: &[usize], groups: &[usize], wanted: usize, rng: &mut Rng) -> Vec<usize> {
    let mut own = members(pool, groups);
    if own.len() < 2 || wanted == 0 {
        return Vec::new();
    }
    rng.shuffle(&mut own);
    let mut held: Vec<usize> = Vec::new();
    let mut left = own.len();
    for group in &own {
        if left > 1 && held.len() + group.len().div_ceil(2) <= wanted {
            held.extend(group.iter().map(|&place| pool[place]));
            left -= 1;
        }
    }
    if held.is_empty() {
        let smallest = own.iter().min_by_key(|group| group.len());
        held.extend(smallest.into_iter().flatten().map(|&place| pool[place]));
    }
    held
}

impl Split {
    /// All samples in the train part.
    pub fn train_only(count: usize) -> Self {
        Split { train: (0..count).collect(), ..Split::default() }
    }

    /// The first `trained` of `count` samples in the train part, the others in the test part.
    pub fn of_tested(trained: usize, count: usize) -> Self {
        Split {
            train: (0..trained).collect(),
            test: (trained..count).collect(),
            ..Split::default()
        }
    }

    /// The split in which each sample has the part that is given for it.
    pub fn of_parts(parts: impl IntoIterator<Item = PartKind>) -> Self {
        let mut split = Split::default();
        for (sample, part) in parts.into_iter().enumerate() {
            match part {
                PartKind::Train => split.train.push(sample),
                PartKind::Validation => split.validation.push(sample),
                PartKind::Test => split.test.push(sample),
            }
        }
        split
    }

    /// A fraction for the test, drawn as it says; without groups and times, of each class its share.
    pub fn drawn(count: usize, fraction: f64, by: &Drawing<'_>) -> Self {
        match (by.grouping, by.labels) {
            (Grouping::Single, None) => Split::random(count, fraction, by.seed),
            (Grouping::Single, Some(labels)) => {
                let classes = labels.iter().max().map_or(0, |last| last + 1);
                Split::stratified(labels, classes, fraction, by.seed)
            }
            _ => {
                let all = (0..count).collect();
                let (train, test) = by.divided(all, at_least_one(count, fraction));
                Split { train, validation: Vec::new(), test }
            }
        }
    }

    /// The same split with a fraction of its train part in the validation part: at least one sample, but never all of
    /// them; with classes, of each its share.
    #[must_use]
    pub fn with_validation(mut self, fraction: f64, by: &Drawing<'_>) -> Self {
        let wanted = at_least_one(self.train.len(), fraction);
        let (train, held) = by.divided(self.train, wanted);
        self.train = train;
        self.validation.extend(held);
        self.validation.sort_unstable();
        self
    }

    /// The splits of a cross-validation over the train and the validation part: each sample is once in a test part,
    /// each class in each fold with its share, no group in two parts. Over times, each test part follows its train
    /// part, and is as long as all others (scikit-learn's `TimeSeriesSplit`); samples that reach from the train part
    /// into the test part are in neither (its `gap`).
    ///
    /// # Errors
    /// Fewer than two folds, or more than there are samples or groups; a fold all of whose train part reaches into its
    /// test part.
    pub fn folds(&self, folds: usize, by: &Drawing<'_>) -> Result<Vec<Split>, DataError> {
        let mut pool = [&self.train[..], &self.validation].concat();
        pool.sort_unstable();
        let most = match by.grouping {
            Grouping::Single => pool.len(),
            Grouping::Groups(groups) => members(&pool, groups).len(),
            Grouping::Times(_) | Grouping::Spans(_) => pool.len().saturating_sub(1),
        };
        if folds < 2 || folds > most {
            let what =
                if matches!(by.grouping, Grouping::Groups(_)) { "groups" } else { "samples" };
            return Err(DataError::Options(format!(
                "{folds} folds cannot be made of {} samples: there are 2 to {most}, as many as {what} at most",
                pool.len()
            )));
        }
        let times = match by.grouping {
            Grouping::Times(times) => Some(times.to_vec()),
            Grouping::Spans(spans) => Some(firsts(spans)),
            Grouping::Single | Grouping::Groups(_) => None,
        };
        if let Some(times) = times {
            let order = by_time(&pool, &times);
            let size = pool.len() / (folds + 1);
            let fold = |fold: usize| {
                let first = pool.len() - (folds - fold) * size;
                let test = order[first..first + size].to_vec();
                let train = by.purged(order[..first].to_vec(), &test);
                if train.is_empty() {
                    return Err(DataError::Options(format!(
                        "{folds} folds are too many for {} samples: what is predicted in the train part of fold {} \
                         reaches into its test part",
                        pool.len(),
                        fold + 1
                    )));
                }
                Ok(Split { train, test, ..Split::default() })
            };
            return (0..folds).map(fold).collect();
        }
        let fold_of = by.folds(&pool, folds);
        let part = |fold: usize, is_own: bool| -> Vec<usize> {
            let own = pool.iter().zip(&fold_of).filter(|&(_, &of)| (of == fold) == is_own);
            own.map(|(&i, _)| i).collect()
        };
        let split =
            |fold| Split { train: part(fold, false), test: part(fold, true), ..Split::default() };
        Ok((0..folds).map(split).collect())
    }

    /// Every `k`-th sample for the test, from the first on.
    pub fn every(count: usize, k: usize) -> Self {
        let (test, train) = (0..count).partition(|i| i % k.max(1) == 0);
        Split { train, test, ..Split::default() }
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
        Split { train: sorted(train), test: sorted(test), ..Split::default() }
    }

    /// A fraction of each class for the test, drawn at random.
    pub fn stratified(labels: &[usize], classes: usize, fraction: f64, seed: u64) -> Self {
        let mut split = Split::default();
        // One pass for all classes: there may be as many classes as samples.
        let mut samples = vec![Vec::new(); classes];
        for (i, &label) in labels.iter().enumerate() {
            if let Some(own) = samples.get_mut(label) {
                own.push(i);
            }
        }
        for (class, own) in samples.iter().enumerate() {
            let part = Split::random(own.len(), fraction, seed.wrapping_add(class as u64));
            split.train.extend(part.train.iter().map(|&i| own[i]));
            split.test.extend(part.test.iter().map(|&i| own[i]));
        }
        split.train.sort_unstable();
        split.test.sort_unstable();
        split
    }
}

/// A share of some samples: of more than one, at least one if any are wanted.
fn at_least_one(count: usize, fraction: f64) -> usize {
    if fraction > 0.0 && count > 1 { share(count, fraction).max(1) } else { 0 }
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

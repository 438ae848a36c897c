//! What the samples of a data set are like: what is constant, equal, contradictory, rare.

use super::columns::{Column, Moments, Tells};
use relume_datasets::{Batches, DataError, Dataset, Part, Targets};
use relume_tensor::{Array, Shape};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The most numbers that are read; of larger data sets the first samples are looked at.
const MOST_NUMBERS: usize = 50_000_000;
/// Samples that are prepared at once, if they have no more numbers than this (16 MiB).
const AT_ONCE: usize = 256;
const NUMBERS_AT_ONCE: usize = 4 << 20;

/// What the samples of a data set are like.
#[derive(Clone, Debug, Default)]
pub struct DataFacts {
    /// Samples of the train part that were looked at.
    pub train: usize,
    /// Samples of the train part that are equal to an earlier one.
    pub repeated: usize,
    /// Samples of the train part whose inputs also have another target.
    pub contradictory: usize,
    /// Samples of the test and the validation part that were looked at.
    pub held_out: usize,
    /// Those of them that stand in the train part too.
    pub leaked: usize,
    /// The columns of samples that are rows of numbers; channels and features of others.
    pub columns: Vec<Column>,
    /// Whether samples are indices, such as the words of texts.
    pub are_indices: bool,
    /// The share of steps at the ends of sequences that are all 0, and of samples that have such steps.
    pub padding: [f64; 2],
    /// How many samples of the train part have each class.
    pub classes: Vec<usize>,
    /// The smallest index and the largest, of samples that are indices.
    pub indices: Option<[u32; 2]>,
    /// How many different indices there are.
    pub distinct_indices: usize,
    /// Each number to predict as the loss takes it, over the train part.
    pub targets: Vec<Column>,
}

/// The samples of a part: hashed, and their columns added up.
struct Read {
    hashes: Vec<u64>,
    columns: Vec<Moments>,
    /// For each column of rows, whether it tells the target.
    tells: Vec<Tells>,
    are_indices: bool,
    padded: [usize; 2],
    steps: usize,
    distinct: Vec<u32>,
}

impl DataFacts {
    /// Looks at a data set's samples, prepared as a network gets them.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(data: &Dataset) -> Result<Self, DataError> {
        let width = data.sample_shape().count().max(1);
        let most = if data.is_slow() { AT_ONCE } else { MOST_NUMBERS / width };
        let train = first(&data.train(), most)?;
        let targets = target_hashes(&train)?;
        let read = Read::of(&train, Some(&targets))?;
        let mut facts = DataFacts {
            train: train.len(),
            are_indices: read.are_indices,
            classes: class_counts(data),
            targets: target_columns(data),
            ..DataFacts::default()
        };
        let mut seen: HashMap<u64, u64> = HashMap::new();
        let mut contradicted = HashSet::new();
        for (hash, target) in read.hashes.iter().zip(&targets) {
            match seen.get(hash) {
                None => drop(seen.insert(*hash, *target)),
                Some(first) => {
                    facts.repeated += 1;
                    if first != target {
                        contradicted.insert(*hash);
                    }
                }
            }
        }
        facts.contradictory = read.hashes.iter().filter(|hash| contradicted.contains(hash)).count();
        for part in [data.validation(), data.test()] {
            let held_out = Read::of(&first(&part, most)?, None)?;
            facts.held_out += held_out.hashes.len();
            facts.leaked += held_out.hashes.iter().filter(|hash| seen.contains_key(hash)).count();
        }
        let steps = [read.steps, facts.train].map(|all| all.max(1) as f64);
        facts.padding = [0, 1].map(|i| read.padded[i] as f64 / steps[i]);
        if let (Some(&low), Some(&high)) = (read.distinct.first(), read.distinct.last()) {
            facts.indices = Some([low, high]);
            facts.distinct_indices = read.distinct.len();
        }
        if !read.are_indices {
            facts.columns = columns(data, &read);
        }
        Ok(facts)
    }

    /// The share of train samples for which this holds.
    pub fn share_of_train(&self, count: usize) -> f64 {
        count as f64 / self.train.max(1) as f64
    }
}

/// The first samples of a part.
fn first(part: &Part, most: usize) -> Result<Part, DataError> {
    part.slice(0, part.len().min(most))
}

impl Read {
    /// Reads a part batch by batch; its columns are added up if the targets are given.
    fn of(part: &Part, targets: Option<&[u64]>) -> Result<Self, DataError> {
        let shape = part.data().sample_shape();
        let width = shape.count().max(1);
        let count = match (targets, shape.rank()) {
            (None, _) => 0,
            (Some(_), 1) => width,
            (Some(_), _) => 1,
        };
        let mut read = Read {
            hashes: Vec::with_capacity(part.len()),
            columns: vec![Moments::default(); count],
            tells: vec![Tells::default(); if shape.rank() == 1 { count } else { 0 }],
            are_indices: false,
            padded: [0; 2],
            steps: 0,
            distinct: Vec::new(),
        };
        let mut distinct = BTreeSet::new();
        let at_once = (NUMBERS_AT_ONCE / width).clamp(1, AT_ONCE);
        for batch in Batches::in_order(part.clone(), at_once) {
            match &batch?.inputs {
                Array::Tensor(values) => {
                    for row in values.data().chunks_exact(width) {
                        read.add_numbers(row, shape, targets);
                    }
                }
                Array::Indices(indices) => {
                    read.are_indices = true;
                    for row in indices.data().chunks_exact(width) {
                        read.hashes.push(hash(row.iter().copied()));
                        read.note_padding(row.len(), row.iter().rposition(|&index| index != 0));
                        distinct.extend(row.iter().copied());
                    }
                }
            }
        }
        read.distinct = distinct.into_iter().collect();
        Ok(read)
    }

    /// Adds a sample of numbers.
    fn add_numbers(&mut self, row: &[f32], shape: Shape, targets: Option<&[u64]>) {
        if let Some(targets) = targets {
            self.add_row(row, targets.get(self.hashes.len()).copied());
        }
        self.hashes.push(hash(row.iter().map(|x| x.to_bits())));
        if let [time, features] = *shape {
            let is_real = |step: &[f32]| step.iter().any(|&x| x != 0.0);
            self.note_padding(time, row.chunks_exact(features.max(1)).rposition(is_real));
        }
    }

    /// Adds a sample to the columns.
    fn add_row(&mut self, row: &[f32], target: Option<u64>) {
        match &mut self.columns[..] {
            [all] if self.tells.is_empty() => row.iter().for_each(|&x| all.add(f64::from(x))),
            columns => {
                columns.iter_mut().zip(row).for_each(|(own, &x)| own.add(f64::from(x)));
            }
        }
        if let Some(target) = target {
            self.tells.iter_mut().zip(row).for_each(|(own, &x)| own.add(x, target));
        }
    }

    fn note_padding(&mut self, time: usize, last_real: Option<usize>) {
        let padding = time - last_real.map_or(0, |last| last + 1);
        self.steps += time;
        self.padded[0] += padding;
        self.padded[1] += usize::from(padding > 0);
    }
}

/// A number for a sample: different ones for different samples, but for a chance of about one in 2^64 for each pair.
/// The rounds are those of a multiplicative hash; the end is SplitMix64's (Steele and others, "Fast splittable
/// pseudorandom number generators", 2014).
fn hash(words: impl Iterator<Item = impl Into<u64>>) -> u64 {
    let mix = |h: u64, word: u64| {
        let h = (h ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^ (h >> 29)
    };
    let h = words.map(Into::into).fold(0x243f_6a88_85a3_08d3, mix);
    let h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

/// A number for each sample's target: equal targets have equal ones.
fn target_hashes(part: &Part) -> Result<Vec<u64>, DataError> {
    let hash = |row: &[f64]| hash(row.iter().map(|&x| x.to_bits()));
    // Numbers with all their digits: seconds since 1970 that follow one another are one number as f32.
    if let Some(rows) = part.numbers() {
        return Ok(rows.iter().map(|row| hash(row)).collect());
    }
    let numbers: Vec<f64> = part.targets()?.numbers().collect();
    let each = numbers.len() / part.len().max(1);
    match each {
        0 => Ok(vec![0; part.len()]),
        _ => Ok(numbers.chunks_exact(each).map(hash).collect()),
    }
}

fn class_counts(data: &Dataset) -> Vec<usize> {
    let Targets::Classes { names, labels } = data.targets() else { return Vec::new() };
    let mut counts = vec![0; names.len()];
    data.train().indices().iter().for_each(|&sample| counts[labels[sample]] += 1);
    counts
}

fn target_columns(data: &Dataset) -> Vec<Column> {
    let Targets::Values { names, values } = data.targets() else { return Vec::new() };
    let width = values.shape().tail(1).count();
    let train = data.train();
    let scaling = data.target_scaling().filter(|own| own.mean.len() == width);
    let exact = data.exact_targets();
    let column = |number: usize| {
        let value = |&sample: &usize| {
            let at = sample * width + number;
            let raw = exact.map_or_else(|| f64::from(values.data()[at]), |own| own[at]);
            scaling.map_or(raw, |own| f64::from(own.scaled(number, raw)))
        };
        let name = names.get(number).cloned().unwrap_or_else(|| number.to_string());
        Column::of(name, train.indices().iter().map(value))
    };
    if train.is_empty() { Vec::new() } else { (0..width).map(column).collect() }
}

/// The columns of rows; for samples of more axes, all numbers as one column.
fn columns(data: &Dataset, read: &Read) -> Vec<Column> {
    if read.hashes.is_empty() {
        return Vec::new();
    }
    if read.tells.is_empty() {
        return read.columns.iter().map(|own| own.column("all numbers".to_string())).collect();
    }
    let names = data.features();
    let all = read.columns.iter().zip(&read.tells).enumerate();
    all.map(|(at, (own, tells))| {
        let name = names.get(at).cloned().unwrap_or_else(|| at.to_string());
        Column { tells_target: tells.is_true(read.hashes.len()), ..own.column(name) }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_differ_in_a_bit_or_in_their_order_have_other_hashes() {
        let all = [
            vec![0u32, 0],
            vec![0],
            vec![],
            vec![1, 0],
            vec![0, 1],
            vec![1 << 31, 0],
            vec![0, 1 << 31],
        ];
        let hashes: std::collections::BTreeSet<u64> =
            all.iter().map(|own| hash(own.iter().copied())).collect();
        assert_eq!(hashes.len(), all.len());
    }
}

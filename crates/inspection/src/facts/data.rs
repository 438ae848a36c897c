//! What the samples of a data set are like: what is constant, equal, contradictory, rare.

use relume_datasets::{Batches, DataError, Dataset, Part, Targets};
use relume_tensor::Array;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The most numbers that are read; of larger data sets the first samples are looked at.
const MOST_NUMBERS: usize = 50_000_000;
/// Samples that are prepared at once.
const AT_ONCE: usize = 256;
/// A column with more different values than this is not one of a few cases.
const MOST_CASES: usize = 64;

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
    fn of(name: String, values: impl Iterator<Item = f64> + Clone) -> Self {
        let count = values.clone().count().max(1) as f64;
        let mean = values.clone().sum::<f64>() / count;
        let variance = values.clone().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        let (min, max) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        Column { name, mean, std: variance.sqrt(), min, max, tells_target: false }
    }

    /// The root mean square.
    pub fn rms(&self) -> f64 {
        self.mean.hypot(self.std)
    }
}

/// The samples of a part, hashed, and those of rows of numbers kept.
struct Read {
    hashes: Vec<u64>,
    /// `[samples, width]`, of numbers that are no indices.
    rows: Vec<f32>,
    width: usize,
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
        let read = Read::of(&train)?;
        let targets = target_hashes(&train)?;
        let mut facts = DataFacts {
            train: train.len(),
            are_indices: read.are_indices,
            classes: class_counts(data),
            targets: target_columns(data),
            ..DataFacts::default()
        };
        let mut seen: HashMap<u64, u64> = HashMap::new();
        let mut contradicted = std::collections::HashSet::new();
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
            let held_out = Read::of(&first(&part, most)?)?;
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
            facts.columns = columns(data, &read, &targets);
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
    fn of(part: &Part) -> Result<Self, DataError> {
        let shape = part.data().sample_shape();
        let (time, features) = match *shape {
            [time, features] => (time, features),
            _ => (shape.count().max(1), 1),
        };
        let is_sequence = shape.rank() == 2;
        let mut read = Read {
            hashes: Vec::with_capacity(part.len()),
            rows: Vec::new(),
            width: shape.count().max(1),
            are_indices: false,
            padded: [0; 2],
            steps: 0,
            distinct: Vec::new(),
        };
        let mut distinct = std::collections::BTreeSet::new();
        for batch in Batches::in_order(part.clone(), AT_ONCE) {
            match &batch?.inputs {
                Array::Tensor(values) => {
                    for row in values.data().chunks_exact(read.width) {
                        read.hashes.push(hash(row.iter().map(|x| x.to_bits())));
                        if is_sequence {
                            let real = row
                                .chunks_exact(features.max(1))
                                .rposition(|step| step.iter().any(|&x| x != 0.0));
                            read.note_padding(time, real);
                        }
                    }
                    read.rows.extend_from_slice(values.data());
                }
                Array::Indices(indices) => {
                    read.are_indices = true;
                    for row in indices.data().chunks_exact(read.width) {
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

    fn note_padding(&mut self, time: usize, last_real: Option<usize>) {
        let padding = time - last_real.map_or(0, |last| last + 1);
        self.steps += time;
        self.padded[0] += padding;
        self.padded[1] += usize::from(padding > 0);
    }
}

fn hash(words: impl Iterator<Item = impl Hash>) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.for_each(|word| word.hash(&mut hasher));
    hasher.finish()
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
fn columns(data: &Dataset, read: &Read, targets: &[u64]) -> Vec<Column> {
    if read.rows.is_empty() {
        return Vec::new();
    }
    if data.sample_shape().rank() != 1 {
        return vec![Column::of(
            "all numbers".to_string(),
            read.rows.iter().map(|&x| f64::from(x)),
        )];
    }
    let names = data.features();
    let column = |at: usize| {
        let values = read.rows.iter().skip(at).step_by(read.width);
        let name = names.get(at).cloned().unwrap_or_else(|| at.to_string());
        let mut column = Column::of(name, values.clone().map(|&x| f64::from(x)));
        column.tells_target = tells(values.copied(), targets);
        column
    };
    (0..read.width).map(column).collect()
}

/// Whether values and targets go together one to one, in a few cases that come often.
fn tells(values: impl Iterator<Item = f32>, targets: &[u64]) -> bool {
    let (mut of_value, mut of_target) = (HashMap::new(), HashMap::new());
    for (value, &target) in values.zip(targets) {
        let value = value.to_bits();
        if *of_value.entry(value).or_insert(target) != target
            || *of_target.entry(target).or_insert(value) != value
            || of_value.len() > MOST_CASES
        {
            return false;
        }
    }
    of_value.len() > 1 && of_value.len() * 5 <= targets.len()
}

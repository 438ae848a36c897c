//! Samples in batches, in a new order for each epoch.

use crate::augmentations::mix;
use crate::dataset::Augmenting;
use crate::{DataError, Part, Targets};
use relume_catalog::Choice;
use relume_tensor::{Array, Indices, Rng, Stream, Tensor, threads};
use std::ops::Range;

/// Some samples with their targets.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[samples, ...]`: numbers, or the indices of tokens and words.
    pub inputs: Array,
    /// Class indices `[samples]`, numbers `[samples, numbers]` in the units of the loss, classes of
    /// places `[samples, ...]` with -1 for none, or labels
    /// `[samples, longest]` with 0 after the last.
    pub targets: Array,
    /// The classes that were mixed into the samples; numbers are mixed themselves.
    pub mixed: Option<Mixed>,
    /// What the samples' losses weigh, `[samples]`, if they do not all weigh the same.
    pub weights: Option<Tensor>,
    /// How many places of the samples have a class, if classes are those of places.
    pub places: Option<usize>,
}

impl Batch {
    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.inputs.dims().first().copied().unwrap_or(0)
    }

    /// What the samples weigh together: their number if all weigh the same, or that of the places with a class.
    pub fn weight(&self) -> f64 {
        match &self.weights {
            Some(weights) => weights.data().iter().map(|&weight| f64::from(weight)).sum(),
            None => self.counted() as f64,
        }
    }

    /// How many samples, or places with a class, metrics are a mean over.
    pub fn counted(&self) -> usize {
        self.places.unwrap_or_else(|| self.samples())
    }
}

/// Classes whose samples were mixed into those of a batch.
#[derive(Clone, Debug)]
pub struct Mixed {
    /// The share of itself that each sample kept, from 0 to 1; the rest is the other's.
    pub share: f32,
    /// The class indices of the others, `[samples]`.
    pub targets: Array,
}

/// What becomes of the samples that are left over after an epoch's full batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Last {
    /// They are a smaller batch.
    #[default]
    Keep,
    /// They are left out of this epoch.
    Drop,
    /// They join the batch before, which is then larger.
    Join,
}

/// How the samples of an epoch are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Sampler {
    /// Each sample once, in a random order.
    #[default]
    Shuffle,
    /// As many as the part has, with replacement, each class as often as any other.
    Balanced,
}

/// Goes through a part once, batch by batch; the last batch may be smaller.
///
/// The order depends on the seed and the epoch alone. How a sample is augmented depends on these and the sample, and
/// how a batch is mixed on these and its number, so a run can be resumed in the middle of an epoch. A batch whose files
/// cannot be read is an error in its place.
#[derive(Clone, Debug)]
pub struct Batches {
    part: Part,
    order: Vec<usize>,
    size: usize,
    next: usize,
    last: Last,
    augmenting: Augmenting,
    /// Whether samples are mixed, if the data set has a mixup.
    mixes: bool,
    /// How many shards a batch is cut into, those that are given, and the next of them.
    shards: usize,
    own: Range<usize>,
    shard: usize,
}

/// The part with this index of `count` things in a row that are divided evenly among `parts`.
pub fn shard(count: usize, parts: usize, index: usize) -> Range<usize> {
    let at = |index: usize| match index.checked_mul(count) {
        Some(product) => product / parts.max(1),
        None => (index as u128 * count as u128 / parts.max(1) as u128) as usize,
    };
    at(index)..at(index + 1)
}

impl Batches {
    /// In the part's own order, not augmented.
    pub fn in_order(part: Part, size: usize) -> Self {
        let order = part.indices().to_vec();
        Batches {
            part,
            order,
            size: size.max(1),
            next: 0,
            last: Last::Keep,
            augmenting: Augmenting::Settled,
            mixes: false,
            shards: 1,
            own: 0..1,
            shard: 0,
        }
    }

    /// In the part's own order; how each sample is augmented depends on a seed and a number.
    pub fn varied(part: Part, size: usize, seed: u64, number: u64) -> Self {
        let key = Rng::stream(seed, Stream::Variant(number)).next_u64();
        Batches { augmenting: Augmenting::Varied(key), ..Self::in_order(part, size) }
    }

    /// In a random order that depends on a seed and an epoch, not augmented.
    pub fn shuffled(part: Part, size: usize, seed: u64, epoch: u64) -> Self {
        let mut batches = Self::in_order(part, size);
        Rng::stream(seed, Stream::Shuffle(epoch)).shuffle(&mut batches.order);
        batches
    }

    /// To train on: in a random order and augmented, which depends on a seed and an epoch.
    pub fn for_training(part: Part, size: usize, seed: u64, epoch: u64) -> Self {
        let key = Rng::stream(seed, Stream::Augmentation(epoch)).next_u64();
        let shuffled = Self::shuffled(part, size, seed, epoch);
        Batches { augmenting: Augmenting::Varied(key), mixes: true, ..shuffled }
    }

    /// The same batches with samples that are drawn with replacement, each class as often as any other, which depends
    /// on a seed and an epoch: PyTorch's `WeightedRandomSampler` with one over the class' samples as the weight.
    ///
    /// # Errors
    /// Targets that are no classes.
    pub fn balanced(mut self, seed: u64, epoch: u64) -> Result<Self, DataError> {
        let data = self.part.data();
        let Some(labels) = data.targets().labels() else {
            return Err(DataError::Options(format!(
                "sampler=\"balanced\" draws each class as often, and {} has no classes",
                data.name()
            )));
        };
        let count = labels.iter().max().map_or(0, |last| last + 1);
        let mut classes: Vec<Vec<usize>> = vec![Vec::new(); count];
        self.part.indices().iter().for_each(|&i| classes[labels[i]].push(i));
        classes.retain(|class| !class.is_empty());
        let mut rng = Rng::stream(seed, Stream::Shuffle(epoch));
        for sample in &mut self.order {
            let class = &classes[rng.below(classes.len())];
            *sample = class[rng.below(class.len())];
        }
        Ok(self)
    }

    /// The same batches, with what becomes of the samples that are left over.
    #[must_use]
    pub fn with_last(self, last: Last) -> Self {
        Batches { last, ..self }
    }

    /// The same batches, each cut into `shards` of nearly as many samples ([`shard`]), of which those in `own` are given
    /// one after the other instead of the batch; shards without a sample are left out. Samples of a shard are mixed
    /// with each other, by the share of their batch.
    #[must_use]
    pub fn in_shards(self, shards: usize, own: Range<usize>) -> Self {
        Batches { shards: shards.max(1), shard: own.start, own, ..self }
    }

    /// How many batches there are in all.
    pub fn batches(&self) -> usize {
        let samples = self.order.len();
        match self.last {
            Last::Keep => samples.div_ceil(self.size),
            Last::Drop => samples / self.size,
            Last::Join => (samples / self.size).max(usize::from(samples > 0)),
        }
    }

    /// How many samples the smallest batch has; 0 if there is no batch.
    pub fn smallest(&self) -> usize {
        let (samples, size) = (self.order.len(), self.size);
        match self.last {
            Last::Keep if samples % size > 0 => samples % size,
            Last::Drop if samples < size => 0,
            Last::Join => size.min(samples),
            _ => {
                if samples == 0 {
                    0
                } else {
                    size
                }
            }
        }
    }

    /// How many samples the batch with this number has.
    pub fn samples_of(&self, batch: usize) -> usize {
        let (limit, first) = (self.limit(), batch.saturating_mul(self.size));
        match self.last {
            Last::Join if batch + 1 == self.batches() => limit.saturating_sub(first),
            _ => self.size.min(limit.saturating_sub(first)),
        }
    }

    /// The next of the own shards from one on that has a sample of the next batch, with its samples.
    fn next_shard(&self, from: usize) -> Option<(usize, Range<usize>)> {
        let (first, end) = (self.next, self.end());
        let samples = |index| shard(end - first, self.shards, index);
        let mut shards = (from..self.own.end).map(|index| (index, samples(index)));
        let (index, own) = shards.find(|(_, samples)| !samples.is_empty())?;
        Some((index, first + own.start..first + own.end))
    }

    /// Goes on after a shard: to the next one, or to the next batch.
    fn pass_shard(&mut self, index: usize) {
        match self.next_shard(index + 1) {
            Some((next, _)) => self.shard = next,
            None => (self.next, self.shard) = (self.end(), self.own.start),
        }
    }

    /// The samples before this one are in batches.
    fn limit(&self) -> usize {
        match self.last {
            Last::Keep | Last::Join => self.order.len(),
            Last::Drop => self.order.len() / self.size * self.size,
        }
    }

    /// Where the next batch ends.
    fn end(&self) -> usize {
        let (end, limit) = (self.next.saturating_add(self.size).min(self.limit()), self.limit());
        match self.last {
            Last::Join if limit - end < self.size => limit,
            _ => end,
        }
    }

    /// Skips the next batches.
    pub fn skip_batches(&mut self, batches: usize) {
        self.next = match batches >= self.remaining() {
            true => self.limit(),
            false => self.next + batches * self.size,
        };
    }

    /// The positions in the part of the next batch's samples.
    pub fn positions(&self) -> Vec<usize> {
        let next = self.order.get(self.next..self.end()).unwrap_or_default();
        let position = |sample| self.part.indices().iter().position(|own| own == sample);
        next.iter().filter_map(position).collect()
    }

    /// How many batches are still to come.
    fn remaining(&self) -> usize {
        match self.next < self.limit() {
            true => self.batches() - self.next / self.size,
            false => 0,
        }
    }

    /// How often [`Iterator::next`] still gives something: the batches, or their shards, that are still to come.
    pub fn items(&self) -> usize {
        let remaining = self.remaining();
        if remaining == 0 {
            return 0;
        }
        let of_batch = |batch: usize, from: usize| {
            let samples = self.samples_of(batch);
            (from..self.own.end).filter(|&i| !shard(samples, self.shards, i).is_empty()).count()
        };
        let (first, last) = (self.next / self.size, self.batches() - 1);
        match first == last {
            true => of_batch(last, self.shard),
            // All between are full.
            false => {
                let full = of_batch(first, self.own.start) * (last - first - 1);
                of_batch(first, self.shard) + full + of_batch(last, self.own.start)
            }
        }
    }

    /// Whether a batch takes long to prepare.
    pub(crate) fn is_slow(&self) -> bool {
        self.part.data().is_slow()
    }

    /// Samples that are numbers.
    fn numbers(&self, samples: &[usize]) -> Result<Tensor, DataError> {
        let data = self.part.data();
        let mut inputs = Tensor::uninit(data.sample_shape().with_batch(samples.len())?);
        // The buffer belongs to this thread; the workers fill it.
        let out = inputs.data_mut();
        match self.is_slow() {
            true => threads::run(|| data.fill(samples, self.augmenting, out))?,
            false => data.fill(samples, self.augmenting, out)?,
        }
        Ok(inputs)
    }

    fn prepare(&self, samples: &[usize]) -> Result<Batch, DataError> {
        let data = self.part.data();
        let inputs = match data.indices(samples)? {
            Some(indices) => indices.into(),
            None => self.numbers(samples)?.into(),
        };
        let targets = data.gather_targets(samples)?;
        let weights =
            data.weights().map(|weights| Tensor::from_fn(samples.len(), |i| weights[samples[i]]));
        let places = match data.targets() {
            Targets::Places(places) => Some(places.counts(samples).iter().sum()),
            _ => None,
        };
        let mut batch = Batch { inputs, targets, mixed: None, weights, places };
        if let (true, Augmenting::Varied(key), Some(mixup)) =
            (self.mixes, self.augmenting, data.mixup())
        {
            let number = (self.next / self.size) as u64;
            let share = mixup.share(&mut Rng::stream(key, Stream::Batch(number)));
            mix(&mut batch.inputs, share);
            match data.targets() {
                Targets::Classes { labels, .. } => {
                    let count = samples.len();
                    let other = |i: usize| labels[samples[(i + count - 1) % count]] as u32;
                    let targets = Indices::from_fn(count, other).into();
                    batch.mixed = Some(Mixed { share, targets });
                }
                targets @ Targets::Places(_) => {
                    let count = samples.len();
                    let others: Vec<usize> =
                        (0..count).map(|i| samples[(i + count - 1) % count]).collect();
                    let targets = targets.gather(&others)?;
                    batch.mixed = Some(Mixed { share, targets });
                }
                Targets::Values { .. } | Targets::Sequences { .. } => {
                    batch.targets = batch.targets.to_tensor()?.into();
                    mix(&mut batch.targets, share);
                }
            }
        }
        Ok(batch)
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.limit() {
            let Some((index, samples)) = self.next_shard(self.shard) else {
                self.pass_shard(self.own.end);
                continue;
            };
            let batch = self.prepare(self.order.get(samples)?);
            self.pass_shard(index);
            return Some(batch);
        }
        None
    }
}

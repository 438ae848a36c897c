//! How much memory a data set takes, and a fingerprint that tells whether two data sets are the same.

use super::{Contents, Dataset, Targets};
use crate::store::{Cells, Store};
use crate::{DataError, Split};
use relume_tensor::interrupt;
use std::sync::{Arc, Weak};

/// Samples that are prepared at once for the fingerprint.
const AT_ONCE: usize = 256;

impl Dataset {
    /// The bytes that its samples and targets take in memory. Pictures that are read from files when they are needed
    /// take none.
    pub fn memory(&self) -> usize {
        let mut bytes = 0;
        self.buffers(&mut |_, own| bytes += own);
        bytes
    }

    /// Visits the buffers that samples and targets take in memory, each with its address and its bytes. Data sets that
    /// share a buffer give the same address.
    pub fn buffers(&self, visit: &mut dyn FnMut(usize, usize)) {
        match self.targets() {
            Targets::Classes { labels, .. } => {
                visit(labels.as_ptr().addr(), size_of_val(&labels[..]));
            }
            Targets::Values { values, .. } => {
                visit(values.data().as_ptr().addr(), size_of::<f32>() * values.count());
                if let Some(exact) = self.exact_targets() {
                    visit(exact.as_ptr().addr(), size_of_val(exact));
                }
            }
            Targets::Places(places) => {
                visit(places.all().as_ptr().addr(), size_of_val(places.all()));
            }
            Targets::Sequences { labels, .. } => {
                visit(labels.data().as_ptr().addr(), size_of_val(labels.data()));
            }
        }
        self.0.inputs.buffers(visit);
    }

    /// A mark by which this data set and its clones are known again; it keeps no samples in memory.
    pub fn mark(&self) -> DataMark {
        DataMark(Arc::downgrade(&self.0))
    }

    /// The FNV-1a hash (64 bits) of all that figures depend on: samples as a network sees them, targets, the names of
    /// classes and columns, and the split. The data set's own name does not count, nor what augmentation draws.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn fingerprint(&self) -> Result<u64, DataError> {
        let mut hash = self.outline();
        let all = self.all();
        for start in (0..self.len()).step_by(AT_ONCE) {
            interrupt::check();
            let samples = all.slice(start, (start + AT_ONCE).min(self.len()))?;
            hash.floats(samples.inputs()?.data());
        }
        Ok(hash.0)
    }

    /// As [`Dataset::fingerprint`] without the samples, none of which are read.
    pub fn outline_fingerprint(&self) -> u64 {
        self.outline().0
    }

    /// The hash of all but the samples.
    fn outline(&self) -> Fingerprint {
        let mut hash = Fingerprint::new();
        hash.numbers(&self.sample_shape());
        let Split { train, validation, test } = &self.0.split;
        hash.numbers(train);
        // A set without a validation part has the fingerprint that it had before there were such parts.
        if !validation.is_empty() {
            hash.numbers(validation);
        }
        hash.numbers(test);
        match self.targets() {
            Targets::Classes { names, labels } => {
                hash.texts(names);
                hash.numbers(labels);
            }
            Targets::Values { names, values } => {
                hash.texts(names);
                hash.floats(values.data());
                // What f32 rounds is seen where it is scaled.
                let exact = self.exact_targets().filter(|_| self.target_scaling().is_some());
                let exact = exact.unwrap_or_default();
                exact.iter().for_each(|x| hash.bytes(&x.to_bits().to_le_bytes()));
            }
            Targets::Places(places) => {
                hash.texts(&places.names);
                hash.numbers(&places.shape());
                places.all().iter().for_each(|class| hash.bytes(&class.to_le_bytes()));
            }
            targets @ Targets::Sequences { labels, .. } => {
                hash.texts(&targets.numbers());
                // As the numbers that they once were: a fingerprint that was saved stays valid.
                let number = |label: u32| if label == 0 { -1.0 } else { label as f32 };
                labels.data().iter().for_each(|&label| hash.floats(&[number(label)]));
            }
        }
        if let Some(weights) = self.weights() {
            hash.floats(weights);
        }
        hash.texts(self.features());
        hash
    }
}

/// A mark of a data set: [`Dataset::mark`].
#[derive(Clone, Debug)]
pub struct DataMark(Weak<Contents>);

impl DataMark {
    /// Whether it is the mark of this data set, or of a clone: the same samples, parts and preparation. A data set that
    /// was prepared anew has another one.
    pub fn is_of(&self, data: &Dataset) -> bool {
        self.0.as_ptr() == Arc::as_ptr(&data.0)
    }
}

impl Store {
    /// The buffers of the raw samples, as [`Dataset::buffers`].
    fn buffers(&self, visit: &mut dyn FnMut(usize, usize)) {
        match self {
            Store::Numbers(numbers) => {
                let values = &numbers.values;
                visit(values.data().as_ptr().addr(), size_of::<f32>() * values.count());
                for (_, exact) in numbers.exact.iter() {
                    visit(exact.as_ptr().addr(), size_of_val(&exact[..]));
                }
            }
            Store::Rows(rows, _) => {
                let bytes = rows.columns().iter().map(|column| column.cells.memory()).sum();
                visit(Arc::as_ptr(rows).addr(), bytes);
            }
            Store::Pixels(pixels) => visit(Arc::as_ptr(pixels).addr(), pixels.memory()),
            Store::Texts(texts, indices) => {
                visit(Arc::as_ptr(texts).addr(), texts.iter().map(String::len).sum());
                visit(indices.data().as_ptr().addr(), size_of_val(indices.data()));
            }
            Store::Recordings(recordings) => {
                let frames = recordings.frames.iter();
                let bytes = frames.map(|frames| size_of::<f32>() * frames.count()).sum();
                visit(Arc::as_ptr(recordings).addr(), bytes);
            }
        }
    }
}

impl Cells {
    fn memory(&self) -> usize {
        match self {
            Cells::Numbers(numbers) => size_of_val(&numbers[..]),
            Cells::Words { values, codes } => {
                values.iter().map(String::len).sum::<usize>() + size_of_val(&codes[..])
            }
        }
    }
}

/// FNV-1a in 64 bits: Fowler, Noll and Vo, draft-eastlake-fnv.
struct Fingerprint(u64);

impl Fingerprint {
    fn new() -> Self {
        Fingerprint(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn floats(&mut self, values: &[f32]) {
        values.iter().for_each(|x| self.bytes(&x.to_bits().to_le_bytes()));
    }

    /// Numbers, and how many they are: two lists in a row are told apart from one.
    fn numbers(&mut self, values: &[usize]) {
        self.bytes(&(values.len() as u64).to_le_bytes());
        values.iter().for_each(|&n| self.bytes(&(n as u64).to_le_bytes()));
    }

    fn texts(&mut self, texts: &[String]) {
        self.bytes(&(texts.len() as u64).to_le_bytes());
        for text in texts {
            self.bytes(&(text.len() as u64).to_le_bytes());
            self.bytes(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;
    use crate::{Dataset, Split, Targets};
    use relume_tensor::Tensor;

    fn data() -> Dataset {
        let targets = Targets::Classes {
            names: vec!["a".to_string(), "b".to_string()],
            labels: vec![0, 1, 0],
        };
        Dataset::new("d", Tensor::zeros([3, 2]), targets, Split::every(3, 4)).unwrap()
    }

    #[test]
    fn a_mark_knows_clones_and_nothing_else_and_keeps_no_samples() {
        let own = data();
        let mark = own.mark();
        assert!(mark.is_of(&own) && mark.is_of(&own.clone()));
        assert!(!mark.is_of(&data()));
        let other = own.clone().with_split(Split { train: vec![0], ..Split::default() }).unwrap();
        assert!(!mark.is_of(&other) && mark.is_of(&own));
        drop(own);
        assert!(mark.0.upgrade().is_none());
    }

    #[test]
    fn samples_at_positions_may_come_several_times_and_none_beyond_the_last() {
        let part = data().train();
        let drawn = part.at([1, 0, 1]).unwrap();
        assert_eq!(drawn.indices(), [1, 0, 1].map(|at: usize| part.indices()[at]));
        assert!(part.at([3]).is_err());
    }

    /// The test vectors of the authors' own page.
    #[test]
    fn the_hash_is_fnv_1a() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            let mut fingerprint = Fingerprint::new();
            fingerprint.bytes(text.as_bytes());
            assert_eq!(fingerprint.0, hash, "{text}");
        }
    }
}

//! Different words, each kept once.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Different words, numbered in the order in which they came: all in one buffer, found through a table of their
/// numbers.
#[derive(Clone, Default)]
pub(super) struct Words {
    text: String,
    /// Where each word ends.
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Words {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, index: usize) -> Option<&str> {
        (index < self.len()).then(|| word(&self.text, &self.ends, index))
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| word(&self.text, &self.ends, index))
    }

    pub fn find(&self, wanted: &str) -> Option<u32> {
        let same = |&index: &u32| word(&self.text, &self.ends, index as usize) == wanted;
        self.table.find(self.hasher.hash_one(wanted), same).copied()
    }

    /// The word's number, a new one if the word is new.
    pub fn add(&mut self, new: &str) -> usize {
        let Words { text, ends, table, hasher } = self;
        let same = |&index: &u32| word(text, ends, index as usize) == new;
        let hash = |&index: &u32| hasher.hash_one(word(text, ends, index as usize));
        match table.entry(hasher.hash_one(new), same, hash) {
            hashbrown::hash_table::Entry::Occupied(entry) => *entry.get() as usize,
            hashbrown::hash_table::Entry::Vacant(entry) => {
                let index = ends.len();
                entry.insert(index as u32);
                text.push_str(new);
                ends.push(text.len());
                index
            }
        }
    }
}

fn word<'a>(text: &'a str, ends: &[usize], index: usize) -> &'a str {
    let start = index.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[index]]
}

/// How often each word occurs.
#[derive(Default)]
pub(super) struct Counts {
    pub words: Words,
    /// One for each word.
    pub counts: Vec<u64>,
}

impl Counts {
    pub fn add(&mut self, word: &str, count: u64) {
        let index = self.words.add(word);
        match self.counts.get_mut(index) {
            Some(known) => *known += count,
            None => self.counts.push(count),
        }
    }

    /// The sum of two counts; only the order of the words depends on which comes first.
    pub fn merge(self, other: Counts) -> Counts {
        let (mut large, small) = match self.words.len() >= other.words.len() {
            true => (self, other),
            false => (other, self),
        };
        small.words.iter().zip(&small.counts).for_each(|(word, &count)| large.add(word, count));
        large
    }
}

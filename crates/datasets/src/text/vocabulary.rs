//! The words that a network knows, and their indices.

use super::Tokenizer;
use super::tokenizer::{Tokens, Unit};
use super::words::{Counts, Words};
use rayon::prelude::*;
use relume_tensor::threads;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The index of padding, `<pad>`, after the end of a shorter sequence.
pub const PADDING: u32 = 0;
/// The index of every word that is not in the vocabulary, `<unk>`.
pub const UNKNOWN: u32 = 1;

/// The printed forms of [`PADDING`] and [`UNKNOWN`]. No text's token is taken for them.
const SPECIAL: [&str; 2] = ["<pad>", "<unk>"];
/// The largest vocabulary: f32 holds all whole numbers only up to here.
const LARGEST: usize = 1 << 24;

/// Words and their indices: 0 is padding, 1 is every unknown word, and from 2 on come the words by falling frequency,
/// equally frequent ones in the order of Unicode's code points.
///
/// It is saved as the list of its words, from index 2 on.
#[derive(Clone, Default)]
pub struct Vocabulary {
    words: Words,
}

impl Vocabulary {
    /// The vocabulary of some texts: the most frequent tokens that occur at least `min_count` times, at most so many
    /// that [`Vocabulary::len`], with padding and unknown, does not exceed `size` (nor 2^24).
    ///
    /// Texts are taken from the iterator one at a time and counted on all threads; the result does not depend on their
    /// number.
    pub fn fit<I>(texts: I, tokenizer: &Tokenizer, size: Option<usize>, min_count: usize) -> Self
    where
        I: IntoIterator<IntoIter: Send, Item: AsRef<str> + Send>,
    {
        let texts = texts.into_iter();
        let Counts { words, counts } = threads::run(|| {
            let count = |(mut counts, mut tokens): (Counts, Tokens), text: I::Item| {
                tokenizer.fill(text.as_ref(), &mut tokens);
                tokens.iter().for_each(|token| counts.add(token, 1));
                (counts, tokens)
            };
            let counted = texts.par_bridge().fold(Default::default, count);
            counted.map(|(counts, _)| counts).reduce(Counts::default, Counts::merge)
        });
        let enough = |&(_, count): &(&str, u64)| count >= min_count as u64;
        let mut ranks: Vec<(&str, u64)> = words.iter().zip(counts).filter(enough).collect();
        let order = |(a, many): &(&str, u64), (b, more): &(&str, u64)| {
            more.cmp(many).then_with(|| a.cmp(b))
        };
        let kept = size.unwrap_or(LARGEST).min(LARGEST).saturating_sub(SPECIAL.len());
        if kept < ranks.len() {
            ranks.select_nth_unstable_by(kept, order);
            ranks.truncate(kept);
        }
        ranks.sort_unstable_by(order);
        let mut own = Words::default();
        ranks.into_iter().for_each(|(word, _)| {
            own.add(word);
        });
        Vocabulary { words: own }
    }

    /// The number of indices: of the words, and the two for padding and unknown.
    pub fn len(&self) -> usize {
        SPECIAL.len() + self.words.len()
    }

    /// Whether there are no words, so that every word is unknown.
    pub fn is_empty(&self) -> bool {
        self.words.len() == 0
    }

    /// The index of a word.
    pub fn index(&self, word: &str) -> Option<u32> {
        self.words.find(word).map(|index| SPECIAL.len() as u32 + index)
    }

    /// The word of an index; `<pad>` of 0 and `<unk>` of 1.
    pub fn word(&self, index: u32) -> Option<&str> {
        let index = index as usize;
        match SPECIAL.get(index) {
            Some(special) => Some(special),
            None => self.words.get(index - SPECIAL.len()),
        }
    }

    /// The words, from index 2 on.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter()
    }

    /// Appends the indices of a text's tokens; [`UNKNOWN`] for those that are not in the vocabulary.
    pub fn encode(&self, tokenizer: &Tokenizer, text: &str, ids: &mut Vec<u32>) {
        let tokens = tokenizer.tokens(text);
        ids.reserve(tokens.len());
        ids.extend(tokens.iter().map(|token| self.index(token).unwrap_or(UNKNOWN)));
    }

    /// The text of a sequence, words joined by spaces and characters by nothing, without padding. An index without a
    /// word is `<unk>` too.
    pub fn decode(&self, tokenizer: &Tokenizer, ids: &[u32]) -> String {
        let mut text = String::new();
        for &index in ids.iter().filter(|&&index| index != PADDING) {
            if tokenizer.unit == Unit::Words && !text.is_empty() {
                text.push(' ');
            }
            let unknown = SPECIAL[UNKNOWN as usize];
            text.push_str(self.word(index).unwrap_or(unknown));
        }
        text
    }
}

impl FromIterator<String> for Vocabulary {
    /// A vocabulary of these words in this order; of equal ones the first counts.
    fn from_iter<I: IntoIterator<Item = String>>(words: I) -> Self {
        let mut own = Words::default();
        words.into_iter().take(LARGEST - SPECIAL.len()).for_each(|word| {
            own.add(&word);
        });
        Vocabulary { words: own }
    }
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vocabulary").field(&format_args!("{} words", self.words.len())).finish()
    }
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        self.words().eq(other.words())
    }
}

impl Serialize for Vocabulary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words())
    }
}

impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        let count = words.len();
        if count > LARGEST - SPECIAL.len() {
            return Err(D::Error::custom("the vocabulary has more than 16,777,216 words"));
        }
        let vocabulary: Vocabulary = words.into_iter().collect();
        match vocabulary.words.len() == count {
            true => Ok(vocabulary),
            false => Err(D::Error::custom("a word occurs twice in the vocabulary")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(texts: &[&str], size: Option<usize>, min_count: usize) -> Vocabulary {
        Vocabulary::fit(texts, &Tokenizer::default(), size, min_count)
    }

    #[test]
    fn words_stand_by_frequency_and_then_by_text() {
        let texts = ["b a c c", "a B z é", ""];
        let vocabulary = fit(&texts, None, 1);
        assert_eq!(vocabulary.words().collect::<Vec<_>>(), ["a", "b", "c", "z", "é"]);
        assert_eq!(vocabulary.len(), 7);
        assert_eq!((vocabulary.index("a"), vocabulary.index("é")), (Some(2), Some(6)));
        assert_eq!(vocabulary.index("x"), None);
        let words = [0, 1, 2, 6, 7].map(|index| vocabulary.word(index));
        assert_eq!(words, [Some("<pad>"), Some("<unk>"), Some("a"), Some("é"), None]);
        assert_eq!(fit(&texts, Some(4), 1).words().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fit(&texts, None, 2).words().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(fit(&texts, Some(4), 2).words().collect::<Vec<_>>(), ["a", "b"]);
        for size in 0..3 {
            assert!(fit(&texts, Some(size), 1).is_empty(), "{size}");
        }
        let none = fit(&["", "...", " "], None, 0);
        assert_eq!((none.len(), none.is_empty()), (2, true));
    }

    #[test]
    fn texts_come_back_but_for_what_is_unknown() {
        let vocabulary = fit(&["the film is not good"], None, 1);
        let mut ids = vec![PADDING];
        vocabulary.encode(&Tokenizer::default(), "The film, is it good?", &mut ids);
        assert_eq!(ids.len(), 6);
        assert_eq!(ids[4], UNKNOWN);
        let text = vocabulary.decode(&Tokenizer::default(), &ids);
        assert_eq!(text, "the film is <unk> good");
        assert_eq!(vocabulary.decode(&Tokenizer::default(), &[99, 0]), "<unk>");
        let letters = Tokenizer { unit: Unit::Characters, ..Tokenizer::default() };
        let vocabulary = Vocabulary::fit(["to be"], &letters, None, 1);
        let mut ids = Vec::new();
        vocabulary.encode(&letters, "to be", &mut ids);
        assert_eq!(vocabulary.decode(&letters, &ids), "to be");
    }

    #[test]
    fn a_text_that_names_the_special_words_is_not_taken_for_them() {
        let raw = Tokenizer { html: false, ..Tokenizer::default() };
        let vocabulary = Vocabulary::fit(["<pad> <unk>"], &raw, None, 1);
        let mut ids = Vec::new();
        vocabulary.encode(&raw, "<pad> <unk> x", &mut ids);
        assert_eq!(ids, [2, 3, UNKNOWN]);
        assert_eq!(vocabulary.index("<pad>"), None);
    }

    #[test]
    fn any_number_of_threads_makes_the_same_vocabulary() {
        // 400 texts of words drawn from 300, many equally frequent.
        let texts: Vec<String> = (0..400u64)
            .map(|i| (0..30).map(|j| format!("w{} ", (i * 31 + j * j * 17) % 300)).collect())
            .collect();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Vocabulary::fit(&texts, &Tokenizer::default(), Some(200), 1))
        };
        let one = on(1);
        assert_eq!(one.len(), 200);
        for threads in [2, 3, 8] {
            assert_eq!(on(threads), one, "{threads}");
        }
    }

    #[test]
    fn it_is_saved_as_the_list_of_its_words() {
        let vocabulary = fit(&["b a a \u{1F44D}"], None, 1);
        let text = serde_json::to_string(&vocabulary).unwrap();
        assert_eq!(text, "[\"a\",\"b\",\"\u{1F44D}\"]");
        let again: Vocabulary = serde_json::from_str(&text).unwrap();
        assert_eq!(again, vocabulary);
        assert_eq!(again.index("b"), Some(3));
        let twice = serde_json::from_str::<Vocabulary>("[\"a\",\"a\"]").unwrap_err();
        assert!(twice.to_string().contains("a word occurs twice"));
    }
}

//! A text as tokens: words or characters, and runs of them.

use super::html;
use relume_catalog::Choice;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// How texts become tokens.
///
/// Words are those of Unicode's default word boundaries (UAX #29): `don't`, `3.14` and `foo_bar` are one word, `e-mail`
/// is two. Scripts without spaces between words (Chinese, Thai) become single characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenizer {
    /// Whether capital letters become small ones.
    pub lowercase: bool,
    /// Whether HTML tags (`<br />`) become spaces, and entities (`&amp;`) their characters.
    pub html: bool,
    /// The kind of tokens.
    pub unit: Unit,
    /// How the marks between words are treated.
    pub punctuation: Punctuation,
    /// Runs of up to so many tokens are tokens as well: 1 for none, 2 for pairs such as `not good`. The words of a run
    /// are joined by spaces, characters by nothing.
    pub ngrams: usize,
}

/// The kind of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Unit {
    /// A word.
    Words,
    /// A character (a Unicode code point), spaces and line ends included.
    Characters,
    /// What stands between blanks, as tokens that were cut before have it.
    Blanks,
}

/// How the parts between words are treated: those without a letter, a digit or an emoji, except spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Punctuation {
    /// They are left out. Within a word they stay: `don't`.
    Drop,
    /// Each mark is a token.
    Keep,
}

impl Default for Tokenizer {
    /// Words in small letters without HTML and punctuation.
    fn default() -> Self {
        Tokenizer {
            lowercase: true,
            html: true,
            unit: Unit::Words,
            punctuation: Punctuation::Drop,
            ngrams: 1,
        }
    }
}

impl Tokenizer {
    /// The tokens of a text.
    pub fn tokens(&self, text: &str) -> Tokens {
        let mut tokens = Tokens::default();
        self.fill(text, &mut tokens);
        tokens
    }

    /// Whether a text has any tokens. Mostly its first words tell.
    pub fn has_tokens(&self, text: &str) -> bool {
        // Up to the first tag or entity, which must not be cut.
        let start = text.split(['<', '&']).next().unwrap_or_default();
        let end = start.char_indices().nth(200).map_or(start.len(), |(at, _)| at);
        !self.tokens(&start[..end]).is_empty() || !self.tokens(text).is_empty()
    }

    /// As [`Tokenizer::tokens`], into existing buffers.
    pub fn fill(&self, text: &str, tokens: &mut Tokens) {
        tokens.clear(self.ngrams, if self.unit == Unit::Characters { "" } else { " " });
        tokens.joined.reserve(text.len());
        let text = if self.html { html::plain(text) } else { Cow::Borrowed(text) };
        let text = if self.lowercase { lowercase(text) } else { text };
        match (self.unit, self.punctuation) {
            (Unit::Characters, Punctuation::Keep) => tokens.add_characters(&text),
            (Unit::Characters, Punctuation::Drop) => {
                let kept = |part: &&str| is_word(part) || is_space(part);
                text.split_word_bounds().filter(kept).for_each(|part| tokens.add_characters(part));
            }
            (Unit::Blanks, _) => text.split_ascii_whitespace().for_each(|part| tokens.add(part)),
            // Split at spaces, since ASCII parts have a faster path through the rules.
            (Unit::Words, punctuation) => {
                text.split_ascii_whitespace().for_each(|part| match punctuation {
                    Punctuation::Drop if part.is_ascii() => {
                        part.unicode_words().for_each(|word| tokens.add(word));
                    }
                    Punctuation::Drop => {
                        let words = part.split_word_bounds().filter(|part| is_word(part));
                        words.for_each(|word| tokens.add(word));
                    }
                    Punctuation::Keep => {
                        let marks = part.split_word_bounds().filter(|part| !is_space(part));
                        marks.for_each(|mark| tokens.add(mark));
                    }
                })
            }
        }
    }
}

fn lowercase(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Owned(mut text) if text.is_ascii() => {
            text.make_ascii_lowercase();
            Cow::Owned(text)
        }
        text => Cow::Owned(text.to_lowercase()),
    }
}

/// Whether a part of a text has a letter, a digit or an emoji in it: Unicode's blocks of pictures, from ☀ to ➿ and from
/// 🀀.
fn is_word(part: &str) -> bool {
    part.chars().any(|c| {
        c.is_alphanumeric() || matches!(c, '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}')
    })
}

fn is_space(part: &str) -> bool {
    part.chars().all(char::is_whitespace)
}

/// The tokens of a text, one after the other in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The tokens, joined.
    joined: String,
    /// The separator between them.
    between: &'static str,
    /// Where each token ends.
    ends: Vec<usize>,
    ngrams: usize,
}

impl Tokens {
    /// The tokens in their order, then the pairs in theirs, and so on.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (1..=self.ngrams).flat_map(move |run| {
            let last = self.ends.iter().skip(run - 1);
            last.enumerate().map(move |(first, &end)| &self.joined[self.start(first)..end])
        })
    }

    /// How many tokens there are, runs included.
    pub fn len(&self) -> usize {
        (0..self.ngrams).map(|before| self.ends.len().saturating_sub(before)).sum()
    }

    /// Whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn start(&self, token: usize) -> usize {
        match token.checked_sub(1) {
            Some(before) => self.ends[before] + self.between.len(),
            None => 0,
        }
    }

    fn clear(&mut self, ngrams: usize, between: &'static str) {
        self.joined.clear();
        self.ends.clear();
        (self.ngrams, self.between) = (ngrams.max(1), between);
    }

    fn add(&mut self, token: &str) {
        if !self.ends.is_empty() {
            self.joined.push_str(self.between);
        }
        self.joined.push_str(token);
        self.ends.push(self.joined.len());
    }

    fn add_characters(&mut self, text: &str) {
        let before = self.joined.len();
        self.joined.push_str(text);
        let ends = text.char_indices().map(|(start, c)| before + start + c.len_utf8());
        self.ends.extend(ends);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
        let tokens = tokenizer.tokens(text);
        let list: Vec<String> = tokens.iter().map(str::to_string).collect();
        assert_eq!(tokens.len(), list.len());
        list
    }

    #[test]
    fn a_text_without_a_word_has_no_tokens() {
        let tag = format!("<img alt=\"{}\">", "x ".repeat(300));
        for text in ["", " \n", "...", "<br /><br />", "&amp; &lt;", &tag] {
            assert!(!Tokenizer::default().has_tokens(text), "{text:?}");
        }
        let late = format!("{}{}fine", tag, "! ".repeat(300));
        for text in ["a", "<br />a", "&amp; a", "!!! 3", &late] {
            assert!(Tokenizer::default().has_tokens(text), "{text:?}");
        }
        let kept = Tokenizer { punctuation: Punctuation::Keep, ..Tokenizer::default() };
        assert!(kept.has_tokens("...") && !kept.has_tokens(" \n"));
    }

    #[test]
    fn words_are_those_of_the_unicode_standard() {
        let words = |text| tokens(&Tokenizer::default(), text);
        // The example of UAX #29, section 4.
        assert_eq!(
            words("The quick (“brown”) fox can’t jump 32.3 feet, right?"),
            ["the", "quick", "brown", "fox", "can’t", "jump", "32.3", "feet", "right"]
        );
        assert_eq!(
            words("Don't e-mail 3.14, 1,000 or foo_bar"),
            ["don't", "e", "mail", "3.14", "1,000", "or", "foo_bar"]
        );
    }

    #[test]
    fn texts_without_words_have_none() {
        for text in
            ["", " \n\t", "... --- !!! (?)", "_ __", "<br /><br />", "\u{a0}\u{2003}", "´ ¨"]
        {
            assert!(tokens(&Tokenizer::default(), text).is_empty(), "{text:?}");
            assert!(Tokenizer::default().tokens(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn emoji_are_words_and_stay_whole() {
        let family = "👨\u{200d}👩\u{200d}👧";
        let text = format!("Great 👍🏽👍, {family}! ☃");
        let expected = ["great", "👍🏽", "👍", family, "☃"];
        assert_eq!(tokens(&Tokenizer::default(), &text), expected);
    }

    #[test]
    fn marks_stay_with_their_letters() {
        let words = |text| tokens(&Tokenizer::default(), text);
        assert_eq!(words("E\u{301}te\u{301} हिन्दी"), ["e\u{301}te\u{301}", "हिन्दी"]);
        assert_eq!(words("\u{301} a \u{301}b"), ["a", "b"]);
        // Python: "ΟΔΟΣ İ".lower() == "οδος i̇", with a final sigma.
        assert_eq!(words("ΟΔΟΣ İ"), ["οδο\u{3c2}", "i\u{307}"]);
        let all = Tokenizer { punctuation: Punctuation::Keep, ..Tokenizer::default() };
        assert_eq!(tokens(&all, "\u{301} a \u{301}b"), ["\u{301}", "a", "\u{301}", "b"]);
    }

    #[test]
    fn punctuation_can_be_kept() {
        let all = Tokenizer { punctuation: Punctuation::Keep, ..Tokenizer::default() };
        assert_eq!(
            tokens(&all, "Well... it's 5 < 6,\u{a0}“no”!"),
            ["well", ".", ".", ".", "it's", "5", "<", "6", ",", "“", "no", "”", "!"]
        );
    }

    #[test]
    fn characters_are_code_points_with_spaces() {
        let text = "Ab,\nÉ<br>";
        let plain = Tokenizer {
            lowercase: false,
            html: false,
            unit: Unit::Characters,
            punctuation: Punctuation::Keep,
            ngrams: 1,
        };
        assert_eq!(tokens(&plain, text), ["A", "b", ",", "\n", "É", "<", "b", "r", ">"]);
        let dropped = Tokenizer { unit: Unit::Characters, ..Tokenizer::default() };
        assert_eq!(tokens(&dropped, text), ["a", "b", "\n", "é", " "]);
        assert_eq!(tokens(&dropped, "don't!"), ["d", "o", "n", "'", "t"]);
        let pairs = Tokenizer { ngrams: 2, ..dropped };
        assert_eq!(tokens(&pairs, "aé!b"), ["a", "é", "b", "aé", "éb"]);
    }

    #[test]
    fn runs_come_behind_the_tokens() {
        let runs = |ngrams, text| tokens(&Tokenizer { ngrams, ..Tokenizer::default() }, text);
        assert_eq!(runs(2, "Not very good"), ["not", "very", "good", "not very", "very good"]);
        assert_eq!(runs(3, "not good"), ["not", "good", "not good"]);
        assert_eq!(runs(3, "bad"), ["bad"]);
        assert_eq!(runs(2, ""), [""; 0]);
        assert_eq!(runs(0, "not good"), ["not", "good"]);
    }

    #[test]
    fn a_very_long_word_is_one_token() {
        let long = "x".repeat(3_000_000);
        assert_eq!(tokens(&Tokenizer::default(), &format!("a {long}é b"))[1].len(), 3_000_002);
    }

    #[test]
    fn buffers_used_again_hold_the_last_text_alone() {
        let mut buffers = Tokenizer { ngrams: 2, ..Tokenizer::default() }.tokens("one two three");
        Tokenizer::default().fill("four", &mut buffers);
        assert_eq!(buffers.iter().collect::<Vec<_>>(), ["four"]);
    }
}

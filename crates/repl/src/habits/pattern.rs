//! Whether a pattern fits at a place, and what its captures are.

use super::classes::{self, Known};
use super::rule::{Anchor, Rule};
use super::scan::{Piece, PieceKind, closing, items, pieces};
use super::table;
use std::collections::HashSet;
use std::sync::OnceLock;

/// A text with its pieces.
pub(super) struct Scanned<'a> {
    pub text: &'a str,
    pub pieces: Vec<Piece>,
    /// What the pieces are.
    words: HashSet<&'a str>,
}

impl<'a> Scanned<'a> {
    pub fn new(text: &'a str) -> Self {
        let pieces = pieces(text);
        let words = pieces.iter().map(|piece| piece.of(text)).collect();
        Scanned { text, pieces, words }
    }

    fn of(&self, at: usize) -> &'a str {
        self.pieces.get(at).map_or("", |piece| piece.of(self.text))
    }

    fn kind(&self, at: usize) -> Option<PieceKind> {
        self.pieces.get(at).map(|piece| piece.kind)
    }

    /// The text of some pieces.
    fn between(&self, from: usize, to: usize) -> &'a str {
        match (self.pieces.get(from), to.checked_sub(1).and_then(|last| self.pieces.get(last))) {
            (Some(first), Some(last)) if from < to => &self.text[first.start..last.end],
            _ => "",
        }
    }

    /// Whether a statement begins here.
    fn begins(&self, at: usize) -> bool {
        at == 0 || self.kind(at - 1) == Some(PieceKind::End) || matches!(self.of(at - 1), "{" | "}")
    }

    /// Whether a statement ends before this piece.
    fn ends(&self, at: usize) -> bool {
        matches!(self.kind(at), None | Some(PieceKind::End)) || self.of(at) == "}"
    }

    /// Whether a piece follows the one before without a blank.
    fn is_glued(&self, at: usize) -> bool {
        at > 0 && at < self.pieces.len() && self.pieces[at - 1].end == self.pieces[at].start
    }
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Exact(&'static str),
    Capture { name: String, class: Option<&'static str> },
}

/// A rule's pattern.
pub(super) struct Pattern {
    tokens: Vec<Token>,
    anchor: Anchor,
}

/// Captured text by the names of the captures.
pub(super) type Captures<'a> = Vec<(String, &'a str)>;

/// Where a pattern fits, from one byte to another, and what it captured.
pub(super) struct Found<'a> {
    pub start: usize,
    pub end: usize,
    pub captures: Captures<'a>,
}

/// All rules with their patterns, which are read once.
pub(super) fn patterns() -> &'static [(&'static Rule, Pattern)] {
    static ALL: OnceLock<Vec<(&'static Rule, Pattern)>> = OnceLock::new();
    ALL.get_or_init(|| table::rules().map(|rule| (rule, Pattern::new(rule))).collect())
}

impl Pattern {
    fn new(rule: &Rule) -> Self {
        let text = rule.find;
        let pieces = pieces(text);
        let (mut tokens, mut at) = (Vec::new(), 0);
        while at < pieces.len() {
            if pieces[at].of(text) != "$" {
                tokens.push(Token::Exact(pieces[at].of(text)));
                at += 1;
                continue;
            }
            let sign = pieces.get(at + 1).map_or("", |piece| piece.of(text));
            let has_sign = matches!(sign, "*" | "+" | "%");
            let word =
                pieces.get(at + 1 + usize::from(has_sign)).map_or("", |piece| piece.of(text));
            let name = if has_sign { format!("{sign}{word}") } else { word.to_string() };
            at += 2 + usize::from(has_sign);
            let is_class = pieces.get(at).is_some_and(|piece| piece.of(text) == ":")
                && pieces.get(at + 1).is_some_and(|next| {
                    next.start == pieces[at].end && next.kind == PieceKind::Word
                });
            let class = if is_class { Some(pieces[at + 1].of(text)) } else { None };
            at += if is_class { 2 } else { 0 };
            tokens.push(Token::Capture { name, class });
        }
        Pattern { tokens, anchor: rule.anchor }
    }

    /// The first place from `from` on where the pattern fits.
    pub fn find<'a>(
        &self,
        scanned: &Scanned<'a>,
        from: usize,
        known: &dyn Known,
    ) -> Option<(usize, Found<'a>)> {
        if !self.is_possible(scanned) {
            return None;
        }
        (from..scanned.pieces.len()).find_map(|at| {
            let found = self.fits(scanned, at, known)?;
            Some((at, found))
        })
    }

    /// Whether the text has all words of the pattern.
    fn is_possible(&self, scanned: &Scanned<'_>) -> bool {
        self.tokens.iter().all(|token| match token {
            Token::Exact(word) => scanned.words.contains(word),
            Token::Capture { .. } => true,
        })
    }

    fn fits<'a>(&self, scanned: &Scanned<'a>, at: usize, known: &dyn Known) -> Option<Found<'a>> {
        let may_stand_here = match self.anchor {
            Anchor::Part => true,
            Anchor::Inside => !scanned.begins(at),
            Anchor::Start | Anchor::Line => scanned.begins(at),
        };
        if !may_stand_here {
            return None;
        }
        match self.tokens.first()? {
            Token::Exact(first) => {
                let is_word = first.starts_with(|c: char| c.is_alphabetic());
                // Another name's field, and a name that is defined, are not meant.
                let is_field = at > 0 && scanned.of(at - 1) == "." && scanned.is_glued(at);
                if is_word && (is_field || known.is_defined(first)) {
                    return None;
                }
                // A tuple's bracket, not a call's.
                let is_call = at > 0
                    && scanned.is_glued(at)
                    && (scanned.kind(at - 1) == Some(PieceKind::Word)
                        || matches!(scanned.of(at - 1), ")" | "]"));
                if *first == "(" && is_call {
                    return None;
                }
            }
            Token::Capture { .. } if at > 0 && scanned.of(at - 1) == "." => return None,
            Token::Capture { .. } => {}
        }
        let mut matcher = Matcher { scanned, known, captures: Vec::new() };
        let end = matcher.run(&self.tokens, at, self.anchor)?;
        let piece = |at: usize| scanned.pieces[at];
        let captures = matcher.captures;
        Some(Found { start: piece(at).start, end: piece(end.checked_sub(1)?).end, captures })
    }
}

/// Whether a capture goes on after the end of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Stop,
    Included,
}

struct Matcher<'m, 'a> {
    scanned: &'m Scanned<'a>,
    known: &'m dyn Known,
    captures: Captures<'a>,
}

impl<'a> Matcher<'_, 'a> {
    /// Where the tokens end that begin at a piece.
    fn run(&mut self, tokens: &[Token], at: usize, anchor: Anchor) -> Option<usize> {
        let Some((token, rest)) = tokens.split_first() else {
            return (anchor != Anchor::Line || self.scanned.ends(at)).then_some(at);
        };
        match token {
            Token::Exact(text) => match self.scanned.of(at) == *text {
                true => self.run(rest, at + 1, anchor),
                false => None,
            },
            Token::Capture { name, class } => self.capture(name, *class, rest, at, anchor),
        }
    }

    /// Tries the lengths that a capture may have, the shortest first; at the end of a pattern, all that is left.
    fn capture(
        &mut self,
        name: &str,
        class: Option<&str>,
        rest: &[Token],
        at: usize,
        anchor: Anchor,
    ) -> Option<usize> {
        let mut ends = self.ends(name, at);
        if rest.is_empty() && name.starts_with('*') {
            ends.reverse();
        }
        for end in ends {
            let text = self.scanned.between(at, end);
            let before = self.captures.iter().find(|(own, _)| own == name);
            if before.is_some_and(|(_, other)| *other != text) {
                continue;
            }
            if !self.is_of_class(name, class, text) {
                continue;
            }
            let count = self.captures.len();
            self.captures.push((name.to_string(), text));
            if let Some(end) = self.run(rest, end, anchor) {
                return Some(end);
            }
            self.captures.truncate(count);
        }
        None
    }

    fn is_of_class(&self, name: &str, class: Option<&str>, text: &str) -> bool {
        let is_foreign = !name.starts_with('K')
            || (!self.known.is_defined(text) && classes::foreign(text).is_some());
        is_foreign && class.is_none_or(|class| classes::is_of(class, text, self.known))
    }

    /// Where a capture that begins at a piece may end.
    fn ends(&self, name: &str, at: usize) -> Vec<usize> {
        let single =
            |kind| if self.scanned.kind(at) == Some(kind) { vec![at + 1] } else { Vec::new() };
        match name.chars().next().unwrap_or_default() {
            'W' | 'K' => single(PieceKind::Word),
            'N' => single(PieceKind::Number),
            'S' => single(PieceKind::Text),
            'V' => self.value_ends(at),
            '*' => self.balanced(at, Ends::Stop, |_| true),
            '%' => self.balanced(at, Ends::Included, |_| true),
            '+' => match self.scanned.of(at) {
                "," => self.balanced(at, Ends::Stop, |_| true),
                _ => vec![at],
            },
            _ => {
                let is_named = self.scanned.kind(at) == Some(PieceKind::Word)
                    && self.scanned.of(at + 1) == "=";
                let ends = if is_named {
                    Vec::new()
                } else {
                    self.balanced(at, Ends::Stop, |text| text != ",")
                };
                ends.into_iter().filter(|&end| end > at).collect()
            }
        }
    }

    /// The ends of stretches from here in which all brackets are closed and every piece outside of them fits.
    fn balanced(&self, at: usize, ends_of: Ends, fits: impl Fn(&str) -> bool) -> Vec<usize> {
        let mut ends = vec![at];
        let mut next = at;
        while let Some(kind) = self.scanned.kind(next) {
            let text = self.scanned.of(next);
            let is_stop = kind == PieceKind::End && ends_of == Ends::Stop;
            if is_stop || !fits(text) || matches!(text, ")" | "]" | "}") {
                break;
            }
            next = match text {
                "(" | "[" | "{" => match closing(self.scanned.text, &self.scanned.pieces, next) {
                    Some(end) => end + 1,
                    None => break,
                },
                _ => next + 1,
            };
            ends.push(next);
        }
        ends
    }

    /// The ends of a value: a word, a string, a number or brackets, and fields, calls and subscripts after it.
    fn value_ends(&self, at: usize) -> Vec<usize> {
        let closed =
            |at: usize| closing(self.scanned.text, &self.scanned.pieces, at).map(|end| end + 1);
        let first = match self.scanned.kind(at) {
            Some(PieceKind::Word | PieceKind::Text | PieceKind::Number) => Some(at + 1),
            Some(PieceKind::Symbol) if matches!(self.scanned.of(at), "(" | "[") => closed(at),
            _ => None,
        };
        let mut ends = Vec::new();
        let mut next = first;
        while let Some(end) = next {
            ends.push(end);
            next = match self.scanned.of(end) {
                "." if self.scanned.kind(end + 1) == Some(PieceKind::Word) => Some(end + 2),
                "(" | "[" if self.scanned.is_glued(end) => closed(end),
                _ => None,
            };
        }
        ends
    }
}

/// Whether all items are pairs with a colon, as in a dictionary.
pub(super) fn are_pairs(text: &str) -> bool {
    let items = items(text);
    !items.is_empty() && items.iter().all(|item| pair(item).is_some())
}

/// A word or a string, and what stands after the colon.
pub(super) fn pair(item: &str) -> Option<(&str, &str)> {
    let pieces = pieces(item);
    let (key, colon) = (pieces.first()?, pieces.get(1)?);
    let is_key = matches!(key.kind, PieceKind::Word | PieceKind::Text) && colon.of(item) == ":";
    let key = key.of(item).trim_matches(['"', '\'']);
    let is_name = key.starts_with(|c: char| c.is_alphabetic())
        && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_key && is_name && pieces.len() > 2).then(|| (key, item[colon.end..].trim()))
}

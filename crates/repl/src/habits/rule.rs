//! A habit: what a person types, and what the language says instead.
//!
//! A pattern is text as it is typed, with captures: `$x` an argument, `$*r` anything, `$+r` nothing or further
//! arguments, `$%b` any statements, `$W` a word, `$N` a number, `$S` a string, `$V` a value with its calls and fields,
//! `$K` a capitalised or otherwise foreign name of something in the tables. `$W:layer` is one of a class. A capture
//! that stands twice is the same text. What is written instead names the captures again; `$x~bare` changes one of them.
//! `${net}` and `${data}` are a network and a data set of the session; `$V~net` is what was typed if it is defined, and
//! otherwise that network.

/// Where a pattern must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Anywhere.
    Part,
    /// Anywhere but at the beginning of a statement: what gives an argument a value there would define a name here.
    Inside,
    /// At the beginning of a statement.
    Start,
    /// As the whole statement.
    Line,
}

/// A habit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub anchor: Anchor,
    /// What is typed.
    pub find: &'static str,
    /// What is to be written; several readings, the likeliest first.
    pub write: &'static [&'static str],
    /// What is wrong, where the error's own sentence does not say it.
    pub says: &'static str,
    /// What else is to be known.
    pub note: &'static str,
    /// Words of the error's sentence, where the pattern alone could be right.
    pub when: &'static str,
}

/// A pattern that may stand anywhere.
pub(super) const fn part(find: &'static str, write: &'static [&'static str]) -> Rule {
    Rule { anchor: Anchor::Part, find, write, says: "", note: "", when: "" }
}

/// A pattern that may stand anywhere inside of a statement.
pub(super) const fn inside(find: &'static str, write: &'static [&'static str]) -> Rule {
    Rule { anchor: Anchor::Inside, ..part(find, write) }
}

/// A pattern at the beginning of a statement.
pub(super) const fn start(find: &'static str, write: &'static [&'static str]) -> Rule {
    Rule { anchor: Anchor::Start, ..part(find, write) }
}

/// A pattern that is the whole statement.
pub(super) const fn line(find: &'static str, write: &'static [&'static str]) -> Rule {
    Rule { anchor: Anchor::Line, ..part(find, write) }
}

impl Rule {
    /// The same habit with a sentence about what is wrong.
    pub const fn says(mut self, says: &'static str) -> Self {
        self.says = says;
        self
    }

    /// The same habit with something else to be known.
    pub const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// The same habit, which shows only in an error that says so.
    pub const fn when(mut self, when: &'static str) -> Self {
        self.when = when;
        self
    }
}

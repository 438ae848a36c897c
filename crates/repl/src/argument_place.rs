//! Which argument a text that is being typed ends in, and the words that this argument may be.

use crate::habits::own_name;
use crate::tables::{self, KINDS};
use relume_catalog::{Argument, Entry, Kind, Type};

/// Arguments whose strings are paths.
const PATHS: [&str; 12] = [
    "path",
    "file",
    "from",
    "to",
    "labels",
    "targets",
    "inputs",
    "masks",
    "test_path",
    "validation_path",
    "checkpoint",
    "folder",
];

/// An argument whose value is being typed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArgumentPlace {
    /// What it is an argument of.
    pub entry: &'static Entry,
    /// The argument.
    pub argument: &'static Argument,
    /// Whether an item of a list is typed.
    pub is_in_list: bool,
}

impl ArgumentPlace {
    /// The place of a text, if it ends in `name=`, in a list after that, or in a list that is an argument of a call.
    /// The words of commands may be named, and so may those of calls.
    pub fn of(before: &str) -> Option<Self> {
        match innermost(before) {
            Some((at, '[')) => {
                let head = &before[..at];
                let place = after_equals(head).or_else(|| by_place(head))?;
                Some(ArgumentPlace { is_in_list: true, ..place })
            }
            _ => after_equals(before),
        }
    }

    /// Whether its strings are paths.
    pub fn is_path(&self) -> bool {
        PATHS.contains(&self.argument.name)
    }

    /// The names and words that fit; `names` gives those of a kind, and `own` the user's own names of what they stand
    /// for.
    pub fn words(
        &self,
        names: &dyn Fn(Kind) -> Vec<String>,
        own: &dyn Fn(Option<&str>) -> Vec<String>,
    ) -> Vec<String> {
        let Argument { name, ty, .. } = self.argument;
        let mut words = self.of_type(*ty, names, own);
        match *name {
            "on" => words.extend(own(Some("a data set")).into_iter().chain(names(Kind::Data))),
            "network" | "nets" => words.extend(own(Some("a network"))),
            _ if *ty == Type::Anything => words.extend(own(None)),
            _ => {}
        }
        // What a search draws from.
        let is_drawn = *name == "values" || has_numbers(*ty);
        if self.entry.name == "search" && is_drawn && !self.is_in_list {
            words.extend(names(Kind::Distribution));
        }
        words
    }

    fn of_type(
        &self,
        ty: Type,
        names: &dyn Fn(Kind) -> Vec<String>,
        own: &dyn Fn(Option<&str>) -> Vec<String>,
    ) -> Vec<String> {
        match ty {
            Type::Spec(kind) => {
                let value = format!("{} {}", article(kind.noun()), kind.noun());
                let functions =
                    if kind == Kind::Activation { own(Some("a function")) } else { Vec::new() };
                names(kind).into_iter().chain(own(Some(&value))).chain(functions).collect()
            }
            Type::List(item) if self.is_in_list => self.of_type(*item, names, own),
            Type::List(_) => own(Some("a list")),
            Type::OneOf(types) => {
                types.iter().flat_map(|&ty| self.of_type(ty, names, own)).collect()
            }
            Type::Boolean => ["true", "false"].map(str::to_string).to_vec(),
            Type::Integer { .. } | Type::Number { .. } => own(Some("a number")),
            Type::Network => {
                let stages = names(Kind::Layer).into_iter().chain(names(Kind::Activation));
                own(Some("a network")).into_iter().chain(stages).collect()
            }
            Type::Choice(_) => self.choices().iter().map(|word| format!("\"{word}\"")).collect(),
            Type::Tensor => own(Some("a tensor")),
            Type::Text => own(Some("a string")),
            _ => Vec::new(),
        }
    }

    /// The words with fixed values that it may be, without their quotes.
    pub fn choices(&self) -> Vec<&'static str> {
        fn of(ty: Type) -> Vec<&'static str> {
            match ty {
                Type::Choice(words) => words.to_vec(),
                Type::OneOf(types) => types.iter().flat_map(|&ty| of(ty)).collect(),
                Type::List(item) => of(*item),
                _ => Vec::new(),
            }
        }
        of(self.argument.ty)
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'i', 'o']) { "an" } else { "a" }
}

fn has_numbers(ty: Type) -> bool {
    match ty {
        Type::Integer { .. } | Type::Number { .. } => true,
        Type::OneOf(types) => types.iter().any(|&ty| has_numbers(ty)),
        _ => false,
    }
}

/// The argument whose name and equals sign a text ends in.
fn after_equals(before: &str) -> Option<ArgumentPlace> {
    let head = before.trim_end().strip_suffix('=')?.trim_end();
    let name = last_word(head);
    let entry = owner(&head[..head.len() - name.len()])?;
    let argument = entry.argument(own_name(entry, name))?;
    Some(ArgumentPlace { entry, argument, is_in_list: false })
}

/// The argument that stands at a place of a call, counted by the commas before it.
fn by_place(before: &str) -> Option<ArgumentPlace> {
    let (open, _) = innermost(before).filter(|(_, bracket)| *bracket == '(')?;
    let entry = called(last_word(&before[..open]))?;
    let argument = entry.arguments.get(commas(&before[open + 1..]))?;
    Some(ArgumentPlace { entry, argument, is_in_list: false })
}

/// What the words of a text belong to: the innermost call that is open, or the command that its statement begins with.
fn owner(before: &str) -> Option<&'static Entry> {
    if let Some(name) = open_call(before) {
        return called(name);
    }
    let statement = statement(before);
    let mut words = statement.split_whitespace();
    let verb = words.next().filter(|verb| *verb != "time").or_else(|| words.next())?;
    tables::find(Kind::Command, verb)
}

/// What a call is of.
pub(crate) fn called(name: &str) -> Option<&'static Entry> {
    let mut kinds = KINDS.iter().chain(&[Kind::Function]);
    kinds.find_map(|&kind| tables::find(kind, name))
}

/// The statement that a text ends in, as far as it was typed.
pub(crate) fn statement(before: &str) -> &str {
    before.rsplit(['\n', ';', '{', '}']).next().unwrap_or_default().trim_start()
}

/// The name of the innermost call that is still open.
pub(crate) fn open_call(before: &str) -> Option<&str> {
    let (at, bracket) = innermost(before)?;
    match bracket {
        '(' => Some(last_word(&before[..at])).filter(|name| !name.is_empty()),
        _ => open_call(&before[..at]),
    }
}

/// The word that a text ends in.
pub(crate) fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// Where a string begins that is still open: after its quote.
pub(crate) fn open_string(text: &str) -> Option<usize> {
    let mut open: Option<(usize, char)> = None;
    for (at, c) in text.char_indices() {
        match open {
            Some((_, quote)) if quote == c => open = None,
            None if matches!(c, '"' | '\'') => open = Some((at + 1, c)),
            _ => {}
        }
    }
    open.map(|(at, _)| at)
}

/// The innermost round or square bracket that is open, outside of strings.
fn innermost(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(own), _) if own == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => open.push((at, c)),
            (None, ')' | ']') => drop(open.pop()),
            // A statement has ended.
            (None, ';' | '\n' | '{' | '}') if c != '\n' || open.is_empty() => open.clear(),
            _ => {}
        }
    }
    open.pop()
}

/// How many commas stand in a text outside of brackets and strings.
fn commas(text: &str) -> usize {
    let (mut depth, mut quote, mut count) = (0i32, None, 0);
    for c in text.chars() {
        match (quote, c) {
            (Some(own), _) if own == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, ',') if depth == 0 => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_an_argument_or_none() {
        for (before, entry, argument, is_in_list) in [
            ("search net on d lr=", "search", "lr", false),
            ("search net on d learning_rate=", "search", "lr", false),
            ("x = 1; compare net on d activation=[relu, ", "compare", "activation", true),
            ("c = compare(net, d, lr=[0.1, ", "compare", "lr", true),
            ("train net on d optimizer=adam(groups=[", "adam", "groups", true),
            ("train net on d schedule=sequential([", "sequential", "schedules", true),
            ("time train net on d keep=", "train", "keep", false),
            ("d = csv(\"a(b.csv\", missing=", "csv", "missing", false),
        ] {
            let place = ArgumentPlace::of(before).unwrap_or_else(|| panic!("{before}"));
            let own = (place.entry.name, place.argument.name, place.is_in_list);
            assert_eq!(own, (entry, argument, is_in_list), "{before}");
        }
        for other in ["x = ", "x = [1, ", "net = dense(3, ", "train net on ", "a == "] {
            assert!(ArgumentPlace::of(other).is_none(), "{other}");
        }
    }

    #[test]
    fn strings_that_are_open_are_found() {
        assert_eq!(open_string("save net to \"a"), Some(13));
        assert_eq!(open_string("save net to \"a\""), None);
        assert_eq!(open_string("print \"it's"), Some(7));
    }
}

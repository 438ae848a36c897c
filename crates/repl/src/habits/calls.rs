//! Commands that were typed as calls: `lrfind(net, digits)` for `lrfind net on digits`.

use super::fill::Own;
use super::own_name;
use super::scan::{Piece, PieceKind, closing, items, pieces};
use crate::syntax::PREPOSITIONS;
use crate::tables::find;
use relume_catalog::{Argument, Default, Entry, Kind, Type};

/// A statement that is nothing but the call of a command, in that command's own form; `None` of any other. What the
/// command needs and was not typed is the session's own network and data.
pub(super) fn as_command(text: &str, own: &Own<'_>) -> Option<String> {
    let pieces = pieces(text);
    let (verb, open) = (pieces.first()?, pieces.get(1)?);
    let entry = find(Kind::Command, verb.of(text))?;
    let is_call = open.of(text) == "(" && open.start == verb.end;
    let close = closing(text, &pieces, 1).filter(|&close| is_call && close + 1 == pieces.len())?;
    let inside = &text[open.end..pieces[close].start];
    let mut words = Words::of(entry);
    match has_prepositions(&pieces[2..close], text) {
        // The words stand as they should, in brackets.
        true => words.given.extend(items(inside).into_iter().map(str::to_string)),
        false => {
            items(inside).into_iter().for_each(|item| words.add(item));
            words.complete(own);
        }
    }
    Some(format!("{} {}", entry.name, words.given.join(" ")).trim_end().to_string())
}

/// Whether one of the words that lead to a value stands outside of all further brackets.
fn has_prepositions(pieces: &[Piece], text: &str) -> bool {
    let mut depth = 0i32;
    pieces.iter().enumerate().any(|(at, piece)| {
        match piece.of(text) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            word if depth == 0 && at > 0 && piece.kind == PieceKind::Word => {
                let is_named = pieces.get(at + 1).is_some_and(|next| next.of(text) == "=");
                return PREPOSITIONS.contains(&word) && !is_named;
            }
            _ => {}
        }
        false
    })
}

/// The words of a command, as they are written.
struct Words {
    entry: &'static Entry,
    given: Vec<String>,
    /// The names of the arguments that are given.
    names: Vec<&'static str>,
    /// How many of them are given by their places.
    by_place: usize,
}

impl Words {
    fn of(entry: &'static Entry) -> Self {
        Words { entry, given: Vec::new(), names: Vec::new(), by_place: 0 }
    }

    /// Adds an argument of the call.
    fn add(&mut self, item: &str) {
        let pieces = pieces(item);
        if let [name, equals, value, ..] = &pieces[..]
            && equals.of(item) == "="
            && name.kind == PieceKind::Word
        {
            let (name, value) = (name.of(item), &item[value.start..]);
            return match self.entry.argument(own_name(self.entry, name)) {
                Some(argument) => self.write_named(argument, value),
                None => self.given.push(format!("{name}={value}")),
            };
        }
        // A path goes to the file that is written, if nothing else is needed.
        let waits = self.entry.arguments.iter().any(|own| {
            own.default == Default::Required && own.name != "to" && !self.names.contains(&own.name)
        });
        let is_path = !waits && item.starts_with(['"', '\'']) && item.contains('.');
        let to = self.entry.argument("to").filter(|to| is_path && !self.names.contains(&to.name));
        if let Some(to) = to {
            return self.write_named(to, item);
        }
        // What may be left out is meant where data stand: `plot(net, d.test)`, but not `plot(relu, mish)`.
        let is_meant = |own: &Argument| {
            let is_free = own.ty == Type::Anything && own.default != Default::Required;
            !is_free || [".train", ".validation", ".test"].iter().any(|part| item.contains(part))
        };
        let is_open = |own: &&Argument| {
            !self.names.contains(&own.name) && may_be(&own.ty, item) && is_meant(own)
        };
        match self.entry.arguments.iter().find(is_open) {
            Some(argument) => self.write(argument, item),
            None => self.given.push(item.to_string()),
        }
    }

    /// Writes the value of an argument that was given by its place: by its place here too, if all before it are.
    fn write(&mut self, argument: &'static Argument, value: &str) {
        let place = self.entry.arguments.iter().position(|own| own.name == argument.name);
        let is_by_place = place.is_some_and(|at| at == self.by_place && at < self.entry.positional);
        if !is_by_place || PREPOSITIONS.contains(&argument.name) {
            return self.write_named(argument, value);
        }
        self.by_place += 1;
        self.given.push(value.to_string());
        self.names.push(argument.name);
    }

    fn write_named(&mut self, argument: &'static Argument, value: &str) {
        self.given.push(match argument.name {
            name if PREPOSITIONS.contains(&name) => format!("{name} {value}"),
            name => format!("{name}={value}"),
        });
        self.names.push(argument.name);
    }

    /// Adds the session's network and data where the command needs them.
    fn complete(&mut self, own: &Own<'_>) {
        let needs = |name: &str| {
            let argument = self.entry.argument(name);
            !self.names.contains(&name)
                && argument.is_some_and(|argument| argument.default == Default::Required)
        };
        let (network, data, file) = (needs("network"), needs("on"), needs("to"));
        if network {
            self.given.insert(0, own.network.unwrap_or("net").to_string());
        }
        if data {
            let place = self.given.len().min(1);
            self.given.insert(place, format!("on {}", own.data.unwrap_or("digits")));
        }
        // The file of the command's example.
        let example = self.entry.example_line().split_once(" to ").map(|(_, rest)| rest);
        if let Some(name) = example.and_then(|rest| rest.split(' ').next()).filter(|_| file) {
            self.given.push(format!("to {name}"));
        }
    }
}

/// Whether a value as it was typed may be of a type: by its first character.
fn may_be(ty: &Type, value: &str) -> bool {
    let is_text = value.starts_with(['"', '\'']);
    match ty {
        Type::Integer { .. } | Type::Number { .. } => {
            value.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c))
        }
        Type::Boolean => ["true", "false", "True", "False"].contains(&value),
        Type::Text | Type::Choice(_) => is_text,
        Type::List(_) => value.starts_with('['),
        Type::OneOf(types) => types.iter().any(|ty| may_be(ty, value)),
        Type::Anything => true,
        _ => !is_text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_commands_become_their_words() {
        let own = Own { network: Some("mlp"), data: Some("d"), is_defined: &|_| false };
        for (typed, written) in [
            ("examine(mish)", "examine mish"),
            ("lrfind(m, d)", "lrfind m on d"),
            ("lrfind(m, d, seeds=2, from=0.001)", "lrfind m on d seeds=2 from 0.001"),
            ("confusing(m, d.test[0..3])", "confusing m on d.test[0..3]"),
            ("search(m, d, lr=[0.1, 0.2])", "search m on d lr=[0.1, 0.2]"),
            ("train(net, digits, epochs=1)", "train net on digits epochs=1"),
            ("confusing(m, d.test, 2)", "confusing m on d.test count=2"),
            ("save(m, \"m.rlm\")", "save m to \"m.rlm\""),
            ("plot(m.history, \"a.svg\")", "plot m.history to \"a.svg\""),
            ("plot(relu, mish)", "plot relu mish"),
            ("plot(m, d.test)", "plot m on d.test"),
            ("predict(m, \"a.png\")", "predict m on \"a.png\""),
            ("predict(m, d, \"a.csv\")", "predict m on d to \"a.csv\""),
            ("set(seed=3)", "set seed=3"),
            ("train(m)", "train m on d"),
            ("train()", "train mlp on d"),
            ("report(m)", "report m on d to \"digits.html\""),
            ("train(m on d, epochs=2)", "train m on d epochs=2"),
            ("rename(a, b)", "rename a to b"),
            ("delete(a, b)", "delete a b"),
            ("vars()", "vars"),
        ] {
            assert_eq!(as_command(typed, &own).as_deref(), Some(written), "{typed}");
        }
        for other in
            ["lrfind m on d", "x = lrfind(m, d)", "lrfind(m, d).lr", "dense(3)", "lrfind (m)"]
        {
            assert_eq!(as_command(other, &own), None, "{other}");
        }
    }
}

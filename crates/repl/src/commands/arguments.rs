//! `arguments`.

use super::{Command, Given};
use crate::sessions::arguments::place;
use crate::sessions::literal;
use crate::syntax::{ExprKind, Word};
use crate::{Failure, Session, Value};
use relume_catalog::Spec;

/// Declares names that a file takes from outside, with their defaults.
///
/// `run "train.relume" lr=0.1` and `relume train.relume --set lr=0.1` give them other values, of the kind that the
/// default has. A name without a default must be given. A name that the file does not declare is refused. At the
/// prompt the names get their defaults.
///
/// ```relume
/// arguments lr=0.01 epochs=20 name="first"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Arguments {}

impl Command for Arguments {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        if given.words.is_empty() {
            return Err(Failure::at(given.span, "arguments needs names")
                .help("for example: arguments lr=0.01 epochs=20"));
        }
        let mut values: Vec<(String, Value, Option<String>)> = Vec::new();
        for word in given.words {
            let (name, default) = match word {
                Word::Named { name, value, .. } => (name, Some(value)),
                Word::Positional(expr) => match &expr.kind {
                    ExprKind::Name(name) => (name, None),
                    _ => {
                        return Err(Failure::at(expr.span, "a name is wanted here")
                            .help("for example: arguments lr=0.01 epochs=20"));
                    }
                },
            };
            if values.iter().any(|(own, ..)| own == name) {
                return Err(Failure::at(place(word), format!("`{name}` is declared twice")));
            }
            let value = session.declared_argument(name, default, word)?;
            let text = literal(&value)
                .or_else(|| default.map(|expr| expr.span.of(&session.text.text).to_string()));
            values.push((name.clone(), value, text));
        }
        let texts: Vec<String> = values
            .iter()
            .map(|(name, _, text)| format!("{name}={}", text.as_deref().unwrap_or(name)))
            .collect();
        session.journal.record_instead(format!("arguments {}", texts.join(" ")));
        for (name, value, _) in values {
            session.names.insert(name, value);
        }
        Ok(())
    }
}

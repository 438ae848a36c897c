//! Records, and their fields as arguments: `adam(**options)`, `train net on d **options`.

use crate::syntax::{Argument, Expr, ExprKind, Span, Word};
use crate::{Failure, Record, Session, Value};

/// Lists in lists and records in records, at most so deep: code that walks them recurses.
const DEEPEST: usize = 64;

/// How deep a value is nested, as far as it matters.
fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::List(items) => items.iter().map(depth).max(),
        Value::Record(record) => record.iter().map(|(_, value)| depth(value)).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

/// A value that is not nested too deeply.
pub(super) fn shallow(value: Value, span: Span) -> Result<Value, Failure> {
    match depth(&value) > DEEPEST {
        true => Err(Failure::at(span, "lists and records are nested too deeply here")
            .help("to add an item to a list, join them: xs += [x]")),
        false => Ok(value),
    }
}

impl Session {
    /// `(lr=0.1, batch=32)`; fields of a record that is spread come where it stands.
    pub(super) fn record(&mut self, fields: &[Argument], span: Span) -> Result<Value, Failure> {
        let mut record = Record::new();
        for Argument { name, value } in fields {
            match (name, &value.kind) {
                (Some((name, _)), _) => record.set(name, self.evaluate(value)?),
                (None, ExprKind::Spread(inner)) => {
                    for (name, value) in self.spread_record(inner)?.iter() {
                        record.set(name, value.clone());
                    }
                }
                (None, _) => {
                    return Err(Failure::at(value.span, "each field of a record has a name"));
                }
            }
        }
        shallow(Value::Record(record), span)
    }

    fn spread_record(&mut self, expr: &Expr) -> Result<Record, Failure> {
        match self.evaluate(expr)? {
            Value::Record(record) => Ok(record),
            other => {
                Err(Failure::at(expr.span, format!("`**` wants a record, not {}", other.kind()))
                    .help("a record is values by name: options = (lr=0.1, batch=32)"))
            }
        }
    }

    /// Arguments with the fields of records in the place of `**record`; none if there is nothing to be spread.
    pub(crate) fn spread(
        &mut self,
        arguments: &[Argument],
    ) -> Result<Option<Vec<Argument>>, Failure> {
        if !arguments.iter().any(|argument| matches!(argument.value.kind, ExprKind::Spread(_))) {
            return Ok(None);
        }
        let mut all = Vec::new();
        for argument in arguments {
            match &argument.value.kind {
                ExprKind::Spread(inner) => {
                    all.extend(self.fields_as_arguments(inner, argument.value.span)?)
                }
                _ => all.push(argument.clone()),
            }
        }
        Ok(Some(all))
    }

    /// A record's fields, each as the argument that reads it.
    fn fields_as_arguments(&mut self, inner: &Expr, span: Span) -> Result<Vec<Argument>, Failure> {
        let record = self.spread_record(inner)?;
        let argument = |(name, _): (&str, &Value)| {
            let kind = ExprKind::Field(Box::new(inner.clone()), name.to_string(), span);
            Argument { name: Some((name.to_string(), span)), value: Expr { kind, span } }
        };
        Ok(record.iter().map(argument).collect())
    }

    /// As [`Session::spread`], for the words of a command.
    pub(crate) fn spread_words(&mut self, words: &[Word]) -> Result<Option<Vec<Word>>, Failure> {
        let is_spread =
            |word: &Word| matches!(word, Word::Positional(Expr { kind: ExprKind::Spread(_), .. }));
        if !words.iter().any(is_spread) {
            return Ok(None);
        }
        let mut all = Vec::new();
        for word in words {
            match word {
                Word::Positional(Expr { kind: ExprKind::Spread(inner), span }) => {
                    let fields = self.fields_as_arguments(inner, *span)?;
                    all.extend(fields.into_iter().filter_map(|Argument { name, value }| {
                        let (name, name_span) = name?;
                        Some(Word::Named { name, name_span, value })
                    }));
                }
                word => all.push(word.clone()),
            }
        }
        Ok(Some(all))
    }
}

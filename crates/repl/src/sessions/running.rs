//! How statements enter history, transcript and journal while they run.

use crate::caught::caught;
use crate::sessions::Ending;
use crate::syntax::{Span, Statement, StatementKind};
use crate::{Failure, FailureKind, Session, Text, Value};
use relume_catalog::{Value as Json, value_text};
use relume_training::Model;
use relume_training::group::Group;
use std::sync::Arc;

/// Texts, files and calls that have begun.
#[derive(Debug)]
pub(crate) struct Begun {
    text: Arc<Text>,
    files: usize,
    calls: usize,
    texts: usize,
    is_differentiating: bool,
    is_looking_ahead: bool,
}

/// Numbers of a tensor that are written out in a statement.
const MOST_NUMBERS: usize = 1000;

impl Session {
    /// Runs a statement of a text. Those of the outermost text are part of the history.
    pub(crate) fn typed_statement(&mut self, statement: &Statement) -> Result<(), Failure> {
        if self.journal.depth() > 1 {
            return self.statement(statement).map(drop);
        }
        let records = self.journal.records.len();
        let generator = Group::is_current_several().then(|| self.generator.clone());
        let result = self.outermost_statement(statement);
        let result = self.agreed(Ending::Statement, statement.span, result);
        if matches!(&result, Err(failure) if failure.kind == FailureKind::Ranks) {
            // Where it succeeded, too, nothing stays of it.
            self.names.take_back();
            self.journal.records.truncate(records);
            if let Some(generator) = generator {
                self.generator = generator;
            }
        }
        result
    }

    /// Runs a statement of the outermost text on this process.
    fn outermost_statement(&mut self, statement: &Statement) -> Result<(), Failure> {
        let is_rerun =
            matches!(&statement.kind, StatementKind::Command { verb, .. } if verb == "rerun");
        let text = statement.span.of(&self.text.text).to_string();
        self.output.typed(&text);
        // What is run again stands in the history itself.
        if is_rerun {
            return self.statement(statement).map(drop);
        }
        let number = self.journal.add(text);
        let result = self.caught_statement(statement);
        if result.is_err() {
            self.journal.mark_failed(number);
        }
        result
    }

    /// Runs a statement. If it panics, what it has begun is put away.
    fn caught_statement(&mut self, statement: &Statement) -> Result<(), Failure> {
        let begun = self.begun();
        let result = caught(statement.span, || self.statement(statement).map(drop));
        result.unwrap_or_else(|panicked| {
            self.put_away(begun);
            self.names.take_back();
            Err(panicked)
        })
    }

    /// How far it is: to be given to [`Session::put_away`] if what follows unwinds.
    pub(crate) fn begun(&self) -> Begun {
        Begun {
            text: self.text.clone(),
            files: self.running.len(),
            calls: self.names.depth(),
            texts: self.journal.depth(),
            is_differentiating: self.differentiated.is_some(),
            is_looking_ahead: self.is_looking_ahead,
        }
    }

    /// Ends what was begun since.
    pub(crate) fn put_away(&mut self, begun: Begun) {
        self.text = begun.text;
        self.running.truncate(begun.files);
        if !begun.is_differentiating {
            self.tape = None;
            self.differentiated = None;
        }
        self.is_looking_ahead = begun.is_looking_ahead;
        while self.names.depth() > begun.calls {
            self.names.leave();
        }
        while self.journal.depth() > begun.texts {
            self.journal.leave();
        }
    }

    /// Gives a name the network that a command has changed.
    pub(crate) fn update_network(&mut self, name: &str, model: Box<Model>) {
        if self.names.update(name, Value::Network(model)) {
            self.journal.changed_by_function();
        }
    }

    /// A text that cannot be read stands in the history too.
    pub(crate) fn typed_in_vain(&mut self, text: &str) {
        if self.journal.depth() == 1 {
            self.output.typed(text);
            let number = self.journal.add(text);
            self.journal.mark_failed(number);
        }
    }

    /// Keeps what a loop's name stands for, in case that the loop does not come to its end. What cannot be written out
    /// is picked from the items, whose place is given.
    pub(crate) fn keep_assigned(
        &mut self,
        name: &str,
        value: &Value,
        items: Span,
        index: impl FnOnce() -> String,
    ) {
        if self.names.depth() > 0 {
            return;
        }
        let items = items.of(&self.text.text);
        self.journal
            .assigned(name, || literal(value).unwrap_or_else(|| format!("({items}){}", index())));
    }
}

/// A value as an expression that gives it back; none of one that has no such form.
pub(crate) fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Number(x) if x.is_finite() => Some(crate::show::number(*x)),
        Value::Text(text) => Some(value_text(&Json::from(text.as_str()))),
        Value::Boolean(b) => Some(b.to_string()),
        Value::Range(start, end) => Some(format!("{start}..{end}")),
        Value::Record(record) if !record.is_empty() => {
            let field = |(name, value): (&str, &Value)| Some(format!("{name}={}", literal(value)?));
            let fields: Option<Vec<String>> = record.iter().map(field).collect();
            Some(format!("({})", fields?.join(", ")))
        }
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(literal).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Tensor(tensor) | Value::Sample(tensor, _)
            if tensor.count() <= MOST_NUMBERS && tensor.is_finite() && tensor.rank() > 0 =>
        {
            Some(nested(tensor.dims(), tensor.data()))
        }
        _ => None,
    }
}

fn nested(dims: &[usize], data: &[f32]) -> String {
    let [_, rest @ ..] = dims else {
        return data.first().map_or_else(String::new, |x| crate::show::number_f32(*x));
    };
    let width = rest.iter().product::<usize>().max(1);
    let items: Vec<String> = data.chunks(width).map(|part| nested(rest, part)).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::literal;
    use crate::{Output, Session};

    #[test]
    fn what_is_written_out_is_read_as_the_same_value() {
        let mut session = Session::new(Output::captured().0);
        for text in [
            "0.1",
            "-3",
            "1e-20",
            "\"a \\\"b\\\" {c}\"",
            "true",
            "[1, 2.5]",
            "[[1, 2], [3, 4]]",
            "0..5",
            "(a=1, b=\"x\")",
        ] {
            let value = session.value(text).expect(text);
            assert_eq!(literal(&value).as_deref(), Some(text));
        }
        for text in ["dense(3)", "sgd(lr=1)", "[dense(3)]"] {
            let value = session.value(text).expect(text);
            assert_eq!(literal(&value), None, "{text}");
        }
    }
}

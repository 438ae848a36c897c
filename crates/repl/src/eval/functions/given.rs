//! A call as it was typed.

use crate::eval::at_argument;
use crate::syntax::{Argument, Expr, Span};
use crate::{Failure, Value};
use relume_catalog::{Argument as Description, Entry, Value as Json};

/// A call as it was typed.
pub(in crate::eval) struct Given<'a> {
    /// The function.
    pub entry: &'static Entry,
    /// Where the call stands.
    pub span: Span,
    /// The first argument, where it is known already: the tensor before the point of `x.sum()`.
    pub first: Option<(Value, Span)>,
    /// The arguments (that follow).
    pub arguments: &'a [Argument],
}

/// An argument without a name.
pub(super) enum Positional<'a> {
    /// Its value is known already.
    Known(&'a Value, Span),
    /// It is to be evaluated.
    Typed(&'a Expr),
}

impl Positional<'_> {
    pub(super) fn span(&self) -> Span {
        match self {
            Positional::Known(_, span) => *span,
            Positional::Typed(expr) => expr.span,
        }
    }
}

impl<'a> Given<'a> {
    /// The arguments without names, and those of them that are the items of the list `rest`, given one by one.
    pub(super) fn by_place(
        &self,
        rest: Option<&str>,
    ) -> (Vec<Positional<'_>>, Vec<Positional<'_>>) {
        let first = self.first.iter().map(|(value, span)| Positional::Known(value, *span));
        let mut all: Vec<Positional<'_>> =
            first.chain(self.typed().map(Positional::Typed)).collect();
        let place = |rest| self.entry.arguments.iter().position(|own| own.name == rest);
        match rest.and_then(place) {
            Some(place) if all.len() > place + 1 => {
                let rest = all.split_off(place);
                (all, rest)
            }
            _ => (all, Vec::new()),
        }
    }

    /// The expressions of the arguments without names.
    fn typed(&self) -> impl Iterator<Item = &'a Expr> {
        let is_positional = |argument: &&Argument| argument.name.is_none();
        self.arguments.iter().filter(is_positional).map(|argument| &argument.value)
    }

    /// The expressions of all arguments, in the order of the description, for a function that evaluates them itself.
    ///
    /// # Errors
    /// An argument that is unknown, missing or given twice.
    pub fn expressions<const N: usize>(&self) -> Result<[&'a Expr; N], Failure> {
        let by_place: Vec<&Expr> = self.typed().collect();
        let positional: Vec<Span> = by_place.iter().map(|value| value.span).collect();
        let (mut named, mut named_spans) = (Vec::new(), Vec::new());
        for Argument { name, value } in self.arguments {
            if let Some((name, span)) = name {
                named.push((name.clone(), Json::Null));
                named_spans.push((*span, value.span));
            }
        }
        let checked = self.entry.check(vec![Json::Null; by_place.len()], named);
        checked.map_err(|error| {
            explained(self.entry, at_argument(&error, self.span, &positional, &named_spans))
        })?;
        let expr = |(i, own): (usize, &Description)| {
            let is_own = |argument: &&Argument| {
                argument.name.as_ref().is_some_and(|(name, _)| name == own.name)
            };
            let named = self.arguments.iter().find(is_own).map(|argument| &argument.value);
            by_place.get(i).copied().or(named)
        };
        let all: Vec<&Expr> = self.entry.arguments.iter().enumerate().filter_map(expr).collect();
        all.try_into().map_err(|_| {
            let text = format!("{} needs {N} arguments", self.entry.name);
            explained(self.entry, Failure::at(self.span, text))
        })
    }
}

/// A failure with the function's example, if it has no better help.
pub(super) fn explained(entry: &Entry, failure: Failure) -> Failure {
    match failure.diagnostic.help {
        Some(_) => failure,
        None => failure.help(format!("for example: {}", entry.example_line())),
    }
}

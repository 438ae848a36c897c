//! The commands: their table, and how their words become arguments.

mod evaluate;
mod files;
mod gradcheck;
mod help;
mod inspect;
mod plot;
mod predict;
mod settings;
mod train;
mod wordvectors;

pub(crate) use evaluate::{ARGUMENTS as EVALUATE_ARGUMENTS, evaluate_call};
pub use help::help;

use crate::eval::describe;
use crate::syntax::{Expr, ExprKind, Span, Word};
use crate::{Failure, Session, Value};
use relume_catalog::{Argument, Entry, Kind, Map, Type, Value as Json};
use relume_training::Model;
use serde::de::DeserializeOwned;

type Run = fn(&mut Session, &Given<'_>) -> Result<(), Failure>;

/// A command of the language.
struct Command {
    entry: Entry,
    run: Run,
}

/// Every command, in the order in which one meets them.
static COMMANDS: &[Command] = &[
    train::TRAIN,
    evaluate::EVALUATE,
    predict::PREDICT,
    inspect::SUMMARY,
    inspect::INSPECT,
    plot::PLOT,
    files::SAVE,
    files::RUN,
    settings::FREEZE,
    settings::UNFREEZE,
    settings::RESET,
    wordvectors::WORDVECTORS,
    gradcheck::GRADCHECK,
    settings::SET,
    settings::VARS,
    settings::DELETE,
    settings::HISTORY,
    settings::QUIT,
    // These are part of the language itself; the parser reads them.
    form(
        "time",
        "runs a statement and tells how long it took",
        "time train mlp on digits epochs=1",
    ),
    form("assert", "stops if a condition does not hold", "assert 1 + 1 == 2"),
    form("for", "runs statements for each item of a list or range", "for i in 0..3 { i ^ 2 }"),
    form("help", "says what something is: a command, a layer, a function ...", "help conv2d"),
];

const fn command(
    name: &'static str,
    summary: &'static str,
    details: &'static str,
    arguments: &'static [Argument],
    example: &'static str,
    run: Run,
) -> Command {
    Command {
        entry: Entry {
            kind: Kind::Command,
            name,
            aliases: &[],
            summary,
            details,
            arguments,
            example,
        },
        run,
    }
}

const fn form(name: &'static str, summary: &'static str, example: &'static str) -> Command {
    command(name, summary, "", &[], example, |_, given| {
        Err(Failure::at(given.span, "this word begins a statement of its own"))
    })
}

/// The descriptions of all commands.
pub const ENTRIES: &[&Entry] = {
    const fn entries<const N: usize>() -> [&'static Entry; N] {
        let mut all = [&COMMANDS[0].entry; N];
        let mut i = 0;
        while i < N {
            all[i] = &COMMANDS[i].entry;
            i += 1;
        }
        all
    }
    &entries::<{ COMMANDS.len() }>()
};

/// The names of all commands.
pub fn verbs() -> Vec<&'static str> {
    ENTRIES.iter().map(|entry| entry.name).collect()
}

/// Runs a command.
pub fn run(session: &mut Session, verb: &str, span: Span, words: &[Word]) -> Result<(), Failure> {
    let command = COMMANDS.iter().find(|command| command.entry.answers_to(verb));
    let command =
        command.ok_or_else(|| Failure::at(span, format!("there is no command `{verb}`")))?;
    let given = Given { entry: &command.entry, span, words };
    (command.run)(session, &given)
}

/// An option that was given, read from its checked form.
fn option<T: DeserializeOwned>(
    options: &Map<String, Json>,
    name: &str,
    span: Span,
) -> Result<Option<T>, Failure> {
    let given = options.get(name).filter(|value| !value.is_null());
    let read = given.map(|value| serde_json::from_value(value.clone())).transpose();
    read.map_err(|error| Failure::at(span, error.to_string()))
}

/// A command's words as they were given.
struct Given<'a> {
    entry: &'static Entry,
    /// Where the verb stands.
    span: Span,
    words: &'a [Word],
}

impl<'a> Given<'a> {
    /// The expression of an argument, given by its name or by its place.
    fn expr(&self, name: &str) -> Option<&'a Expr> {
        let place = self.entry.arguments.iter().position(|argument| argument.name == name);
        let mut positional = 0;
        for word in self.words {
            match word {
                Word::Named { name: own, value, .. } if own == name => return Some(value),
                Word::Named { .. } => {}
                Word::Positional(value) => {
                    if Some(positional) == place {
                        return Some(value);
                    }
                    positional += 1;
                }
            }
        }
        None
    }

    /// The expression of an argument that must be given.
    fn required(&self, name: &str) -> Result<&'a Expr, Failure> {
        self.expr(name).ok_or_else(|| {
            let what = if name == "on" { "data" } else { name };
            Failure::at(self.span, format!("{} needs {what}", self.entry.name))
                .help(format!("for example: {}", self.entry.example))
        })
    }

    /// All arguments by name, checked against the table. What may be anything is left to who reads it.
    fn checked(&self, session: &mut Session) -> Result<Map<String, Json>, Failure> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        let (mut positional_spans, mut named_spans) = (Vec::new(), Vec::new());
        for word in self.words {
            match word {
                Word::Positional(value) => {
                    let ty = self.entry.arguments.get(positional.len()).map(|argument| argument.ty);
                    positional.push(self.json(session, value, ty)?);
                    positional_spans.push(value.span);
                }
                Word::Named { name, name_span, value } => {
                    let ty = self.entry.argument(name).map(|argument| argument.ty);
                    named.push((name.clone(), self.json(session, value, ty)?));
                    named_spans.push((*name_span, value.span));
                }
            }
        }
        self.entry
            .check(positional, named)
            .map_err(|error| {
                crate::eval::at_argument(&error, self.span, &positional_spans, &named_spans)
            })
            .map_err(|failure| self.explained(failure))
    }

    fn json(&self, session: &mut Session, value: &Expr, ty: Option<Type>) -> Result<Json, Failure> {
        match ty {
            Some(Type::Anything) | None => Ok(Json::Null),
            ty => session.argument(value, ty),
        }
    }

    fn explained(&self, failure: Failure) -> Failure {
        match failure.diagnostic.help {
            Some(_) => failure,
            None => failure.help(format!("for example: {}", self.entry.example)),
        }
    }

    /// The network of an argument, with the name it has, if it has one.
    fn network(
        &self,
        session: &mut Session,
        name: &str,
    ) -> Result<(Option<String>, Box<Model>), Failure> {
        let expr = self.required(name)?;
        let own = match &expr.kind {
            ExprKind::Name(name) if session.names.contains_key(name) => Some(name.clone()),
            _ => None,
        };
        match session.evaluate(expr)? {
            Value::Network(model) => Ok((own, model)),
            other => Err(Failure::at(
                expr.span,
                format!("a network is wanted here, not {}", describe(&other)),
            )),
        }
    }

    /// The network of an argument that is to be changed, so that it must have a name.
    fn named_network(
        &self,
        session: &mut Session,
        name: &str,
    ) -> Result<(String, Box<Model>), Failure> {
        let expr = self.required(name)?;
        match self.network(session, name)? {
            (Some(own), model) => Ok((own, model)),
            (None, _) => Err(Failure::at(
                expr.span,
                format!("{} changes a network, so it must have a name", self.entry.name),
            )
            .help("give it one first: net = ...")),
        }
    }
}

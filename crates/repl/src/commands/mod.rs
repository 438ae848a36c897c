//! The commands: their table, and how their words become arguments.

mod arguments;
mod calibrate;
mod charts;
mod compare;
mod confusing;
mod crossvalidate;
mod cure_names;
mod cut_off;
mod difference;
mod diverged;
mod evaluate;
mod examine;
mod explain;
mod explain_class;
mod explain_file;
mod files;
mod fingerprint;
mod forms;
mod gradcheck;
mod help;
mod history;
mod history_file;
mod inspect;
mod inspected_file;
mod lint;
mod lrfind;
mod next_plan;
mod own_file;
mod plan_words;
mod plot;
mod plotting;
mod predict;
mod profile;
mod refused;
mod rename;
mod replaced;
mod report;
mod restore;
mod run_charts;
mod runs;
mod scored;
mod search;
mod set;
mod settings;
mod shown;
mod strips;
mod summary;
mod threshold;
mod train;
mod train_file;
mod train_records;
mod transcript;
mod undo;
mod varied;
mod vars;
mod watching;
mod wordvectors;

pub(crate) use compare::{CompareFunction, compare_call};
pub use cut_off::with_what_follows;
pub(crate) use evaluate::{EvaluateFunction, evaluate_call};
pub use help::help;
pub(crate) use lrfind::short as short_rate;
pub(crate) use predict::{predictions, samples};

use crate::habits::own_name;
use crate::syntax::{Argument as CallArgument, Expr, ExprKind, Span, Word};
use crate::{Failure, Session, Value};
use relume_catalog::{
    Argument, ArgumentError, Described, Entry, Field, FieldError, Given as GivenValue, Type,
    Value as Json,
};
use relume_training::Model;

/// The arguments of a call as the words of a command.
fn words_of(arguments: &[CallArgument]) -> Vec<Word> {
    let word = |CallArgument { name, value }| match name {
        Some((name, name_span)) => Word::Named { name, name_span, value },
        None => Word::Positional(value),
    };
    arguments.iter().cloned().map(word).collect()
}

type Run = fn(&mut Session, &Given<'_>) -> Result<(), Failure>;

/// A command of the language: a struct whose fields are its arguments.
trait Command: Described {
    /// Runs it with the words that were given.
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure>;
}

/// A command in the table.
struct Row {
    entry: Entry,
    run: Run,
}

/// Every command, in the order of a first session.
static COMMANDS: &[Row] = &[
    command::<train::Train>(),
    command::<evaluate::Evaluate>(),
    command::<crossvalidate::Crossvalidate>(),
    command::<lrfind::Lrfind>(),
    command::<compare::Compare>(),
    command::<search::Search>(),
    command::<predict::Predict>(),
    command::<summary::Summary>(),
    command::<confusing::Confusing>(),
    command::<threshold::Threshold>(),
    command::<calibrate::Calibrate>(),
    command::<inspect::Inspect>(),
    command::<lint::Lint>(),
    command::<explain::Explain>(),
    command::<report::Report>(),
    command::<plot::Plot>(),
    command::<examine::Examine>(),
    command::<runs::Runs>(),
    command::<difference::Diff>(),
    command::<files::Save>(),
    command::<files::Run>(),
    command::<arguments::Arguments>(),
    command::<settings::Freeze>(),
    command::<settings::Unfreeze>(),
    command::<settings::Reset>(),
    command::<wordvectors::Wordvectors>(),
    command::<gradcheck::Gradcheck>(),
    command::<profile::Profile>(),
    command::<set::Set>(),
    command::<vars::Vars>(),
    command::<settings::Delete>(),
    command::<rename::Rename>(),
    command::<undo::Undo>(),
    command::<undo::Redo>(),
    command::<history::History>(),
    command::<history::Rerun>(),
    command::<restore::Restore>(),
    command::<transcript::Transcript>(),
    command::<fingerprint::Fingerprint>(),
    command::<settings::Quit>(),
    // These are part of the language itself; the parser reads them.
    form::<forms::Time>(),
    form::<forms::Assert>(),
    form::<forms::If>(),
    form::<forms::While>(),
    form::<forms::For>(),
    form::<forms::Break>(),
    form::<forms::Continue>(),
    form::<forms::Return>(),
    form::<forms::Try>(),
    form::<forms::Print>(),
    form::<forms::Help>(),
];

const fn command<C: Command>() -> Row {
    Row { entry: C::ENTRY, run: C::run }
}

const fn form<C: Described>() -> Row {
    Row {
        entry: C::ENTRY,
        run: |_, given| Err(Failure::at(given.span, "this word begins a statement of its own")),
    }
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

/// The words that begin commands: their names and the other names that they answer to.
pub fn verbs() -> Vec<&'static str> {
    ENTRIES.iter().flat_map(|entry| entry.aliases.iter().copied().chain([entry.name])).collect()
}

/// Runs a command.
pub fn run(session: &mut Session, verb: &str, span: Span, words: &[Word]) -> Result<(), Failure> {
    let command = COMMANDS.iter().find(|command| command.entry.answers_to(verb));
    let command =
        command.ok_or_else(|| Failure::at(span, format!("there is no command `{verb}`")))?;
    let spread = session.spread_words(words)?;
    let words = spread.as_deref().unwrap_or(words);
    let given = Given { entry: &command.entry, span, words };
    (command.run)(session, &given)
}

/// Refuses a command that changes which names there are where a function runs, which has names of its own.
fn refuse_in_functions(session: &Session, given: &Given<'_>) -> Result<(), Failure> {
    match session.names.depth() {
        0 => Ok(()),
        _ => Err(Failure::at(
            given.span,
            format!("{} stands outside of functions", given.entry.name),
        )),
    }
}

/// An argument that a command evaluates from its words itself: an expression, or a specification that is used as it was
/// built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expression;

impl Field for Expression {
    const TYPE: Type = Type::Anything;

    /// Marks that it was given: an absent one is `null`.
    fn to_value(&self) -> Json {
        Json::from(true)
    }

    fn from_value(_: Json) -> Result<Self, FieldError> {
        Ok(Expression)
    }
}

/// An argument's value for the check against the table.
fn read(
    session: &mut Session,
    value: &Expr,
    argument: Option<&'static Argument>,
) -> Result<GivenValue, Failure> {
    match argument.filter(|argument| argument.ty != Type::Anything) {
        Some(argument) => session.argument(value, Some(argument.ty)),
        None => Ok(Expression.to_value().into()),
    }
}

/// Where arguments stand: those without names; the names and values of the others.
type Spans = (Vec<Span>, Vec<(Span, Span)>);

/// The arguments of a command, read but not checked.
#[derive(Default)]
struct Read {
    positional: Vec<GivenValue>,
    named: Vec<(String, GivenValue)>,
    spans: Spans,
}

/// A command's words as they were given.
#[derive(Clone, Copy)]
struct Given<'a> {
    entry: &'static Entry,
    /// The place of the verb.
    span: Span,
    words: &'a [Word],
}

impl<'a> Given<'a> {
    /// The expression of an argument, given by name or by position.
    fn expr(&self, name: &str) -> Option<&'a Expr> {
        let place = self.entry.arguments.iter().position(|argument| argument.name == name);
        let mut positional = 0;
        for word in self.words {
            match word {
                Word::Named { name: own, value, .. } if own_name(self.entry, own) == name => {
                    return Some(value);
                }
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

    /// The expression of a required argument.
    fn required(&self, name: &str) -> Result<&'a Expr, Failure> {
        self.expr(name).ok_or_else(|| {
            let what = if name == "on" { "data" } else { name };
            Failure::at(self.span, format!("{} needs {what}", self.entry.name))
                .help(format!("for example: {}", self.entry.example_line()))
        })
    }

    /// All arguments, checked against the table. Arguments of any type are checked by their readers; specifications
    /// stay as they were built.
    fn checked<C: Described>(&self, session: &mut Session) -> Result<C, Failure> {
        let Read { positional, named, spans } = self.read(session)?;
        C::from_given(positional, named).map_err(|error| self.misplaced(&error, &spans))
    }

    /// The arguments as they are read. Not generic: it is compiled once.
    fn read(&self, session: &mut Session) -> Result<Read, Failure> {
        let mut all = Read::default();
        for word in self.words {
            match word {
                Word::Positional(value) => {
                    let argument = self.entry.arguments.get(all.positional.len());
                    all.positional.push(read(session, value, argument)?);
                    all.spans.0.push(value.span);
                }
                Word::Named { name, name_span, value } => {
                    let name = own_name(self.entry, name);
                    let argument = self.entry.argument(name);
                    all.named.push((name.to_string(), read(session, value, argument)?));
                    all.spans.1.push((*name_span, value.span));
                }
            }
        }
        Ok(all)
    }

    /// What is wrong with an argument, at its place.
    fn misplaced(&self, error: &ArgumentError, (positional, named): &Spans) -> Failure {
        self.explained(crate::eval::at_argument(error, self.span, positional, named))
    }

    fn explained(&self, failure: Failure) -> Failure {
        match failure.diagnostic.help {
            Some(_) => failure,
            None => failure.help(format!("for example: {}", self.entry.example_line())),
        }
    }

    /// The network of an argument, with its name, if it has one.
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
            other => Err(refused::no_network(expr, &other)),
        }
    }

    /// The network of an argument that will be changed, and therefore must have a name.
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

//! Words of a command that stand for several values, each of which is tried.

use super::plan_words::PlanWords;
use super::train::Train;
use super::{Given, Word};
use crate::habits::own_name;
use crate::syntax::{Expr, ExprKind, Span, Subscript};
use crate::{Failure, Session, Value, show};
use relume_activations::ActivationSpec;
use relume_catalog::{Argument, Described, Spec, Type, counted};
use relume_datasets::Dataset;
use relume_layers::InitializerSpec;
use relume_training::{
    Model, TrainError, Variant, argument_paths, suiting_initializer, with_activation,
    with_argument, with_initializer,
};

/// What is varied, and how often it is trained.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = VaryingOptions)]
pub struct Varying {
    /// The activation function between the layers.
    pub activation: Option<ActivationSpec>,
    /// Initial values of the weights, in each layer that has `init`.
    pub init: Option<InitializerSpec>,
    /// The path of an argument of the network, stage and name, such as "0.units".
    pub vary: Option<String>,
    /// The values of that argument.
    pub values: Option<super::Expression>,
    /// How many seeds each setting is trained with, from the session's own on.
    #[spec(default = 5, range = 1..=1000)]
    pub seeds: u64,
    /// A value of the metric: how many epochs pass until it is reached.
    pub target: Option<f64>,
    /// The most trainings that may be done.
    #[spec(default = 200, positive)]
    pub runs: usize,
    /// Whether the time of a step is shown.
    #[spec(default = false)]
    pub times: bool,
}

/// Words that change the network itself.
const OF_THE_NETWORK: [&str; 3] = ["activation", "init", "values"];

/// Whether a word may have several values: those of `train`, and those that change the network. The others say how is
/// compared.
fn may_vary(word: &str) -> bool {
    OF_THE_NETWORK.contains(&word) || Train::ENTRY.argument(word).is_some()
}

/// A value that is tried, with its text.
#[derive(Clone)]
pub(super) struct Item {
    pub expr: Expr,
    pub label: String,
}

/// A word with the values that are tried in its place.
pub(super) struct Axis {
    /// What varies: the word, or the path of `vary`.
    pub key: String,
    /// The word's name.
    pub word: String,
    /// The values.
    pub items: Vec<Item>,
}

/// The words of a command that compares: networks, data, and the rest by name.
pub(super) struct Words {
    pub networks: Vec<Item>,
    pub on: Expr,
    pub named: Vec<Word>,
}

/// Reads the values that stand for an argument; none if it is a single one.
pub(super) type ReadItems<'a> =
    dyn FnMut(&mut Session, &Expr, &Argument) -> Result<Option<Vec<Item>>, Failure> + 'a;

impl Words {
    /// The words as they were given: `a b on d`, `a b d`, `nets=[a, b] on d`.
    ///
    /// # Errors
    /// No network, or no data.
    pub fn of(session: &mut Session, given: &Given<'_>) -> Result<Self, Failure> {
        let (mut networks, mut lists, mut on, mut named) =
            (Vec::new(), Vec::new(), None, Vec::new());
        for word in given.words {
            match word {
                Word::Positional(expr) => networks.push(expr.clone()),
                Word::Named { name, value, .. } => match own_name(given.entry, name) {
                    "on" => on = Some(value.clone()),
                    "network" | "nets" => lists.push(value.clone()),
                    _ => named.push(word.clone()),
                },
            }
        }
        // The data come last of what has no name.
        if on.is_none() && networks.len() + lists.len() > 1 {
            on = networks.pop();
        }
        networks.extend(lists);
        let needs = |what: &str| {
            Failure::at(given.span, format!("{} needs {what}", given.entry.name))
                .help(format!("for example: {}", given.entry.example_line()))
        };
        if networks.is_empty() {
            return Err(needs("a network"));
        }
        let mut items = Vec::new();
        for expr in networks {
            match several(session, &expr, "network")? {
                Some(own) => items.extend(own),
                None => items.push(Item { label: text(session, expr.span), expr }),
            }
        }
        Ok(Words { networks: items, on: on.ok_or_else(|| needs("data"))?, named })
    }

    /// The words with one value in the place of each that varies.
    pub fn with(&self, network: &Item, chosen: &[(&Axis, &Item)]) -> Vec<Word> {
        let on =
            Word::Named { name: "on".to_string(), name_span: self.on.span, value: self.on.clone() };
        let named = self.named.iter().map(|word| {
            let Word::Named { name, name_span, .. } = word else { return word.clone() };
            match chosen.iter().find(|(axis, _)| axis.word == *name) {
                Some((_, item)) => Word::Named {
                    name: name.clone(),
                    name_span: *name_span,
                    value: item.expr.clone(),
                },
                None => word.clone(),
            }
        });
        [Word::Positional(network.expr.clone()), on].into_iter().chain(named).collect()
    }

    /// The words by name that stand for several values, as `read` says.
    pub fn axes(
        &self,
        session: &mut Session,
        given: &Given<'_>,
        read: &mut ReadItems<'_>,
    ) -> Result<Vec<Axis>, Failure> {
        let mut axes = Vec::new();
        for word in &self.named {
            let Word::Named { name, name_span, value } = word else { continue };
            let own = own_name(given.entry, name);
            let Some(argument) = given.entry.argument(own) else {
                self.refuse_a_stages_argument(session, given, name, name_span.to(value.span))?;
                continue;
            };
            // A list is what some arguments take themselves.
            if matches!(argument.ty, Type::List(_)) {
                continue;
            }
            if !may_vary(own) {
                refuse_a_list(given, argument, value)?;
                continue;
            }
            if let Some(items) = read(session, value, argument)? {
                let key = match own {
                    "values" => self.path(session, given)?.unwrap_or_else(|| own.to_string()),
                    own => own.to_string(),
                };
                axes.push(Axis { key, word: name.clone(), items });
            }
        }
        Ok(axes)
    }

    /// Refuses an argument of one of the network's stages, which its path names, as the stages themselves have it.
    /// Another unknown word is left to the check of all words.
    fn refuse_a_stages_argument(
        &self,
        session: &mut Session,
        given: &Given<'_>,
        name: &str,
        word: Span,
    ) -> Result<(), Failure> {
        let Some(network) = self.networks.first() else { return Ok(()) };
        let Value::Network(model) = session.evaluate(&network.expr)? else { return Ok(()) };
        let paths = argument_paths(model.spec(), name);
        let Some((first, others)) = paths.split_first() else { return Ok(()) };
        let typed = |start: usize, end: usize| text(session, Span::new(start, end));
        let values = typed(word.start + name.len(), word.end);
        let values = values.trim_start_matches('=').trim_start();
        let ends = given.words.iter().map(|word| match word {
            Word::Positional(value) | Word::Named { value, .. } => value.span.end,
        });
        let end = ends.max().unwrap_or(word.end).max(word.end);
        let (before, after) = (typed(given.span.start, word.start), typed(word.end, end));
        // As a function, it has brackets and commas.
        let line = match before.starts_with(&format!("{}(", given.entry.name)) {
            true => format!("vary=\"{first}\", values={values}"),
            false => format!("{before} vary=\"{first}\" values={values} {after}"),
        };
        let mut help = format!("write: {}", line.trim_end());
        if !others.is_empty() {
            let others: Vec<String> = others.iter().map(|path| format!("\"{path}\"")).collect();
            help += &format!("\n      or with another path: {}", others.join(", "));
        }
        let message =
            format!("`{name}` is an argument of the network's layers, not of {}", given.entry.name);
        Err(Failure::at(Span::new(word.start, word.start + name.len()), message).help(help))
    }

    /// Refuses a path without values, and values without a path.
    ///
    /// # Errors
    /// One of both is missing.
    pub(super) fn check_path(&self, given: &Given<'_>) -> Result<(), Failure> {
        let problem = match (given.expr("vary"), given.expr("values")) {
            (Some(path), None) => (path.span, "vary is a path: its values are missing"),
            (None, Some(values)) => (values.span, "values are those of a path: vary= is missing"),
            _ => return Ok(()),
        };
        let example = "for example: vary=\"0.units\" values=[32, 64]";
        Err(Failure::at(problem.0, problem.1).help(example))
    }

    /// The text of `vary`, which may stand under a name.
    fn path(&self, session: &mut Session, given: &Given<'_>) -> Result<Option<String>, Failure> {
        let path = self.named.iter().find_map(|word| match word {
            Word::Named { name, value, .. } if own_name(given.entry, name) == "vary" => Some(value),
            _ => None,
        });
        Ok(match path.map(|expr| session.evaluate(expr)).transpose()? {
            Some(Value::Text(path)) => Some(path),
            _ => None,
        })
    }
}

/// Refuses a list for a word that has one value for all trainings.
fn refuse_a_list(given: &Given<'_>, argument: &Argument, value: &Expr) -> Result<(), Failure> {
    if !matches!(value.kind, ExprKind::List(_)) {
        return Ok(());
    }
    let Argument { name, help, ty, .. } = argument;
    let message =
        format!("{}'s `{name}` is one value for all trainings, not a list", given.entry.name);
    Err(Failure::at(value.span, message).help(format!("{name}: {help} ({ty})")))
}

/// The items of a list, or of a name that stands for one, as the values of a word; `None` for anything else.
///
/// # Errors
/// A list without items.
pub(super) fn several(
    session: &Session,
    expr: &Expr,
    word: &str,
) -> Result<Option<Vec<Item>>, Failure> {
    let items = items(session, expr);
    match items.as_deref() {
        Some([]) => Err(Failure::at(expr.span, format!("{word} has no value: the list is empty"))
            .help("a list holds what is tried, such as lr=[0.1, 0.01] or activation=[relu, tanh]")),
        _ => Ok(items),
    }
}

fn items(session: &Session, expr: &Expr) -> Option<Vec<Item>> {
    match &expr.kind {
        ExprKind::List(items) => {
            let item = |expr: &Expr| Item { label: text(session, expr.span), expr: expr.clone() };
            Some(items.iter().map(item).collect())
        }
        ExprKind::Name(name) => {
            let values: Vec<Value> = match session.names.get(name) {
                Some(Value::List(items)) => items.clone(),
                Some(Value::Tensor(own)) if own.rank() == 1 => {
                    own.data().iter().map(|&x| Value::Number(crate::eval::widened(x))).collect()
                }
                _ => return None,
            };
            let item = |(place, value): (usize, &Value)| {
                let index = Expr { kind: ExprKind::Number(place as f64), span: expr.span };
                let kind = match value {
                    Value::Number(x) => ExprKind::Number(*x),
                    _ => ExprKind::Index(Box::new(expr.clone()), vec![Subscript::Item(index)]),
                };
                let label = match value {
                    Value::Network(model) => model.spec().to_string(),
                    other => show::show(other),
                };
                Item { expr: Expr { kind, span: expr.span }, label }
            };
            Some(values.iter().enumerate().map(item).collect())
        }
        _ => None,
    }
}

/// An expression as it was typed, in one line.
pub(super) fn text(session: &Session, span: Span) -> String {
    let text = session.text.text.get(span.start..span.end).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All combinations of the items of some axes, those of the last axis changing fastest.
pub(super) fn combinations(axes: &[Axis]) -> Vec<Vec<(&Axis, &Item)>> {
    axes.iter().fold(vec![Vec::new()], |all, axis| {
        let longer = |own: &Vec<_>| {
            let with = |item| own.iter().copied().chain([(axis, item)]).collect::<Vec<_>>();
            axis.items.iter().map(with).collect::<Vec<_>>()
        };
        all.iter().flat_map(longer).collect()
    })
}

impl Varying {
    /// The setting that the words of one combination say.
    ///
    /// # Errors
    /// A network that cannot be varied so, and those of the plan.
    pub(super) fn variant(
        &self,
        session: &mut Session,
        given: &Given<'_>,
        plan: PlanWords,
        (model, data): (&Model, &Dataset),
        values: Vec<String>,
    ) -> Result<Variant, Failure> {
        let place = |argument: &str| given.expr(argument).map_or(given.span, |expr| expr.span);
        let failed = |argument: &'static str| {
            let span = place(argument);
            move |error: TrainError| Failure::training(&error, span, None)
        };
        let mut spec = model.spec().clone();
        if let Some(activation) = &self.activation {
            spec = with_activation(&spec, activation).map_err(failed("activation"))?;
        }
        if let Some(initializer) = &self.init {
            spec = with_initializer(&spec, initializer).map_err(failed("init"))?;
        }
        // Words without one of both are refused before.
        if let (Some(path), Some(expr)) = (&self.vary, given.expr("values")) {
            let value = plain(session.evaluate(expr)?);
            spec = with_argument(&spec, path, value).map_err(failed("values"))?;
        }
        let model = match spec == *model.spec() {
            true => model.clone(),
            false => model.with_network(spec).map_err(failed("network"))?,
        };
        let plan = plan.plan_alone(given, &model, data)?;
        Ok(Variant { values, model, plan })
    }

    /// The activation that is tried, and the initializer that suits it, unless another one is given.
    pub(super) fn suiting(&self) -> Option<(&ActivationSpec, InitializerSpec)> {
        let activation = self.activation.as_ref().filter(|_| self.init.is_none())?;
        Some((activation, suiting_initializer(activation)?))
    }

    /// Refuses more trainings than are allowed.
    ///
    /// # Errors
    /// There are more.
    pub fn check_runs(&self, settings: usize, span: Span) -> Result<(), Failure> {
        let wanted = (settings as u64).saturating_mul(self.seeds);
        if wanted <= self.runs as u64 {
            return Ok(());
        }
        let seeds = self.seeds;
        let (settings, seeds) = (counted(settings, "setting"), counted(seeds as usize, "seed"));
        let message = format!("{settings} with {seeds}: that is {wanted} trainings");
        Err(Failure::at(span, message)
            .help(format!("runs={wanted} allows so many; fewer values or seeds= take less time")))
    }
}

/// A value as an argument of a stage.
fn plain(value: Value) -> serde_json::Value {
    match value {
        Value::Network(model) if model.spec().layers.len() == 1 => {
            serde_json::json!(model.spec().layers[0])
        }
        other => other.json(),
    }
}

/// A model as a comparison begins it: one that was trained by itself has new weights, but for frozen ones.
pub(super) fn begun(session: &Session, model: Box<Model>, span: Span) -> Result<Model, Failure> {
    if model.run().step == 0 {
        return Ok(*model);
    }
    let anew = model.starting_anew(session.settings.seed);
    anew.map_err(|error| Failure::training(&error, span, None))
}

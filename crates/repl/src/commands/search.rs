//! `search`.

use super::compare::{Shown, finish, trained};
use super::plan_words::{PlanWords, PlanWordsOptions};
use super::train::{Train, data};
use super::varied::{Axis, Item, Varying, VaryingOptions, Words, begun, several, text};
use super::{Command, Expression, Given, Word};
use crate::habits::own_name;
use crate::show::number;
use crate::syntax::{Expr, ExprKind};
use crate::tables::{KINDS, find};
use crate::{Failure, Session};
use relume_catalog::{Argument, Described, Kind, Spec, Type, counted};
use relume_datasets::Dataset;
use relume_tensor::{Rng, Stream};
use relume_training::{
    DistributionSpec, Grid, Method, Model, Search as Searched, Variant, distributions::Integers,
};
use std::collections::BTreeSet;

/// Searches for the settings that train a network best.
///
/// Arguments of `train`, `activation`, `init` and, with `vary`, an argument of the network are drawn from a list, from
/// a range of whole numbers such as `16..129`, or from a distribution: loguniform(0.0001, 0.1), uniform(0, 0.5),
/// integers(1, 8). With method="random" each trial is trained to the end; with "halving" all are trained a little, and
/// the best third goes on from where it was for three times as long, again and again. Settings are judged by the
/// validation part, never by the test part; with several seeds a figure is their mean ± their standard deviation (n -
/// 1). The table has the best first, and the last line is the statement that trains with it. Ctrl-C shows what is done.
///
/// ```relume
/// net = dense(8) -> relu -> dense(3)
/// search net on iris lr=loguniform(0.001, 0.1) batch=[8, 16] trials=4 epochs=2
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Search {
    /// The network.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// How many settings are tried.
    #[spec(default = 20, range = 1..=10000)]
    pub trials: usize,
    /// How: each to the end, or the best third further and further.
    #[spec(default = Method::Random)]
    pub method: Method,
    /// What varies.
    #[spec(flatten = VaryingOptions, default(seeds = 1))]
    pub varying: Varying,
    /// How it is trained.
    #[spec(flatten = PlanWordsOptions)]
    pub plan: PlanWords,
}

/// Values that a word is drawn from.
enum Source {
    /// One of them.
    Items(Vec<Item>),
    /// A number.
    Numbers(DistributionSpec),
}

/// A word, and what it is drawn from.
struct Drawn {
    axis: Axis,
    source: Source,
}

impl Command for Search {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words = Words::of(session, given)?;
        let [network] = &words.networks[..] else {
            let message = "search is for one network: compare takes several";
            return Err(Failure::at(given.span, message)
                .help("search net on d lr=loguniform(0.0001, 0.1) batch=[16, 32] trials=20"));
        };
        let sources = sources(session, given, &words)?;
        let mut draws = Draws::new(session, &sources);
        // One setting is checked before the others are drawn: it has all words.
        let Some(first) = draws.next() else {
            return Err(Failure::at(given.span, "there is nothing to search"));
        };
        let with = |setting: &[Item]| {
            let chosen: Vec<(&Axis, &Item)> =
                sources.iter().map(|own| &own.axis).zip(setting).collect();
            words.with(network, &chosen)
        };
        let first_words = with(&first);
        let first_given = Given { words: &first_words, ..*given };
        let typed: Self = first_given.checked(session)?;
        let settings = draws.settings(session, first, typed.trials);
        typed.varying.check_runs(settings.len(), given.span)?;
        let data = data(session, &first_given)?;
        let model = model(session, &first_given)?;
        let mut variants = Vec::with_capacity(settings.len());
        for setting in settings {
            let words = with(&setting);
            let own = Given { words: &words, ..*given };
            let Search { varying, plan, .. } = own.checked(session)?;
            let labels = setting.into_iter().map(|item| item.label).collect();
            variants.push(varying.variant(session, &own, plan, (&model, &data), labels)?);
        }
        let searched = Searching { words: &words, sources: &sources, model: &model, data: &data };
        searched.search(session, given, &typed, variants)
    }
}

/// What a search is made with.
struct Searching<'a> {
    words: &'a Words,
    sources: &'a [Drawn],
    model: &'a Model,
    data: &'a Dataset,
}

impl Searching<'_> {
    /// Trains the settings, and shows them with the statement of the best.
    fn search(
        &self,
        session: &mut Session,
        given: &Given<'_>,
        typed: &Search,
        variants: Vec<Variant>,
    ) -> Result<(), Failure> {
        let keys: Vec<String> = self.sources.iter().map(|own| own.axis.key.clone()).collect();
        let Varying { seeds, target, times, .. } = typed.varying;
        let first_seed = session.settings.seed;
        let grid = Grid { keys, variants, seeds, first_seed, target, is_paired: false };
        let searched = Searched { grid, method: typed.method };
        let comparison = trained(session, given, &searched, self.data)?;
        let best = comparison.best().map(|best| (best.variant, best.values.clone()));
        let goes_on = typed.method == Method::Random;
        let shown = Shown { times, what: "search", goes_on };
        let result = finish(session, given, comparison, &shown);
        if let Some((variant, values)) = best {
            let best = &searched.grid.variants[variant];
            let statement = self.statement(session, given, best, &values);
            session.output.result(&statement, || serde_json::json!({ "statement": statement }));
        }
        result
    }

    /// The statement that trains with a setting: with the network where it was varied, and the words that `train` has.
    fn statement(
        &self,
        session: &Session,
        given: &Given<'_>,
        best: &Variant,
        values: &[String],
    ) -> String {
        let mut plan = String::new();
        for word in &self.words.named {
            let Word::Named { name, value, .. } = word else { continue };
            let own = own_name(given.entry, name);
            if Train::ENTRY.argument(own).is_none() {
                continue;
            }
            let drawn = self.sources.iter().position(|source| source.axis.word == *name);
            let drawn = drawn.and_then(|at| values.get(at)).cloned();
            plan += &format!(" {own}={}", drawn.unwrap_or_else(|| text(session, value.span)));
        }
        let network = self.words.networks.first().map_or("net", |own| &own.label);
        let on = text(session, self.words.on.span);
        if best.model.spec() == self.model.spec() {
            return format!("train {network} on {on}{plan}");
        }
        let is_name = network.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        let name = if is_name { network } else { "net" };
        format!("{name} = {}; train {name} on {on}{plan}", best.model.spec())
    }
}

/// The network that is searched for.
fn model(session: &mut Session, given: &Given<'_>) -> Result<Model, Failure> {
    let (_, model) = given.network(session, "network")?;
    begun(session, model, given.required("network")?.span)
}

/// What each word is drawn from.
fn sources(session: &mut Session, given: &Given<'_>, words: &Words) -> Result<Vec<Drawn>, Failure> {
    let mut read = Vec::new();
    let axes = words.axes(session, given, &mut |session, expr, argument| {
        let source = source(session, expr, argument)?;
        let is_drawn = source.is_some();
        read.extend(source);
        // The axis itself has one item, which is replaced by what is drawn.
        let item = Item { expr: expr.clone(), label: text(session, expr.span) };
        Ok(is_drawn.then(|| vec![item]))
    })?;
    let drawn: Vec<Drawn> =
        axes.into_iter().zip(read).map(|(axis, source)| Drawn { axis, source }).collect();
    words.check_path(given)?;
    match drawn.is_empty() {
        true => Err(Failure::at(
            given.span,
            "there is nothing to search: no word is drawn from anything",
        )
        .help("for example: search net on d lr=loguniform(0.0001, 0.1) batch=[16, 32]")),
        false => Ok(drawn),
    }
}

/// What an expression is drawn from; `None` if it is a value.
fn source(
    session: &mut Session,
    expr: &Expr,
    argument: &Argument,
) -> Result<Option<Source>, Failure> {
    if let Some(items) = several(session, expr, argument.name)? {
        return Ok(Some(Source::Items(items)));
    }
    // `init=uniform(-1, 1)` is an initializer.
    if matches!(argument.ty, Type::Spec(_)) {
        return Ok(None);
    }
    if let ExprKind::Range(start, end) = &expr.kind {
        let (low, high) = (session.whole(start)?, session.whole(end)?.saturating_sub(1));
        if high < low {
            return Err(Failure::at(expr.span, "the range has no number"));
        }
        let numbers = match low == high {
            true => return Ok(Some(Source::Items(vec![whole(low, expr)]))),
            false => Integers { low, high },
        };
        return Ok(Some(Source::Numbers(numbers.into())));
    }
    let ExprKind::Call { callee, .. } = &expr.kind else { return Ok(None) };
    let ExprKind::Name(name) = &callee.kind else { return Ok(None) };
    let is_known = |name: &str| {
        let kinds = KINDS.iter().chain(&[Kind::Function]);
        kinds.copied().any(|kind| find(kind, name).is_some())
    };
    if session.names.contains_key(name) {
        return Ok(None);
    }
    if find(Kind::Distribution, name).is_none() {
        return match is_known(name) {
            true => Ok(None),
            false => Err(session.unknown(name, callee.span)),
        };
    }
    let spec = session.argument(expr, Some(Type::Spec(Kind::Distribution)))?;
    Ok(spec.take::<DistributionSpec>().ok().map(Source::Numbers))
}

fn whole(x: i64, at: &Expr) -> Item {
    let expr = Expr { kind: ExprKind::Number(x as f64), span: at.span };
    Item { expr, label: x.to_string() }
}

/// Settings that are drawn, each once.
struct Draws<'a> {
    sources: &'a [Drawn],
    rng: Rng,
    seen: BTreeSet<Vec<String>>,
}

impl<'a> Draws<'a> {
    fn new(session: &Session, sources: &'a [Drawn]) -> Self {
        let rng = Rng::stream(session.settings.seed, Stream::Search);
        Draws { sources, rng, seen: BTreeSet::new() }
    }

    /// A first setting, and others up to so many. It is told if there are not as many.
    fn settings(self, session: &mut Session, first: Vec<Item>, trials: usize) -> Vec<Vec<Item>> {
        let settings: Vec<Vec<Item>> =
            std::iter::once(first).chain(self.take(trials.saturating_sub(1))).collect();
        if settings.len() < trials {
            let count = counted(settings.len(), "setting");
            let verb = if settings.len() == 1 { "is" } else { "are" };
            let text = format!("there {verb} only {count}: no others are tried");
            session.output.remark(&text);
        }
        settings
    }
}

impl Iterator for Draws<'_> {
    type Item = Vec<Item>;

    fn next(&mut self) -> Option<Vec<Item>> {
        const TRIES: usize = 50;
        (0..TRIES).find_map(|_| {
            let own: Vec<Item> = self.sources.iter().map(|own| drawn(own, &mut self.rng)).collect();
            let labels: Vec<String> = own.iter().map(|item| item.label.clone()).collect();
            self.seen.insert(labels).then_some(own)
        })
    }
}

fn drawn(own: &Drawn, rng: &mut Rng) -> Item {
    match &own.source {
        Source::Items(items) => items[rng.below(items.len())].clone(),
        Source::Numbers(numbers) => {
            let x = numbers.inner().draw(rng);
            let span = own.axis.items[0].expr.span;
            Item { expr: Expr { kind: ExprKind::Number(x), span }, label: number(x) }
        }
    }
}

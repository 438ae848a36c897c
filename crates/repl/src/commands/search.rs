//! `search`.

use super::compare::{Shown, finish, trained};
use super::plan_words::{PlanWords, PlanWordsOptions};
use super::train::data;
use super::varied::{Axis, Item, Varying, VaryingOptions, Words, begun, several, text};
use super::{Command, Expression, Given, Word};
use crate::habits::own_name;
use crate::show::number;
use crate::syntax::{Expr, ExprKind};
use crate::tables::find;
use crate::{Failure, Session};
use relume_catalog::{Kind, Spec, Type};
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
/// validation part, never by the test part. The table has the best first, and the last line is the statement that
/// trains with it. Ctrl-C shows what is done.
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
        let settings = draw(session, given, &sources)?;
        let (mut variants, mut own_words, mut shared) = (Vec::new(), None, None);
        for setting in &settings {
            let axes = sources.iter().map(|own| &own.axis);
            let chosen: Vec<(&Axis, &Item)> = axes.zip(setting).collect();
            let typed_words = words.with(network, &chosen);
            let own = Given { words: &typed_words, ..*given };
            let typed: Self = own.checked(session)?;
            if shared.is_none() {
                typed.varying.check_runs(settings.len(), given.span)?;
                shared = Some((data(session, &own)?, model(session, &own)?));
            }
            let Some((data, model)) = &shared else { continue };
            let labels = setting.iter().map(|item| item.label.clone()).collect();
            let plan = typed.plan.clone();
            variants.push(typed.varying.variant(session, &own, plan, (model, data), labels)?);
            own_words = Some(typed);
        }
        let (Some(typed), Some((data, _))) = (own_words, shared) else {
            return Err(Failure::at(given.span, "there is nothing to search"));
        };
        search(session, given, &words, &typed, (variants, &sources, &data))
    }
}

/// Trains the settings, and shows them with the statement of the best.
fn search(
    session: &mut Session,
    given: &Given<'_>,
    words: &Words,
    typed: &Search,
    (variants, sources, data): (Vec<Variant>, &[Drawn], &Dataset),
) -> Result<(), Failure> {
    let keys: Vec<String> = sources.iter().map(|own| own.axis.key.clone()).collect();
    let Varying { seeds, target, times, .. } = typed.varying;
    let first_seed = session.settings.seed;
    let grid = Grid { keys, variants, seeds, first_seed, target, is_paired: false };
    let searched = Searched { grid, method: typed.method };
    let comparison = trained(session, given, &searched, data)?;
    let best = comparison.best().map(|best| (best.variant, best.values.clone()));
    let goes_on = typed.method == Method::Random;
    let result = finish(session, given, comparison, &Shown { times, what: "search", goes_on });
    if let Some((variant, values)) = best {
        let best = (&searched.grid.variants[variant], &values[..]);
        let statement = statement(session, given, words, sources, best);
        session.output.result(&statement, || serde_json::json!({ "statement": statement }));
    }
    result
}

/// The network that is searched for.
fn model(session: &mut Session, given: &Given<'_>) -> Result<Model, Failure> {
    let (_, model) = given.network(session, "network")?;
    begun(session, model, given.required("network")?.span)
}

/// What each word is drawn from.
fn sources(session: &mut Session, given: &Given<'_>, words: &Words) -> Result<Vec<Drawn>, Failure> {
    let mut read = Vec::new();
    let axes = words.axes(session, given, &mut |session, expr, ty| {
        let source = source(session, expr, ty)?;
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
fn source(session: &mut Session, expr: &Expr, ty: Type) -> Result<Option<Source>, Failure> {
    if let Some(items) = several(session, expr)? {
        return Ok(Some(Source::Items(items)));
    }
    // `init=uniform(-1, 1)` is an initializer.
    if matches!(ty, Type::Spec(_)) {
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
    if session.names.contains_key(name) || find(Kind::Distribution, name).is_none() {
        return Ok(None);
    }
    let spec = session.argument(expr, Some(Type::Spec(Kind::Distribution)))?;
    Ok(spec.take::<DistributionSpec>().ok().map(Source::Numbers))
}

fn whole(x: i64, at: &Expr) -> Item {
    let expr = Expr { kind: ExprKind::Number(x as f64), span: at.span };
    Item { expr, label: x.to_string() }
}

/// The settings that are tried, each once.
fn draw(
    session: &mut Session,
    given: &Given<'_>,
    sources: &[Drawn],
) -> Result<Vec<Vec<Item>>, Failure> {
    const TRIES: usize = 50;
    let trials = match given.expr("trials") {
        Some(expr) => usize::try_from(session.whole(expr)?).unwrap_or(0),
        None => Search::new(Expression, Expression).trials,
    };
    let mut rng = Rng::stream(session.settings.seed, Stream::Search);
    let (mut settings, mut seen) = (Vec::new(), BTreeSet::new());
    for _ in 0..trials.clamp(1, 10_000) {
        let fresh = (0..TRIES).find_map(|_| {
            let own: Vec<Item> = sources.iter().map(|own| drawn(own, &mut rng)).collect();
            let labels: Vec<String> = own.iter().map(|item| item.label.clone()).collect();
            seen.insert(labels).then_some(own)
        });
        match fresh {
            Some(own) => settings.push(own),
            None => break,
        }
    }
    if settings.len() < trials {
        let count = settings.len();
        session
            .output
            .remark(&format!("there are hardly more than {count} settings: these are tried"));
    }
    Ok(settings)
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

/// The statement that trains with a setting: with the network where it was varied, and without the words of the search.
fn statement(
    session: &Session,
    given: &Given<'_>,
    words: &Words,
    sources: &[Drawn],
    (best, values): (&Variant, &[String]),
) -> String {
    const NETWORKS: [&str; 4] = ["activation", "init", "vary", "values"];
    const OWN: [&str; 6] = ["trials", "method", "seeds", "target", "runs", "times"];
    let (mut is_changed, mut plan) = (false, String::new());
    for word in &words.named {
        let Word::Named { name, value, .. } = word else { continue };
        let drawn = sources.iter().position(|source| source.axis.word == *name);
        let text = drawn.and_then(|at| values.get(at)).cloned();
        let text = text.unwrap_or_else(|| super::varied::text(session, value.span));
        match own_name(given.entry, name) {
            own if OWN.contains(&own) => {}
            own if NETWORKS.contains(&own) => is_changed = true,
            own => plan += &format!(" {own}={text}"),
        }
    }
    let network = words.networks.first().map_or("net", |own| &own.label);
    let on = text(session, words.on.span);
    if !is_changed {
        return format!("train {network} on {on}{plan}");
    }
    let is_name = network.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let name = if is_name { network } else { "net" };
    format!("{name} = {}; train {name} on {on}{plan}", best.model.spec())
}

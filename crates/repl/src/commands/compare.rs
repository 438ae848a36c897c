//! `compare`, the command and the function.

use super::plan_words::{PlanWords, PlanWordsOptions};
use super::train::data;
use super::varied::{Varying, VaryingOptions, Words, begun, combinations, several};
use super::{Command, Expression, Given, words_of};
use crate::compared::table;
use crate::json;
use crate::progress::RunWatcher;
use crate::syntax::{Argument as CallArgument, Expr, ExprKind, Span};
use crate::tables::find;
use crate::{Failure, Session, Value};
use relume_catalog::{Described, Kind, Spec, counted};
use relume_datasets::Dataset;
use relume_training::{
    Comparison, Grid, KnownRuns, Method, Observer, Search, TrainError, Variant,
    with_suiting_initializer,
};
use std::collections::BTreeSet;

/// Trains settings that differ in one thing or several, each with the same seeds, and says whether they differ.
///
/// Networks stand one after the other, and any argument of `train` may be a list of values, as may `activation`, `init`
/// and, with `vary`, an argument of the network; several lists give all combinations. A seed decides the samples that
/// are held out, their order and the initial weights, which are the same where shapes are. With `activation`, the
/// layers before the activation begin as suits it unless they have an `init` (he_normal for relu and the like,
/// xavier_uniform for tanh and sigmoid, lecun_normal for selu); `init` gives all layers the same. Settings are judged
/// by the validation part after the last epoch, with `keep="best"` after the best one, never by the test part. A figure
/// is the mean over the seeds ± their standard deviation (n - 1), which says how far one training is from another, not
/// how well the mean is known. The difference from the first setting is that of the same seeds, with its 95 % interval
/// (Student's t), which says the latter; a star is one that is beyond chance, with Holm's correction for so many
/// comparisons; of classes, McNemar's exact test says whether the settings are wrong on other samples with the last
/// seed. The networks stay as they are; those that were trained begin with new weights, in which what is frozen stays.
/// As many trainings run at a time as there are threads. Ctrl-C shows what is done, and the same command goes on from
/// there. As a function, compare(net, data, ...), it gives a value: `plot` draws its curves, and `.mean` has the
/// figures.
///
/// ```relume
/// net = dense(8) -> relu -> dense(3)
/// compare net on iris activation=[relu, tanh] seeds=2 epochs=2
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Compare {
    /// The network, or several of them.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// Networks in a list, in the place of those before it.
    pub nets: Option<Expression>,
    /// What varies.
    #[spec(flatten = VaryingOptions)]
    pub varying: Varying,
    /// How it is trained.
    #[spec(flatten = PlanWordsOptions)]
    pub plan: PlanWords,
}

/// Trainings of several settings, compared, as a value.
///
/// Its arguments are those of the command. `.mean`, `.sd`, `.difference`, `.p` and `.p_holm`, which is the probability
/// with Holm's correction, have a number for each setting in their order, `.settings` their texts, `.best` the text of
/// the best; `.validation_loss` and other figures of a history are curves, `[settings, epochs]`.
///
/// ```relume
/// net = dense(8) -> relu -> dense(3)
/// c = compare(net, iris, lr=[0.01, 0.1], seeds=2, epochs=2)
/// plot c
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function, name = "compare")]
pub struct CompareFunction {
    /// The network, or a list of networks.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// Networks in a list.
    pub nets: Option<Expression>,
    /// What varies.
    #[spec(flatten = VaryingOptions)]
    pub varying: Varying,
    /// How it is trained.
    #[spec(flatten = PlanWordsOptions)]
    pub plan: PlanWords,
}

impl Command for Compare {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let (comparison, times) = compared(session, given)?;
        let shown = Shown { times, what: "comparison", goes_on: true };
        finish(session, given, comparison, &shown)
    }
}

/// The command's figures as a value, for the arguments of a call.
pub(crate) fn compare_call(
    session: &mut Session,
    arguments: &[CallArgument],
    span: Span,
) -> Result<Value, Failure> {
    let words = words_of(arguments);
    let given = Given { entry: &Compare::ENTRY, span, words: &words };
    let (comparison, _) = compared(session, &given)?;
    match comparison.is_complete() {
        true => Ok(Value::Comparison(Box::new(comparison))),
        false => {
            session.acknowledge_interrupt("the comparison was interrupted");
            Err(Failure::interrupted(span, "the comparison was interrupted"))
        }
    }
}

/// Trains the settings, and whether times are to be shown.
fn compared(session: &mut Session, given: &Given<'_>) -> Result<(Comparison, bool), Failure> {
    let words = Words::of(session, given)?;
    let axes = words.axes(session, given, &mut |session, expr, argument| {
        refuse_a_distribution(session, given, expr)?;
        several(session, expr, argument.name)
    })?;
    let has_networks = words.networks.len() > 1;
    words.check_path(given)?;
    if !has_networks && axes.is_empty() {
        return Err(Failure::at(
            given.span,
            "there is nothing to compare: no word has several values",
        )
        .help("for example: compare net on d activation=[relu, tanh], or compare a b on d"));
    }
    let keys: Vec<String> = has_networks.then(|| "network".to_string()).into_iter().collect();
    let keys = keys.into_iter().chain(axes.iter().map(|axis| axis.key.clone())).collect();
    let combinations = combinations(&axes);
    let (mut variants, mut options, mut shared) = (Vec::new(), None, None);
    let mut initializers: Vec<[String; 2]> = Vec::new();
    for network in &words.networks {
        for chosen in &combinations {
            let own = words.with(network, chosen);
            let own = Given { words: &own, ..*given };
            let typed: Compare = own.checked(session)?;
            if options.is_none() {
                let settings = words.networks.len() * combinations.len();
                typed.varying.check_runs(settings, given.span)?;
                shared = Some(data(session, &own)?);
            }
            let Some(data) = &shared else { continue };
            let labels = has_networks.then(|| network.label.clone()).into_iter();
            let labels = labels.chain(chosen.iter().map(|(_, item)| item.label.clone())).collect();
            let suiting = typed.varying.suiting();
            let told = suiting.map(|(activation, own)| [activation.to_string(), own.to_string()]);
            initializers.extend(told.filter(|own| !initializers.contains(own)));
            variants.push(variant(session, &own, &typed, data, labels)?);
            options = Some(typed.varying);
        }
    }
    let (Some(options), Some(data)) = (options, shared) else {
        return Err(Failure::at(given.span, "there is nothing to compare"));
    };
    refuse_doubled(&variants, given.span)?;
    let grid = Grid {
        keys,
        variants,
        seeds: options.seeds,
        first_seed: session.settings.seed,
        target: options.target,
        is_paired: true,
    };
    let search = Search { grid, method: Method::Random };
    let trained = trained(session, given, &search, &data)?;
    Ok((Comparison { initializers, ..trained }, options.times))
}

/// Refuses what is drawn from: a comparison has the values that are given.
fn refuse_a_distribution(session: &Session, given: &Given<'_>, expr: &Expr) -> Result<(), Failure> {
    let name = match &expr.kind {
        ExprKind::Range(..) => None,
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Name(name) if !session.names.contains_key(name) => Some(name.as_str()),
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    let is_drawn = |name: &str| {
        find(Kind::Distribution, name).is_some() && find(Kind::Initializer, name).is_none()
    };
    if !name.is_none_or(is_drawn) {
        return Ok(());
    }
    let what = name.unwrap_or("a range");
    Err(Failure::at(
        expr.span,
        format!("{what} is drawn from, and {} takes a list", given.entry.name),
    )
    .help("lr=[0.1, 0.01] has its values; `search` draws: lr=loguniform(0.001, 0.1)"))
}

/// The setting of one combination.
fn variant(
    session: &mut Session,
    given: &Given<'_>,
    typed: &Compare,
    data: &Dataset,
    labels: Vec<String>,
) -> Result<Variant, Failure> {
    let (_, model) = given.network(session, "network")?;
    let span = given.required("network")?.span;
    let mut model = begun(session, model, span)?;
    if let Some((_, initializer)) = typed.varying.suiting() {
        let spec = with_suiting_initializer(model.spec(), &initializer);
        let changed = spec.and_then(|spec| match spec == *model.spec() {
            true => Ok(model.clone()),
            false => model.with_network(spec),
        });
        model = changed.map_err(|error| Failure::training(&error, span, None))?;
    }
    typed.varying.variant(session, given, typed.plan.clone(), (&model, data), labels)
}

/// Refuses settings that stand twice: they would be compared with themselves.
fn refuse_doubled(variants: &[Variant], span: Span) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    match variants.iter().find(|variant| !seen.insert(variant.values.clone())) {
        Some(doubled) => {
            let message = format!("{} stands twice", doubled.values.join(", "));
            Err(Failure::at(span, message).help("give each value once"))
        }
        None => Ok(()),
    }
}

/// Trains the settings of a search or a comparison, as far as it gets.
pub(super) fn trained(
    session: &mut Session,
    given: &Given<'_>,
    search: &Search,
    data: &Dataset,
) -> Result<Comparison, Failure> {
    let interrupt = session.interrupt();
    session.output.announce();
    let mut watcher = RunWatcher::new(&session.output);
    let mut known: KnownRuns = std::mem::take(&mut session.known_runs);
    let observer: &mut dyn Observer = &mut watcher;
    let result = search.run(data, &mut known, observer, &interrupt);
    session.known_runs = known;
    watcher.finish();
    result.map_err(|error| match error {
        TrainError::Interrupted => {
            let told = "interrupted before the first training was done";
            session.acknowledge_interrupt(told);
            Failure::interrupted(given.span, told)
        }
        error => Failure::training(&error, given.span, None),
    })
}

/// How what was done is shown.
pub(super) struct Shown {
    /// Whether with the time of a step.
    pub times: bool,
    /// What it is called.
    pub what: &'static str,
    /// Whether the same command goes on with what is left, if it was interrupted.
    pub goes_on: bool,
}

/// Shows what was done; a failure if that is not all.
pub(super) fn finish(
    session: &mut Session,
    given: &Given<'_>,
    comparison: Comparison,
    shown: &Shown,
) -> Result<(), Failure> {
    let (done, planned) = (comparison.runs.len(), comparison.planned);
    let is_complete = comparison.is_complete();
    let text = table(&comparison, shown.times);
    let value = Value::Comparison(Box::new(comparison));
    session.output.result(&text, || json::value(&value));
    session.names.insert("_".to_string(), value);
    if is_complete {
        return Ok(());
    }
    let goes_on = shown.goes_on && !session.ends_when_interrupted();
    let again = if goes_on { "; the same command goes on with the others" } else { "" };
    session.acknowledge_interrupt(&match done == planned {
        true => "interrupted: the best settings are not trained to the end".to_string(),
        false => {
            let planned = counted(planned, "training");
            format!("interrupted: {done} of {planned} are done{again}")
        }
    });
    Err(Failure::interrupted(given.span, format!("the {} was interrupted", shown.what)))
}

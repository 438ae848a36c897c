//! `lrfind`, and `lr="find"` of `train`.

use super::cure_names::names;
use super::plan_words::{PlanWords, PlanWordsOptions};
use super::train::{Train, data};
use super::{Command, Expression, Given, Word};
use crate::found_rate::curve;
use crate::habits::own_name;
use crate::json::exact;
use crate::record::Record;
use crate::show::number;
use crate::{Failure, Session, Value};
use relume_catalog::{Described, Spec, rounded};
use relume_datasets::Dataset;
use relume_optimizers::OptimizerSpec;
use relume_tensor::Tensor;
use relume_training::{Model, Plan, RateCurve, Sweep, TrainError, lr_find};
use serde_json::json;

/// Looks for a learning rate: trains a clone for some steps while the rate rises, and suggests one.
///
/// The loss is smoothed as in fastai, by 0.98 a step, and the sweep ends where it is 4 times its best. The valley is
/// the suggestion: two thirds down the longest run of falling losses; the steepest place and the rate at which it
/// diverged are shown too. It is done with several seeds: other orders of samples, and other initial weights where the
/// network was not trained. The rates shown are the middle ones of the seeds; those in brackets are the smallest and
/// the largest valley, no deviation. The network stays as it is. The last line trains with the rate. Arguments are
/// those of `train`. Smith, "Cyclical learning rates for training neural networks", 2017.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lrfind net on digits seeds=2
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Lrfind {
    /// The network.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// The learning rate of the first step.
    #[spec(default = 1e-7, positive)]
    pub from: f64,
    /// The learning rate of the last step.
    #[spec(default = 10.0, positive)]
    pub to: f64,
    /// How many steps there are.
    #[spec(default = 100, range = 10..=10000)]
    pub steps: usize,
    /// How many times it is done.
    #[spec(default = 3, range = 1..=100)]
    pub seeds: u64,
    /// How it is trained.
    #[spec(flatten = PlanWordsOptions)]
    pub plan: PlanWords,
}

impl Command for Lrfind {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Self = given.checked(session)?;
        if let (Some(_), Some(expr)) = (words.plan.lr, given.expr("lr")) {
            let message = "the learning rate is what lrfind looks for";
            return Err(
                Failure::at(expr.span, message).help("leave lr out; from= and to= are its bounds")
            );
        }
        let Lrfind { from, to, steps, seeds, .. } = words;
        let sweep = Sweep { from, to, steps, seeds };
        let bound = given.expr("from").or_else(|| given.expr("to"));
        let place = bound.map_or(given.span, |expr| expr.span);
        sweep.check().map_err(|error| Failure::training(&error, place, None))?;
        let (name, model) = given.network(session, "network")?;
        let raw = data(session, given)?;
        let data = session.data_for(&model, &raw, given.required("on")?.span)?;
        let plan = words.plan.plan(given, &model, &data)?;
        let found = swept(session, given, (&model, &data, &plan), &sweep)?;
        let names = names(session, given, name)?;
        let network = names.network.unwrap_or_else(|| "net".to_string());
        let on = names.data.unwrap_or_else(|| raw.name().to_string());
        let statement = found.suggestion().map(|rate| {
            let words = training_words(session, given, &plan, rate);
            format!("train {network} on {on}{words}")
        });
        let text = curve(&found, statement.as_deref());
        session.output.result(&text, || {
            json!({ "type": "lrfind", "schema": 1, "lrfind": exact(&found), "statement": statement })
        });
        session.names.insert("_".to_string(), value(&found));
        Ok(())
    }
}

/// The sweep, which can be stopped.
fn swept(
    session: &mut Session,
    given: &Given<'_>,
    (model, data, plan): (&Model, &Dataset, &Plan),
    sweep: &Sweep,
) -> Result<RateCurve, Failure> {
    session.output.announce();
    match lr_find(model, data, plan, sweep, &session.interrupt()) {
        Ok(found) => Ok(found),
        Err(TrainError::Interrupted) => {
            let told = "the search for a learning rate was interrupted; nothing has changed";
            session.acknowledge_interrupt(told);
            Err(Failure::interrupted(given.span, told))
        }
        Err(error) => {
            let place = match error {
                TrainError::Setting(_) => given.expr("optimizer"),
                _ => given.expr("network"),
            };
            let span = place.map_or(given.span, |expr| expr.span);
            Err(Failure::training(&error, span, Some(model.spec())))
        }
    }
}

/// The learning rate that `lr="find"` stands for, which is told.
///
/// # Errors
/// Those of the sweep, and a loss that does not fall at any rate.
pub(super) fn rate(
    session: &mut Session,
    given: &Given<'_>,
    words: &PlanWords,
    model: &Model,
    data: &Dataset,
) -> Result<f64, Failure> {
    let place = given.expr("lr").map_or(given.span, |expr| expr.span);
    let typed = words.optimizer.as_ref().filter(|optimizer| has_own_rate(optimizer));
    if let Some(optimizer) = typed {
        let message = format!("{optimizer} has a learning rate, and another one is to be found");
        return Err(Failure::at(place, message).help("leave one of both out"));
    }
    let plan = PlanWords { lr: None, ..words.clone() }.plan(given, model, data)?;
    let found = swept(session, given, (model, data, &plan), &Sweep::default())?;
    let Some(rate) = found.suggestion() else {
        return Err(Failure::at(place, "the loss does not fall at any learning rate")
            .help("`lrfind` draws the losses; give a rate, such as lr=0.001"));
    };
    let range = found.range.map_or_else(String::new, |[low, high]| {
        let seeds = found.losses.len();
        format!(" ({} to {} over {seeds} seeds)", short(low), short(high))
    });
    session.output.remark(&format!("lr=\"find\" is lr={}{range}", number(rate)));
    Ok(rate)
}

/// Whether an optimizer has another rate than its default.
fn has_own_rate(optimizer: &OptimizerSpec) -> bool {
    let usual = OptimizerSpec::from_arguments(optimizer.entry().name, vec![], vec![]);
    usual.is_ok_and(|usual| usual.inner().learning_rate() != optimizer.inner().learning_rate())
}

/// A rate with two digits.
pub(crate) fn short(rate: f64) -> String {
    number(rounded(rate, 2))
}

/// The words of `train` that were given, with the rate in the place of another one.
fn training_words(session: &Session, given: &Given<'_>, plan: &Plan, rate: f64) -> String {
    let mut text = String::new();
    let mut has_optimizer = false;
    for word in given.words {
        let Word::Named { name, value, .. } = word else { continue };
        match own_name(given.entry, name) {
            "network" | "on" => {}
            // The words of the sweep itself.
            own if Train::ENTRY.argument(own).is_none() => {}
            "optimizer" => {
                has_optimizer = true;
                text += &format!(" optimizer={}", with_rate(&plan.optimizer, rate));
            }
            own => text += &format!(" {own}={}", super::varied::text(session, value.span)),
        }
    }
    if has_optimizer { text } else { format!("{text} lr={}", number(rate)) }
}

/// An optimizer with another rate.
fn with_rate(optimizer: &OptimizerSpec, rate: f64) -> String {
    let mut options = optimizer.arguments();
    options.insert("lr".to_string(), rate.into());
    let changed = OptimizerSpec::from_record(optimizer.entry().name, options);
    changed.map_or_else(|_| optimizer.to_string(), |changed| changed.to_string())
}

/// What was found, as a record.
fn value(found: &RateCurve) -> Value {
    let vector = |values: &[f64]| {
        Value::Tensor(Tensor::vector(&values.iter().map(|&x| x as f32).collect::<Vec<_>>()))
    };
    let mut record = Record::new();
    record.set("rates", vector(&found.rates));
    record.set("losses", Value::List(found.losses.iter().map(|own| vector(own)).collect()));
    let places = [
        ("lr", found.suggestion()),
        ("valley", found.valley),
        ("steepest", found.steepest),
        ("diverges", found.diverges),
    ];
    for (name, rate) in places {
        rate.into_iter().for_each(|rate| record.set(name, Value::Number(rate)));
    }
    Value::Record(record)
}

//! `crossvalidate`.

use super::plan_words::{PlanWords, PlanWordsOptions};
use super::train::data;
use super::{Command, Expression, Given};
use crate::aligned::table;
use crate::json::exact;
use crate::progress::FoldWatcher;
use crate::{Failure, Session};
use relume_catalog::Spec;
use relume_tensor::interrupt::cancellable;
use relume_training::{CrossValidation, Folds, TrainError, cross_validate, format_metric};
use serde_json::json;

/// Trains a network anew on several divisions of the data, and shows the mean and the spread of its figures.
///
/// The train and the validation part are divided into folds: of each class its share, no group of `split_by` in two of
/// them, and over times of `split_time` each fold after those that it is trained on. Each fold is once evaluated on, by
/// a network that was trained on the others from fresh weights; weights that came from another network are where they
/// begin. The data's test part is not used, the network stays as it is, and the preparation of the inputs is that of
/// the data's train part. The spread is the standard deviation over the folds (n - 1). Arguments are those of `train`.
///
/// ```relume
/// d = iris()
/// mlp = dense(8) -> relu -> dense(3)
/// crossvalidate mlp on d folds=3 epochs=2
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Crossvalidate {
    /// The network.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// How many folds.
    #[spec(default = 5, range = 2..=1000)]
    pub folds: usize,
    /// How it is trained.
    #[spec(flatten = PlanWordsOptions)]
    pub plan: PlanWords,
}

impl Command for Crossvalidate {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Self = given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let data = data(session, given)?;
        let seed = session.settings.seed;
        let folds = Folds { count: words.folds, seed };
        // The plan of a network that was not trained yet: an unfinished one belongs to the network's own run.
        let fresh = folds
            .model(&model)
            .map_err(|error| Failure::training(&error, given.span, Some(model.spec())))?;
        let plan = words.plan.plan_alone(given, &fresh, &data)?;
        let interrupt = session.interrupt();
        session.output.announce();
        let mut watcher = FoldWatcher::new(&session.output);
        let result = cancellable(&interrupt, || {
            cross_validate(&model, &data, &plan, folds, &mut watcher, &interrupt)
        });
        watcher.finish();
        let result = result.unwrap_or(Err(TrainError::Interrupted));
        let span = given.required("network")?.span;
        let result = match result {
            Ok(result) => result,
            Err(TrainError::Interrupted) => {
                session.acknowledge_interrupt("cross-validation was interrupted");
                let failure = Failure::interrupted(given.span, "cross-validation was interrupted");
                return Err(failure);
            }
            Err(error) => return Err(Failure::training(&error, span, Some(model.spec()))),
        };
        session.output.result(&text(&result), || {
            json!({ "type": "crossvalidation", "crossvalidated": result.data, "figures": exact(&result.figures()),
                "folds": exact(&result.folds) })
        });
        Ok(())
    }
}

/// A table of the folds, with mean and spread below them.
fn text(result: &CrossValidation) -> String {
    let figures = result.figures();
    let heads: Vec<&str> = ["fold", "samples"]
        .into_iter()
        .chain(figures.iter().map(|own| own.name.as_str()))
        .collect();
    let row = |head: String, samples: String, value: &dyn Fn(usize) -> f64| {
        let values =
            figures.iter().enumerate().map(|(at, own)| format_metric(&own.metric, value(at)));
        [head, samples].into_iter().chain(values).collect::<Vec<String>>()
    };
    let folds = result.folds.iter().enumerate().map(|(fold, evaluation)| {
        let samples = evaluation.samples.to_string();
        row((fold + 1).to_string(), samples, &|at| figures[at].folds[fold])
    });
    let mean = row("mean".to_string(), String::new(), &|at| figures[at].mean);
    let spread = row("spread".to_string(), String::new(), &|at| figures[at].spread);
    table(&heads, folds.chain([mean, spread]))
}

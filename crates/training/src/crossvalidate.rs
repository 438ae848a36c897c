//! Cross-validation: a network is trained anew on several divisions of the data.

mod sent;

use crate::group::Group;
use crate::group::queue::{Queue, agreed, mark};
use crate::statistics::mean_and_sd;
use crate::{
    EpochRecord, EvaluateOptions, Evaluation, Interrupt, Model, Observer, Outcome, Plan, Progress,
    TrainError, evaluate_with, fit,
};
use relume_datasets::Dataset;
use relume_tensor::interrupt::cancellable;
use sent::SentEvaluation;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};

/// How data are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folds {
    /// How many folds, at least 2.
    pub count: usize,
    /// The seed of the division, and of fresh weights.
    pub seed: u64,
}

/// The figures of a cross-validation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CrossValidation {
    /// The data set's name.
    pub data: String,
    /// The evaluation of each fold, by a network that was trained on the others.
    pub folds: Vec<Evaluation>,
}

/// A figure over the folds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoldFigure {
    /// Its name: `loss`, or the text of a metric.
    pub name: String,
    /// The name of the metric; `loss` for the loss.
    #[serde(skip)]
    pub metric: String,
    /// The mean over the folds.
    pub mean: f64,
    /// The standard deviation over the folds, with n - 1.
    pub spread: f64,
    /// The value of each fold.
    pub folds: Vec<f64>,
}

impl FoldFigure {
    fn new(name: String, metric: &str, folds: Vec<f64>) -> Self {
        let (mean, sd) = mean_and_sd(&folds).unwrap_or((f64::NAN, None));
        let spread = sd.unwrap_or(0.0);
        FoldFigure { name, metric: metric.to_string(), mean, spread, folds }
    }
}

impl CrossValidation {
    /// The loss, the metric and all further metrics that are single numbers, over the folds.
    pub fn figures(&self) -> Vec<FoldFigure> {
        let Some(first) = self.folds.first() else { return Vec::new() };
        let all = |value: fn(&Evaluation) -> f32| {
            self.folds.iter().map(|fold| f64::from(value(fold))).collect::<Vec<f64>>()
        };
        let mut figures = vec![
            FoldFigure::new("loss".to_string(), "loss", all(|fold| fold.loss)),
            FoldFigure::new(first.metric.to_string(), first.metric, all(|fold| fold.metric_value)),
        ];
        for (at, result) in first.metrics.iter().enumerate() {
            let value = |fold: &Evaluation| fold.metrics.get(at)?.value.number();
            if let Some(folds) = self.folds.iter().map(value).collect::<Option<Vec<f64>>>() {
                let name = result.metric.entry().name;
                figures.push(FoldFigure::new(result.metric.to_string(), name, folds));
            }
        }
        figures
    }
}

impl Folds {
    /// The model that is trained for each fold: one that was trained has fresh weights but for frozen ones, one with
    /// weights of another network keeps these.
    ///
    /// # Errors
    /// Those of [`Model::starting_anew`].
    pub fn model(&self, model: &Model) -> Result<Model, TrainError> {
        match model.run().step {
            0 => Ok(model.clone()),
            _ => model.starting_anew(self.seed),
        }
    }

    /// Has a network without weights of its own take its sizes from a fold's data, where these have other inputs, such
    /// as fewer words.
    fn rebuild(&self, own: &mut Model, given: &Model, data: &Dataset) {
        let has_other = own.network().is_some_and(|own| own.input() != data.sample_shape());
        let is_fresh = own
            .network()
            .is_none_or(|own| own.parameters().iter().all(|(_, parameter)| !parameter.frozen));
        if has_other && is_fresh && given.run().step > 0 {
            *own = Model::new(own.spec().clone(), self.seed);
        }
    }
}

/// Trains a copy of a model for each fold of the train and the validation part of a data set, and evaluates it on that
/// fold ([`Dataset::folds`]), whose inputs are prepared by the others ([`Dataset::refitted`]). The model itself does
/// not change, and the data's test part is not used. Choices while training are made by a tenth of the other folds,
/// which is held out.
///
/// In a group ([`Group::current`]) whole folds are given to its ranks as these become free, each of which calls this
/// with the same model, data and plan. The figures are those of one process, on all ranks. On rank 0 the observer is
/// told of each fold in their order, on the others at the end. An interrupt on one rank interrupts all.
///
/// # Errors
/// Those of [`fit`] and [`evaluate_with`]; fewer than two folds, or more than there are samples or groups;
/// [`TrainError::Interrupted`]; ranks that do not have the same data, or one that is gone.
pub fn cross_validate(
    model: &Model,
    data: &Dataset,
    plan: &Plan,
    folds: Folds,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
) -> Result<CrossValidation, TrainError> {
    let group = Group::current();
    let divided = agreed(&group, WHAT, || {
        let divided = cancellable(interrupt, || data.folds(folds.count, folds.seed))??;
        Ok((divided, mark(&group, data, interrupt)?))
    })?;
    let training = FoldTraining { model, plan, folds, interrupt, observer: Mutex::new(observer) };
    let evaluations = if group.is_several() {
        let queue = Queue { group: &group, what: WHAT, interrupt, at_once: 1 };
        let work =
            |fold: usize| Ok(training.evaluated(fold, &divided[fold])?.map(SentEvaluation::from));
        let received = |sent: SentEvaluation| sent.received(&plan.metrics);
        // What cannot be read by this rank ends the call below.
        let tell = |fold: usize, sent: &SentEvaluation| {
            if let Ok(evaluation) = received(sent.clone()) {
                training.tell(fold, &evaluation);
            }
        };
        let done = queue.run(divided.len(), work, tell)?;
        let done = done.results.into_iter().map(|own| own.ok_or(TrainError::Interrupted));
        done.map(|own| Ok(received(own?)?)).collect::<Result<Vec<Evaluation>, TrainError>>()?
    } else {
        let one = |(fold, data): (usize, &Dataset)| {
            let evaluation = training.evaluated(fold, data)?.ok_or(TrainError::Interrupted)?;
            training.tell(fold, &evaluation);
            Ok(evaluation)
        };
        divided.iter().enumerate().map(one).collect::<Result<Vec<Evaluation>, TrainError>>()?
    };
    Ok(CrossValidation { data: data.name().to_string(), folds: evaluations })
}

/// What ranks do together, for one that says what it waits for.
const WHAT: &str = "the folds of a cross-validation";

/// How the network of each fold is trained.
struct FoldTraining<'a> {
    model: &'a Model,
    plan: &'a Plan,
    folds: Folds,
    interrupt: &'a Interrupt,
    observer: Mutex<&'a mut dyn Observer>,
}

impl FoldTraining<'_> {
    fn with_observer<R>(&self, tell: impl FnOnce(&mut dyn Observer) -> R) -> R {
        tell(&mut **self.observer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, fold: usize, evaluation: &Evaluation) {
        self.with_observer(|observer| observer.fold(fold, self.folds.count, evaluation));
    }

    /// Trains on all folds but one, and evaluates on that; `None` if it was interrupted.
    fn evaluated(&self, fold: usize, data: &Dataset) -> Result<Option<Evaluation>, TrainError> {
        let FoldTraining { model, plan, folds, interrupt, .. } = *self;
        let mut own = folds.model(model)?;
        // What inputs are prepared by is learned from this fold's train part alone.
        let data = &data.refitted()?;
        folds.rebuild(&mut own, model, data);
        let mut watcher = OfFold { training: self, is_first: fold == 0 };
        // The fold is for the end alone: it is in no part while the network is trained.
        let trained = data.without_test();
        if fit(&mut own, &trained, plan, &mut watcher, interrupt)? == Outcome::Interrupted {
            return Ok(None);
        }
        let goes_on = |_| !interrupt.is_set();
        let metrics = &plan.metrics[..];
        let options = EvaluateOptions { goes_on: &goes_on, metrics, ..EvaluateOptions::default() };
        Ok(Some(evaluate_with(&own, &data.test(), &plan.loss, &options)?))
    }
}

/// Watches the training of a fold: what is said of all folds is said once.
struct OfFold<'a, 'b> {
    training: &'a FoldTraining<'b>,
    is_first: bool,
}

impl Observer for OfFold<'_, '_> {
    fn batch(&mut self, progress: &Progress) {
        self.training.with_observer(|observer| observer.batch(progress));
    }

    fn epoch(&mut self, _: &Progress, _: &EpochRecord, _: &str) {}

    fn warning(&mut self, text: &str) {
        if self.is_first {
            self.training.with_observer(|observer| observer.warning(text));
        }
    }
}

//! The training loop.

mod batch;
mod choice;
mod clock;
mod epoch;
mod failure;
mod held_out;
mod saving;
mod sharded;
mod smallest;
mod together;
mod undo;
mod watching;

pub(crate) use choice::{is_better, is_better_larger};
pub(crate) use held_out::{held, held_out};
pub use held_out::{held_out_part, training_part};
pub use saving::{Moment, NotSaved, Saver};

use crate::evaluate::evaluate_network;
use crate::group::{Group, Shards};
use crate::memory::Needs;
use crate::model::averaged;
use crate::step::Updater;
use crate::{
    EpochRecord, EvaluateOptions, Evaluation, Interrupt, MetricResult, Model, Observer, Plan, Task,
    TrainError, task,
};
use clock::Clock;
use epoch::TrainedEpoch;
use failure::Snapshot;
use relume_datasets::{Batches, Dataset, Part, Prepared};
use relume_layers::{Network, Workspace};
use relume_optimizers::Optimizer;
use relume_tensor::interrupt::{cancellable, uncancelled};
use relume_tensor::{flush_denormals, threads};
use sharded::{Sharder, Spread};
use std::collections::{BTreeMap, VecDeque};
use undo::BetweenSteps;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// The run was cancelled; the model is between two batches.
    Interrupted,
    /// The monitored figure stopped improving.
    StoppedEarly,
}

/// Trains a model on the train part of a data set, and evaluates it on the validation and the test part after each
/// epoch. All choices (early stopping, the best weights, a schedule that follows a figure) are made by the validation
/// part, never by the test part. If the data have none and a choice needs one, a tenth of the train part is held out:
/// of each class its share, no group torn apart, by the model's seed.
///
/// A model that was trained before takes the data like those that it was trained on ([`Model::prepare`]): it keeps its
/// preparation and its order of classes.
///
/// An interrupt stops it within a batch, too: the model is then as it was before the step. An epoch whose batches are
/// all done is tested first if that takes less than about 0.2 s; otherwise the run goes on with its test. A model that
/// was interrupted in the middle of this same plan ([`Plan::is_same_run`]) resumes there; otherwise the plan begins
/// with the epoch that is next, or that another plan did not finish. The same model, data and plan give the same bits,
/// however often they were interrupted and with any number of threads.
///
/// # Errors
/// A network, loss and data that do not match: nothing has changed then. A loss that is not finite: the weights are
/// then the last ones with a finite loss, and [`Model::wreck`] has those that broke. A data file that cannot be read:
/// the weights are then those after the batch before.
pub fn fit(
    model: &mut Model,
    data: &Dataset,
    plan: &Plan,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
) -> Result<Outcome, TrainError> {
    fit_saving(model, data, plan, observer, interrupt, &mut NotSaved)
}

/// Like [`fit`]; `saver` is given the model at the moments that it asks for.
///
/// # Errors
/// Those of [`fit`], and those of the saver, which end the run.
pub fn fit_saving(
    model: &mut Model,
    data: &Dataset,
    plan: &Plan,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
    saver: &mut dyn Saver,
) -> Result<Outcome, TrainError> {
    let group = Group::current();
    let run = || {
        flush_denormals(|| {
            let (data, plan) = cancellable(interrupt, || {
                let Prepared { data, remarks } = model.prepare(data)?;
                remarks.iter().for_each(|remark| observer.warning(remark));
                let data = held_out::with_validation(data, plan, model, observer)?;
                let parts = [data.train(), data.validation(), data.test()];
                parts.iter().try_for_each(|part| task::check_classes(part, &plan.loss))?;
                // What depends on the train part is part of the plan, so that the model keeps it.
                let loss = task::loss_for_data(&plan.loss, &data).into_owned();
                Ok::<_, TrainError>((data, Plan { loss, ..plan.clone() }))
            })??;
            let watch = Watch { observer, interrupt, saver };
            together::agree(&group, model, &data, &plan)?;
            Fit::begin(model, data, &plan, group, watch)?.run()
        })
    };
    // Of all that a run does, only what can be put back is cancelled within a batch.
    uncancelled(|| threads::run_awake(run))
}

/// A test that takes fewer seconds at the speed of training is done before a run stops.
const SHORT: f64 = 0.2;

/// Those who watch a run.
struct Watch<'a> {
    observer: &'a mut dyn Observer,
    interrupt: &'a Interrupt,
    saver: &'a mut dyn Saver,
}

struct Fit<'a> {
    model: &'a mut Model,
    data: Dataset,
    plan: &'a Plan,
    watch: Watch<'a>,
    task: Task,
    updater: Updater,
    clock: Clock,
    /// The processes that train together.
    group: Group,
    /// The shards of each batch; one if it is not cut.
    shards: Shards,
    sharder: Option<Sharder>,
    /// Which rank updates which parameter, if not each all of them.
    spread: Option<Spread>,
    /// The place before the step that is being made.
    between: BetweenSteps,
    /// The last two copies of the state.
    snapshots: VecDeque<Snapshot>,
    /// Whether it was told that the history drops watched steps.
    told_dropping: bool,
    /// Keeps the pass of the next batch for those who watch its step.
    kept_pass: Option<watching::KeptPass>,
}

impl<'a> Fit<'a> {
    fn begin(
        model: &'a mut Model,
        data: Dataset,
        plan: &'a Plan,
        group: Group,
        watch: Watch<'a>,
    ) -> Result<Self, TrainError> {
        // Checked on a copy: a refusal leaves the model as it was.
        let mut checked = model.clone();
        let task =
            cancellable(watch.interrupt, || prepare(&mut checked, &data, plan, watch.observer))??;
        let begins = checked.optimizer.is_none().then_some(&plan.optimizer);
        let batch = plan.batch.min(data.train().len());
        Needs::new(checked.network().ok_or(TrainError::NotBuilt)?, begins, batch).check()?;
        *model = checked;
        model.wreck = None;
        model.remember(&data);
        if !model.run.is_within(plan) {
            model.run.began = model.run.epoch;
            // An epoch that another plan did not finish begins again.
            model.run.batch = 0;
            model.run.sums = [0.0; 3];
            model.run.best = None;
            model.best_state = None;
        }
        model.run.plan = Some(plan.clone());
        model.run.ended = false;
        model.run.history.metric = task.metric().entry().name.to_string();
        let mut optimizer =
            model.optimizer.take().unwrap_or_else(|| Optimizer::new(plan.optimizer.clone()));
        optimizer.set_spec(plan.optimizer.clone());
        let network = model.network().ok_or(TrainError::NotBuilt)?;
        let parameters = network.parameters().shapes();
        optimizer.assign(&parameters)?;
        let clock = Clock::start(data.train().len());
        let is_spread = plan.spread && group.is_several() && !optimizer.is_together();
        let spread = is_spread.then(|| Spread::of(network, group.size()));
        if let Some(spread) = &spread {
            optimizer = spread.own_part(&optimizer, group.rank(), &parameters)?;
        }
        let mut updater = Updater::new(optimizer, plan.clipping());
        updater.owned = spread.as_ref().map(|spread| spread.owned(group.rank()));
        let shards = Shards::new(plan.shards, group.rank(), group.size());
        let sharder = Sharder::of(&group, &shards, network)?;
        Ok(Fit {
            model,
            data,
            plan,
            watch,
            task,
            updater,
            clock,
            group,
            shards,
            sharder,
            spread,
            between: BetweenSteps::default(),
            snapshots: VecDeque::new(),
            told_dropping: false,
            kept_pass: None,
        })
    }

    fn run(mut self) -> Result<Outcome, TrainError> {
        let shown = self.shown(Moment::Start);
        let outcome = shown.and_then(|()| self.saved(Moment::Start)).and_then(|()| self.epochs());
        let Fit { model, updater, watch, plan, group, spread, .. } = self;
        let Watch { observer, saver, .. } = watch;
        model.optimizer = Some(updater.optimizer);
        if matches!(outcome, Ok(Outcome::Finished | Outcome::StoppedEarly)) {
            model.run.ended = true;
            choice::take_best(model, plan, observer)?;
        }
        if let (Some(spread), Ok(_) | Err(TrainError::Diverged(_))) = (&spread, &outcome) {
            saving::gather_states(spread, &group, model)?;
        }
        // A step that diverged would do so again: what was saved last stays.
        let is_worth_it = !matches!(outcome, Err(TrainError::Diverged(_)));
        let (mut shown, mut saved) = (Ok(()), Ok(()));
        if is_worth_it && group.is_first() && observer.wants_state(Moment::End, &model.run) {
            shown = Group::default().within(|| observer.state(model, Moment::End));
        }
        if is_worth_it && group.is_first() && saver.wants(Moment::End, &model.run) {
            saved = Group::default().within(|| saver.save(model, Moment::End, observer));
        }
        // The first error is that of the run; those after it are warnings.
        [shown, saved].into_iter().fold(outcome, |outcome, ending| match (outcome, ending) {
            (Ok(outcome), ending) => ending.map(|()| outcome),
            (Err(first), ending) => {
                if let Err(later) = ending {
                    observer.warning(&later.to_string());
                }
                Err(first)
            }
        })
    }

    fn epochs(&mut self) -> Result<Outcome, TrainError> {
        let mut workspace = Workspace::recording();
        loop {
            if let Some(outcome) = self.ending() {
                return Ok(outcome);
            }
            let Some(epoch) = self.train_epoch(&mut workspace)? else {
                return Ok(Outcome::Interrupted);
            };
            match self.finish_epoch(&epoch) {
                Ok(()) => {}
                // Every batch of the epoch is done, but it has not been tested: resuming begins with the test.
                Err(TrainError::Interrupted) => return Ok(Outcome::Interrupted),
                Err(error) => return Err(error),
            }
            self.shown(Moment::Epoch)?;
            // What the last epoch leaves is saved with the end, which chooses the weights: a process that is killed
            // before that does the epoch again.
            if self.ending().is_none() {
                self.saved(Moment::Epoch)?;
            }
        }
    }

    /// How the run ends between these two epochs; `None` if it goes on.
    fn ending(&self) -> Option<Outcome> {
        match self.model.run.remaining() {
            0 => Some(Outcome::Finished),
            _ => self.should_stop().then_some(Outcome::StoppedEarly),
        }
    }

    fn network(&self) -> Result<&Network, TrainError> {
        self.model.network().ok_or(TrainError::NotBuilt)
    }

    /// Tests, records and reports a finished epoch.
    fn finish_epoch(&mut self, epoch: &TrainedEpoch) -> Result<(), TrainError> {
        let progress = self.clock.progress(&self.model.run, self.plan, epoch.batches);
        let speed = progress.samples_per_second;
        let validated = self.evaluate(&self.data.validation(), speed)?;
        let tested = self.evaluate(&self.data.test(), speed)?;
        let metrics = self.further_metrics([&validated, &tested], speed)?;
        let run = &mut self.model.run;
        run.epoch += 1;
        run.batch = 0;
        run.sums = [0.0; 3];
        let record = EpochRecord {
            epoch: run.epoch,
            loss: progress.loss,
            metric: progress.metric,
            validation_loss: validated.as_ref().map(|validated| validated.loss),
            validation_metric: validated.as_ref().map(|validated| validated.metric_value),
            metrics,
            test_loss: tested.as_ref().map(|tested| tested.loss),
            test_metric: tested.as_ref().map(|tested| tested.metric_value),
            lr: epoch.lr,
        };
        run.history.epochs.push(record.clone());
        self.watch.observer.epoch(&progress, &record, &run.history.metric);
        self.keep_if_best()
    }

    /// Evaluates the network on a part; `None` if it has no samples. At a speed in samples per second that makes the
    /// test a short one, it is done before an interrupt counts.
    fn evaluate(&self, part: &Part, speed: f64) -> Result<Option<Evaluation>, TrainError> {
        if part.is_empty() {
            return Ok(None);
        }
        // A test changes nothing: it runs on a clone that shares all numbers.
        let network = self.network()?;
        let mut network = match &self.spread {
            Some(spread) if self.plan.keeps_averages() => {
                let parameters = network.parameters().shapes();
                let whole = spread.whole(&self.group, &self.updater.optimizer, &parameters)?;
                averaged(network, Some(&whole))
            }
            _ => averaged(network, Some(&self.updater.optimizer)),
        };
        // Several ranks do not measure the same speed: they end the test unless they have agreed to stop.
        let is_short = self.group.is_several() || (part.len() as f64) < SHORT * speed;
        if self.group.is_several() && self.stops() {
            return Err(TrainError::Interrupted);
        }
        let goes_on = |_| is_short || !self.watch.interrupt.is_set();
        let metrics = &self.plan.metrics[..];
        let options = EvaluateOptions { goes_on: &goes_on, metrics, ..EvaluateOptions::default() };
        let (loss, seed) = (&self.plan.loss, self.model.seed());
        let group = &self.group;
        let mut evaluate = || evaluate_network(&mut network, part, loss, &options, seed, group);
        match is_short {
            true => evaluate(),
            false => cancellable(self.watch.interrupt, evaluate)?,
        }
        .map(Some)
    }

    /// The metrics that were asked for, by the names of the history: of the validation and the test part, or of the
    /// train part if there are no others.
    fn further_metrics(
        &self,
        [validated, tested]: [&Option<Evaluation>; 2],
        speed: f64,
    ) -> Result<BTreeMap<String, f32>, TrainError> {
        let mut figures = BTreeMap::new();
        if self.plan.metrics.is_empty() {
            return Ok(figures);
        }
        let trained = match (validated, tested) {
            (None, None) => self.evaluate(&self.data.train(), speed)?,
            _ => None,
        };
        for (prefix, evaluation) in [("validation_", validated), ("test_", tested), ("", &trained)]
        {
            for MetricResult { metric, value } in evaluation.iter().flat_map(|own| &own.metrics) {
                let name = metric.entry().name;
                let value = value.number().ok_or_else(|| TrainError::EpochMetric {
                    metric: metric.to_string(),
                    problem: "it is not a single number",
                })?;
                figures.insert(format!("{prefix}{name}"), value as f32);
            }
        }
        Ok(figures)
    }
}

/// Builds a model for data and checks that network, loss, optimizer and data match.
pub(crate) fn prepare(
    model: &mut Model,
    data: &Dataset,
    plan: &Plan,
    observer: &mut dyn Observer,
) -> Result<Task, TrainError> {
    let (is_new, seed) = (model.run.step == 0, model.seed());
    model.build(data.sample_shape())?;
    for mismatch in model.take_mismatched() {
        observer.warning(&mismatch.to_string());
    }
    let network = model.network().ok_or(TrainError::NotBuilt)?;
    if network.parameters().trained_count() == 0 {
        return Err(TrainError::AllFrozen);
    }
    for stage in network.stages_beyond_data() {
        observer.warning(&format!(
            "{stage} starts without seeing data: lsuv and whitening are for whole stages, \
            whitening for dense and conv alone"
        ));
    }
    // Before the first step, LSUV and whitening are computed from the first batch.
    if is_new && network.starts_from_data() {
        let mut batches = Batches::shuffled(data.train(), plan.batch, seed, 0);
        if let Some(batch) = batches.next() {
            model.start_from_data(&batch?.inputs.to_tensor()?)?;
        }
    }
    let network = model.network().ok_or(TrainError::NotBuilt)?;
    let task = Task::new(network, data, &plan.loss)?;
    plan.schedule.check()?;
    choice::check(&task, data, plan)?;
    smallest::check(network, data, plan)?;
    Optimizer::new(plan.optimizer.clone()).assign(&network.parameters().shapes())?;
    Ok(task)
}

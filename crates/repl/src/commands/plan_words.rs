//! The arguments that say how a network is trained.

use super::Given;
use crate::Failure;
use crate::eval::at_argument;
use relume_catalog::{ArgumentError, Choice, Problem, Spec};
use relume_datasets::{Dataset, Last, Sampler};
use relume_losses::LossSpec;
use relume_optimizers::schedules::Constant;
use relume_optimizers::{OptimizerSpec, ScheduleSpec};
use relume_training::group::Group;
use relume_training::{EarlyStop, Keep, MetricSpec, Model, Plan};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = PlanWordsOptions)]
pub struct PlanWords {
    /// Passes over the data; 10, or those that are left of an interrupted run.
    #[spec(positive)]
    pub epochs: Option<u64>,
    /// Samples in a batch; 32 by default.
    #[spec(positive)]
    pub batch: Option<usize>,
    /// The optimizer; by default the current one, or adam.
    pub optimizer: Option<OptimizerSpec>,
    /// The learning rate of the optimizer, in the place of the one in its brackets; with "find", `train` looks for one
    /// first, as `lrfind` does.
    pub lr: Option<Rate>,
    /// The loss; by default it follows from the data.
    pub loss: Option<LossSpec>,
    /// The schedule of the learning rate.
    pub schedule: Option<ScheduleSpec>,
    /// Largest norm of all gradients together.
    #[spec(positive)]
    pub clip: Option<f64>,
    /// Largest absolute value of a gradient.
    #[spec(positive)]
    pub clip_value: Option<f64>,
    /// Stop after this many epochs without a better figure.
    #[spec(positive)]
    pub early_stop: Option<u64>,
    /// By how much the figure must improve to count for `early_stop`; 0 by default.
    #[spec(non_negative)]
    pub min_delta: Option<f64>,
    /// The figure by which `early_stop` and `keep` choose, such as "validation_accuracy"; "validation_loss" by default.
    pub monitor: Option<String>,
    /// The weights that are left: of the last epoch, or of the best one; "last" by default, and "best" with
    /// `early_stop`.
    pub keep: Option<Keep>,
    /// Further metrics after each epoch, such as [f1]: of the validation and the test part.
    pub metrics: Option<Vec<MetricSpec>>,
    /// Batches whose gradients are averaged for one step; 1 by default.
    #[spec(positive)]
    pub accumulate: Option<usize>,
    /// What becomes of samples left over after the full batches: a smaller batch, left out, or joined to the batch
    /// before; "keep" by default.
    pub last: Option<Last>,
    /// How an epoch's samples are drawn: each once, or with replacement so that each class comes as often as any other;
    /// "shuffle" by default.
    pub sampler: Option<Sampler>,
    /// Shards of each batch, each of which passes through the network by itself: the same number gives the same bits on
    /// any number of processes. 1 by default, and 8 where several train together.
    #[spec(range = 1..=65536)]
    pub shards: Option<usize>,
    /// Whether each of several processes keeps the optimizer's state of some parameters alone, which saves memory;
    /// false by default.
    pub spread: Option<bool>,
}

/// A learning rate as it is given.
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
pub enum Rate {
    /// A number.
    Is(f64),
    /// One that is to be found.
    Find,
}

impl PlanWords {
    /// The plan of the words of a command, on top of the defaults for the model and the data.
    ///
    /// # Errors
    /// A learning rate that the optimizer does not take, or one that stands in its brackets too; `min_delta` or
    /// `monitor` where nothing is chosen by them.
    pub(super) fn plan(
        self,
        given: &Given<'_>,
        model: &Model,
        data: &Dataset,
    ) -> Result<Plan, Failure> {
        let next = Plan::next(model, data, self.epochs);
        self.plan_after(given, next)
    }

    /// The same for a training that one process does by itself, be there others: batches are not cut unless it is said.
    ///
    /// # Errors
    /// Those of [`PlanWords::plan`].
    pub(super) fn plan_alone(
        self,
        given: &Given<'_>,
        model: &Model,
        data: &Dataset,
    ) -> Result<Plan, Failure> {
        Group::default().within(|| self.plan(given, model, data))
    }

    /// The plan of the words of a command, on top of another one.
    ///
    /// # Errors
    /// Those of [`PlanWords::plan`].
    pub(super) fn plan_after(self, given: &Given<'_>, next: Plan) -> Result<Plan, Failure> {
        let place = |argument: &str| given.expr(argument).map_or(given.span, |expr| expr.span);
        let words = self
            .with_rate(&next.optimizer)
            .map_err(|error| at_argument(&error, place("lr"), &[], &[]))?;
        let [min_delta, monitor] = [words.min_delta.is_some(), words.monitor.is_some()];
        let plan = words.on_top_of(next);
        let unused = match plan.early_stop {
            None if min_delta => Some(("min_delta", "early_stop, which is not given")),
            _ if monitor && !plan.chooses() => {
                Some(("monitor", "early_stop and keep=\"best\", and neither is given"))
            }
            _ => None,
        };
        match unused {
            Some((argument, choice)) => {
                Err(Failure::at(place(argument), format!("{argument} is for {choice}")))
            }
            None => Ok(plan),
        }
    }

    /// The words with the learning rate in the optimizer: the one that was typed, or the current one.
    ///
    /// # Errors
    /// A rate that the optimizer does not take, or one that stands in its brackets too.
    fn with_rate(mut self, current: &OptimizerSpec) -> Result<Self, ArgumentError> {
        let lr = match self.lr {
            None => return Ok(self),
            Some(Rate::Is(lr)) => lr,
            Some(Rate::Find) => {
                let message = "\"find\" is for train; lrfind shows a rate to give here".to_string();
                return Err(ArgumentError::whole("lr", Problem::Inconsistent { message }));
            }
        };
        let is_typed = self.optimizer.is_some();
        let optimizer = self.optimizer.take().unwrap_or_else(|| current.clone());
        let name = optimizer.entry().name;
        let usual = OptimizerSpec::from_arguments(name, vec![], vec![])?.inner().learning_rate();
        if is_typed && optimizer.inner().learning_rate() != usual {
            let message = "the learning rate is given here and in its brackets".to_string();
            return Err(ArgumentError::whole(name, Problem::Inconsistent { message }));
        }
        let mut options = optimizer.arguments();
        options.insert("lr".to_string(), lr.into());
        self.optimizer = Some(OptimizerSpec::from_record(name, options)?);
        Ok(self)
    }

    /// A plan with the words that are given.
    fn on_top_of(&self, plan: Plan) -> Plan {
        let words = self.clone();
        let min_delta = |usual: f64| words.min_delta.unwrap_or(usual);
        let early_stop = match (words.early_stop, plan.early_stop) {
            (Some(patience), _) => Some(EarlyStop { patience, min_delta: min_delta(0.0) }),
            (None, stop) => {
                stop.map(|stop| EarlyStop { min_delta: min_delta(stop.min_delta), ..stop })
            }
        };
        // Who stops where it was best wants the weights of that place.
        let usual = if words.early_stop.is_some() { Keep::Best } else { plan.keep };
        let (schedule, schedule_epochs) = match (words.schedule, &words.optimizer) {
            (Some(schedule), _) => (schedule, 0),
            // An optimizer that is given anew brings its own rate: the schedule of another one does not lower it.
            (None, Some(_)) if plan.schedule_epochs > 0 => (Constant::new().into(), 0),
            (None, _) => (plan.schedule, plan.schedule_epochs),
        };
        Plan {
            epochs: words.epochs.unwrap_or(plan.epochs),
            batch: words.batch.unwrap_or(plan.batch),
            optimizer: words.optimizer.unwrap_or(plan.optimizer),
            loss: words.loss.unwrap_or(plan.loss),
            schedule,
            schedule_epochs,
            clip: words.clip.or(plan.clip),
            clip_value: words.clip_value.or(plan.clip_value),
            early_stop,
            keep: words.keep.unwrap_or(usual),
            monitor: words.monitor.or(plan.monitor),
            metrics: words.metrics.unwrap_or(plan.metrics),
            accumulate: words.accumulate.unwrap_or(plan.accumulate),
            last: words.last.unwrap_or(plan.last),
            sampler: words.sampler.unwrap_or(plan.sampler),
            shards: words.shards.unwrap_or(plan.shards),
            spread: words.spread.unwrap_or(plan.spread),
        }
    }
}

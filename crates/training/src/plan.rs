//! The options of a run.

use crate::group::Group;
use crate::task::default_loss;
use crate::{MetricSpec, Model};
use relume_catalog::Choice;
use relume_datasets::{Dataset, Last, Sampler};
use relume_losses::LossSpec;
use relume_optimizers::rules::Adam;
use relume_optimizers::schedules::Constant;
use relume_optimizers::{
    Optimizer, OptimizerError, OptimizerSpec, ScheduleSpec, clip_norm, clip_value,
};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// When to stop early.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStop {
    /// How many epochs in a row the monitored figure may fail to improve.
    pub patience: u64,
    /// By how much it must improve to count.
    #[serde(default)]
    pub min_delta: f64,
}

/// Which weights a run leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Keep {
    /// Those of the last step.
    #[default]
    Last,
    /// Those of the epoch whose monitored figure was best.
    Best,
}

/// The options of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// How many epochs.
    pub epochs: u64,
    /// Samples in a batch.
    pub batch: usize,
    /// The optimizer.
    pub optimizer: OptimizerSpec,
    /// The loss.
    pub loss: LossSpec,
    /// The schedule of the learning rate.
    pub schedule: ScheduleSpec,
    /// The largest norm of all gradients together.
    pub clip: Option<f64>,
    /// The largest absolute value of a gradient; clipped before the norm is computed.
    #[serde(default)]
    pub clip_value: Option<f64>,
    /// When to stop early.
    pub early_stop: Option<EarlyStop>,
    /// Which weights are left at the end.
    #[serde(default)]
    pub keep: Keep,
    /// The figure of the history by which `early_stop` and `keep` choose; by default `validation_loss`.
    #[serde(default)]
    pub monitor: Option<String>,
    /// Further metrics after each epoch, each a single number.
    #[serde(default)]
    pub metrics: Vec<MetricSpec>,
    /// How many batches give one step: their gradients are averaged, each weighted by its samples.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// What becomes of the samples that are left over after an epoch's full batches.
    #[serde(default)]
    pub last: Last,
    /// How the samples of an epoch are drawn.
    #[serde(default)]
    pub sampler: Sampler,
    /// Epochs of the schedule before this plan: it goes on from there.
    #[serde(default)]
    pub schedule_epochs: u64,
    /// How many shards each batch is cut into. Each passes through the network by itself, and their gradients are
    /// averaged, weighted by their samples: the same shards give the same bits on any number of processes.
    #[serde(default = "one")]
    pub shards: usize,
    /// Whether each of several processes keeps the optimizer's state for some of the parameters alone.
    #[serde(default)]
    pub spread: bool,
}

/// The most shards of a batch, each of which is looked at for each batch.
const MOST_SHARDS: usize = 65536;

/// The shards of a batch where processes were started to train together.
const SHARDS: usize = 8;

/// The largest number of epochs: as many as whole numbers at the prompt.
pub(crate) const LARGEST_COUNT: u64 = i64::MAX as u64;

fn one() -> usize {
    1
}

/// The default batch size and number of epochs.
const BATCH: usize = 32;
const EPOCHS: u64 = 10;

impl Plan {
    /// The default plan for a data set: Adam, cross-entropy for classes and the mean squared error for numbers. Batches
    /// are cut into 8 shards if the process was started together with others ([`Group::current`]).
    pub fn for_data(data: &Dataset, epochs: u64) -> Self {
        Plan {
            epochs,
            batch: BATCH,
            optimizer: default_optimizer(),
            loss: default_loss(data),
            schedule: Constant::new().into(),
            clip: None,
            clip_value: None,
            early_stop: None,
            keep: Keep::Last,
            monitor: None,
            metrics: Vec::new(),
            accumulate: 1,
            last: Last::Keep,
            sampler: Sampler::Shuffle,
            schedule_epochs: 0,
            shards: if Group::current().is_launched() { SHARDS } else { 1 },
            spread: false,
        }
    }

    /// The next plan for a model: without `epochs`, the rest of an unfinished one; otherwise the default plan for a
    /// data set, with 10 epochs unless `epochs` is given, and with the model's current optimizer. A schedule that does
    /// not end with the epochs goes on; [`Plan::ended_schedule`] says which one does not.
    pub fn next(model: &Model, data: &Dataset, epochs: Option<u64>) -> Self {
        let before = model.run().plan.as_ref();
        match before {
            Some(plan) if epochs.is_none() && model.run().is_unfinished() => plan.clone(),
            _ => {
                let usual = Plan::for_data(data, epochs.unwrap_or(EPOCHS));
                let Some(before) = before else { return usual };
                let optimizer = before.optimizer.clone();
                match before.schedule.inner().has_end() {
                    true => Plan { optimizer, ..usual },
                    false => Plan {
                        optimizer,
                        schedule: before.schedule.clone(),
                        schedule_epochs: before.schedule_epochs + model.run().done(),
                        ..usual
                    },
                }
            }
        }
    }

    /// Whether a run of this plan is one of the other too: they differ at most in what is only looked at, the further
    /// metrics.
    pub fn is_same_run(&self, other: &Plan) -> bool {
        *self == Plan { metrics: self.metrics.clone(), ..other.clone() }
    }

    /// Why the next plan for a model begins at another learning rate than the last epoch had: its schedule ended with
    /// its epochs. `None` if the rate goes on.
    pub fn ended_schedule(model: &Model) -> Option<String> {
        let run = model.run();
        let before = run.plan.as_ref().filter(|plan| plan.schedule.inner().has_end())?;
        let last = run.history.epochs.last()?.lr;
        let first = Optimizer::new(before.optimizer.clone()).lr();
        Some(format!(
            "the schedule {} ended with its epochs, at a learning rate of {last}: the rate is {first} from now on, \
             unless schedule= is given again",
            before.schedule
        ))
    }

    /// Checks all options against the ranges that `train` has for them: fields are public, and a plan may come from a
    /// file.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let least = [("epochs", self.epochs), ("batch", self.batch as u64)];
        let further = [("accumulate", self.accumulate as u64), ("shards", self.shards as u64)];
        if let Some((name, _)) = least.into_iter().chain(further).find(|&(_, count)| count < 1) {
            return Err(format!("{name} is at least 1"));
        }
        if self.shards > MOST_SHARDS {
            return Err(format!("shards is at most {MOST_SHARDS}, not {}", self.shards));
        }
        let most = [("epochs", self.epochs), ("schedule_epochs", self.schedule_epochs)];
        if let Some((name, count)) = most.into_iter().find(|&(_, count)| count > LARGEST_COUNT) {
            return Err(format!("{name} is at most {LARGEST_COUNT}, not {count}"));
        }
        let limits = [("clip", self.clip), ("clip_value", self.clip_value)];
        let is_wrong = |limit: f64| !(limit > 0.0 && limit.is_finite());
        if let Some((name, _)) = limits.into_iter().find(|(_, limit)| limit.is_some_and(is_wrong)) {
            return Err(format!("{name} is a number above 0"));
        }
        match self.early_stop {
            Some(stop) if stop.patience < 1 => Err("early_stop is at least 1".to_string()),
            Some(stop) if !(stop.min_delta >= 0.0 && stop.min_delta.is_finite()) => {
                Err("min_delta is a number of at least 0".to_string())
            }
            _ => Ok(()),
        }
    }

    /// The figure by which the run chooses.
    pub fn monitored(&self) -> &str {
        self.monitor.as_deref().unwrap_or("validation_loss")
    }

    /// Whether the run chooses something by the figures of its epochs.
    pub fn chooses(&self) -> bool {
        self.early_stop.is_some() || self.keep == Keep::Best
    }

    /// Whether the optimizer keeps moving averages of the parameters.
    pub(crate) fn keeps_averages(&self) -> bool {
        self.optimizer.arguments().get("ema").is_some_and(|ema| !ema.is_null())
    }

    /// Whether the run needs a validation part.
    pub(crate) fn needs_validation(&self) -> bool {
        let by_figure = self.chooses() && self.monitored().starts_with("validation_");
        by_figure || self.schedule.inner().uses_validation()
    }

    /// The limits of gradients.
    pub(crate) fn clipping(&self) -> Clipping {
        Clipping { norm: self.clip, value: self.clip_value }
    }
}

/// The limits of gradients.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clipping {
    norm: Option<f64>,
    value: Option<f64>,
}

impl Clipping {
    /// Clips the gradients.
    ///
    /// # Errors
    /// A limit below 0.
    pub fn apply(self, gradients: &mut [Option<Tensor>]) -> Result<(), OptimizerError> {
        if let Some(most) = self.value {
            clip_value(gradients, most)?;
        }
        if let Some(most) = self.norm {
            clip_norm(gradients, most)?;
        }
        Ok(())
    }
}

/// Adam with PyTorch's defaults.
fn default_optimizer() -> OptimizerSpec {
    Adam::new().into()
}

//! Trainings that differ in one thing or several, compared: each setting with the same seeds.
//!
//! They are here beside the cross-validation, because they train: nothing is looked at inside of networks, and nothing
//! is drawn.

mod change;
mod curves;
mod grid;
mod mcnemar;
mod sent;
mod side_by_side;
mod statistics;
mod suiting;
mod summary;
mod trials;

pub use change::{argument_paths, with_activation, with_argument, with_initializer};
pub use curves::Curve;
pub(crate) use grid::checked_by_all;
pub use grid::{Grid, KnownRuns, Variant};
pub use mcnemar::{McNemar, RightClasses};
pub(crate) use sent::SentRun;
pub(crate) use side_by_side::{at_once, side_by_side};
pub use suiting::{suiting_initializer, with_suiting_initializer};
pub use summary::Summary;
pub(crate) use trials::Trials;

use crate::{EpochRecord, MetricSpec};
use serde::Serialize;

/// The training of a setting with a seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedRun {
    /// The setting, counted from 0.
    #[serde(skip)]
    pub variant: usize,
    /// The setting's values, in the order of the keys.
    pub values: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// The epochs.
    pub epochs: Vec<EpochRecord>,
    /// How many steps were made.
    pub steps: u64,
    /// How long it took, in seconds; several may have run at a time.
    pub seconds: f64,
    /// Whether it ended with a loss that was not finite.
    pub diverged: bool,
    /// The epoch whose weights its plan keeps, and by which it is judged; none is the last one.
    #[serde(skip)]
    pub kept: Option<u64>,
    /// The rung of a halving that it came to, counted from 0.
    #[serde(skip)]
    pub rung: usize,
    /// Which samples of the validation part have the right class, where settings that predict one are compared.
    #[serde(skip)]
    pub right: Option<RightClasses>,
}

/// Trainings that were compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What varies.
    pub keys: Vec<String>,
    /// The samples that settings are judged by: `digits.validation`.
    pub data: String,
    /// How many there are.
    pub samples: usize,
    /// The metric's name.
    pub metric: String,
    /// Whether larger values of the metric are better.
    pub is_better_larger: bool,
    /// The value of the metric that is waited for.
    pub target: Option<f64>,
    /// Whether settings are compared with the first one; otherwise they are only ordered.
    pub is_paired: bool,
    /// Activation functions with the initializers that were chosen to suit them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub initializers: Vec<[String; 2]>,
    /// How many trainings were to be done.
    pub planned: usize,
    /// Whether a halving was interrupted: runs are there, but not as far as they were to go.
    #[serde(skip)]
    pub is_cut_short: bool,
    /// Those that were done.
    pub runs: Vec<ComparedRun>,
    /// The settings, the best first.
    pub summary: Vec<Summary>,
}

impl Comparison {
    /// Whether all trainings were done, as far as they were to go.
    pub fn is_complete(&self) -> bool {
        self.runs.len() == self.planned && !self.is_cut_short
    }

    /// The setting with the best mean, if a training was done.
    pub fn best(&self) -> Option<&Summary> {
        self.summary.first().filter(|best| best.mean.is_some())
    }

    /// Adds a run that was done, in the order of seeds and settings, and judges anew.
    pub(crate) fn with_runs(
        mut self,
        mut runs: Vec<ComparedRun>,
        variants: &[Vec<String>],
    ) -> Self {
        runs.sort_by_key(|run| (run.seed, run.variant));
        self.runs = runs;
        self.summary = summary::summarise(&self, variants);
        self
    }

    /// Whether a value of the metric is at the target or better.
    fn reaches(&self, value: f64, target: f64) -> bool {
        if self.is_better_larger { value >= target } else { value <= target }
    }
}

impl ComparedRun {
    /// The epoch by which it is judged: that of the weights which the training leaves.
    fn judged(&self) -> Option<&EpochRecord> {
        let epoch = match self.kept {
            Some(kept) => self.epochs.iter().find(|own| own.epoch == kept),
            None => self.epochs.last(),
        };
        epoch.filter(|_| !self.diverged)
    }

    /// The metric on the validation part with the weights that the training leaves.
    fn figure(&self) -> Option<f64> {
        self.judged()?.validation_metric.map(f64::from).filter(|value| value.is_finite())
    }

    /// The loss there.
    fn loss(&self) -> Option<f64> {
        self.judged()?.validation_loss.map(f64::from)
    }
}

/// Whether larger values of a metric are better.
pub(crate) fn is_better_larger(metric: &MetricSpec) -> bool {
    metric.inner().is_better_larger()
}

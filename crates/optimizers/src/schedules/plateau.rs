//! Decay when a figure stops improving.

use super::{EpochMetrics, Place, Schedule, Warmup, WarmupOptions};
use relume_catalog::{Choice, Spec};

/// Multiplies the rate by a factor when a figure has stopped improving.
///
/// PyTorch's `ReduceLROnPlateau`. The figure is that of the validation part; where data have none, `train` holds out a
/// tenth of the train part. Groups keep their proportions: min_lr and eps apply to the optimizer's own rate.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=3 schedule=plateau(factor=0.5, patience=1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule, check = Self::consistent)]
pub struct Plateau {
    /// Whether smaller or larger figures are better.
    #[spec(default = Mode::Min)]
    pub mode: Mode,
    /// The factor.
    #[spec(default = 0.1, fraction)]
    pub factor: f64,
    /// Epochs in a row without improvement that are allowed.
    #[spec(default = 10)]
    pub patience: u64,
    /// By how much a figure must improve to count.
    #[spec(default = 1e-4, non_negative)]
    pub threshold: f64,
    /// Whether the threshold is a fraction of the best figure, or a difference.
    #[spec(default = ThresholdMode::Rel)]
    pub threshold_mode: ThresholdMode,
    /// Epochs after a reduction that do not count.
    #[spec(default = 0)]
    pub cooldown: u64,
    /// Smallest rate.
    #[spec(default = 0.0, non_negative)]
    pub min_lr: f64,
    /// A reduction by less than this is skipped.
    #[spec(default = 1e-8, non_negative)]
    pub eps: f64,
    /// Which figure; by default the validation loss.
    pub monitor: Option<Monitor>,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

/// Which figures are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Mode {
    /// Smaller ones.
    Min,
    /// Larger ones.
    Max,
}

/// How a threshold is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum ThresholdMode {
    /// As a fraction of the best figure.
    Rel,
    /// As a difference.
    Abs,
}

/// A figure of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Monitor {
    /// The loss.
    Loss,
    /// The validation loss.
    ValidationLoss,
    /// The metric.
    Metric,
    /// The validation metric.
    ValidationMetric,
    /// The validation loss, under the name that it had before data had a validation part.
    TestLoss,
    /// The validation metric, under the name that it had before data had a validation part.
    TestMetric,
}

impl Plateau {
    fn consistent(&self) -> Result<(), String> {
        match self.factor < 1.0 {
            true => Ok(()),
            false => Err("factor must be below 1".to_string()),
        }
    }
}

impl Plateau {
    fn monitored(&self, metrics: &EpochMetrics) -> f64 {
        match self.monitor {
            Some(Monitor::Loss) => metrics.loss,
            None | Some(Monitor::ValidationLoss | Monitor::TestLoss) => {
                metrics.validation_loss.unwrap_or(metrics.loss)
            }
            Some(Monitor::Metric) => metrics.metric,
            Some(Monitor::ValidationMetric | Monitor::TestMetric) => {
                metrics.validation_metric.unwrap_or(metrics.metric)
            }
        }
    }

    fn is_better(&self, value: f64, best: f64) -> bool {
        match (self.mode, self.threshold_mode) {
            (Mode::Min, ThresholdMode::Rel) => value < best * (1.0 - self.threshold),
            (Mode::Min, ThresholdMode::Abs) => value < best - self.threshold,
            (Mode::Max, ThresholdMode::Rel) => value > best * (1.0 + self.threshold),
            (Mode::Max, ThresholdMode::Abs) => value > best + self.threshold,
        }
    }
}

impl Schedule for Plateau {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn uses_validation(&self) -> bool {
        !matches!(self.monitor, Some(Monitor::Loss | Monitor::Metric))
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let mut lr = place.lr;
        let mut best = None;
        let (mut bad, mut cooling) = (0, 0);
        let finished = place.metrics.len().min(place.epoch as usize);
        for metrics in &place.metrics[..finished] {
            let value = self.monitored(metrics);
            if best.is_none_or(|best| self.is_better(value, best)) {
                best = Some(value);
                bad = 0;
            } else {
                bad += 1;
            }
            if cooling > 0 {
                cooling -= 1;
                bad = 0;
            }
            if bad > self.patience {
                let lower = (lr * self.factor).max(self.min_lr);
                if lr - lower > self.eps {
                    lr = lower;
                }
                cooling = self.cooldown;
                bad = 0;
            }
        }
        if place.lr > 0.0 { lr / place.lr } else { 1.0 }
    }
}

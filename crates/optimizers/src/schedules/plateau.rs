//! The rate falls when a figure has stopped getting better.

use super::{Figures, Place, Schedule, WARMUP};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// The rate falls when a figure has stopped getting better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// Whether small or large figures are good.
    pub mode: Mode,
    /// What the rate is multiplied with.
    pub factor: f64,
    /// Epochs in a row that may fail to be better.
    pub patience: u64,
    /// By how much a figure must be better to count.
    pub threshold: f64,
    /// Whether the threshold is a part of the best figure, or a difference.
    pub threshold_mode: ThresholdMode,
    /// Epochs after a fall that do not count.
    pub cooldown: u64,
    /// The smallest rate.
    pub min_lr: f64,
    /// A rate that would fall by less stays.
    pub eps: f64,
    /// Which figure; the test loss, or the loss where there is no test part, if none.
    pub monitor: Option<Monitor>,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

/// Which figures are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Small ones.
    Min,
    /// Large ones.
    Max,
}

/// What a threshold is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdMode {
    /// A part of the best figure.
    Rel,
    /// A difference.
    Abs,
}

/// A figure of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// The loss.
    Loss,
    /// The test loss, or the loss where there is no test part.
    TestLoss,
    /// The metric.
    Metric,
    /// The test metric, or the metric where there is no test part.
    TestMetric,
}

impl Described for Plateau {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "plateau",
        aliases: &[],
        summary: "multiplies the rate with a factor when a figure has stopped getting better",
        details: "PyTorch's `ReduceLROnPlateau`. Groups keep their proportions: min_lr and eps are for the optimizer's own rate.",
        arguments: &[
            Argument::new(
                "mode",
                Type::Choice(&["min", "max"]),
                "whether small or large figures are good",
            )
            .or_text("min"),
            Argument::new("factor", Type::FRACTION, "what the rate is multiplied with")
                .or_number(0.1),
            Argument::new("patience", Type::NATURAL, "epochs in a row that may fail to be better")
                .or_integer(10),
            Argument::new(
                "threshold",
                Type::NON_NEGATIVE,
                "by how much a figure must be better to count",
            )
            .or_number(1e-4),
            Argument::new(
                "threshold_mode",
                Type::Choice(&["rel", "abs"]),
                "whether the threshold is a part of the best figure, or a difference",
            )
            .or_text("rel"),
            Argument::new("cooldown", Type::NATURAL, "epochs after a fall that do not count")
                .or_integer(0),
            Argument::new("min_lr", Type::NON_NEGATIVE, "smallest rate").or_number(0.0),
            Argument::new("eps", Type::NON_NEGATIVE, "a rate that would fall by less stays")
                .or_number(1e-8),
            Argument::new(
                "monitor",
                Type::Choice(&["loss", "test_loss", "metric", "test_metric"]),
                "which figure; the test loss (the loss where there is no test part) if not given",
            )
            .optional(),
            WARMUP,
        ],
        example: "train net on digits epochs=3 schedule=plateau(factor=0.5, patience=1)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.factor < 1.0 {
            true => Ok(()),
            false => Err("factor must be below 1".to_string()),
        }
    }
}

impl Plateau {
    fn figure(&self, figures: &Figures) -> f64 {
        match self.monitor {
            Some(Monitor::Loss) => figures.loss,
            None | Some(Monitor::TestLoss) => figures.test_loss.unwrap_or(figures.loss),
            Some(Monitor::Metric) => figures.metric,
            Some(Monitor::TestMetric) => figures.test_metric.unwrap_or(figures.metric),
        }
    }

    fn is_better(&self, figure: f64, best: f64) -> bool {
        match (self.mode, self.threshold_mode) {
            (Mode::Min, ThresholdMode::Rel) => figure < best * (1.0 - self.threshold),
            (Mode::Min, ThresholdMode::Abs) => figure < best - self.threshold,
            (Mode::Max, ThresholdMode::Rel) => figure > best * (1.0 + self.threshold),
            (Mode::Max, ThresholdMode::Abs) => figure > best + self.threshold,
        }
    }
}

impl Schedule for Plateau {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let mut lr = place.lr;
        let mut best = None;
        let (mut bad, mut cooling) = (0, 0);
        let finished = place.figures.len().min(place.epoch as usize);
        for figures in &place.figures[..finished] {
            let figure = self.figure(figures);
            if best.is_none_or(|best| self.is_better(figure, best)) {
                best = Some(figure);
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

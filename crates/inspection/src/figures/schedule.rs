//! The learning rates that a schedule gives over a run.

use crate::plot::{Axis, Figure, Mark, Panel, Series};
use relume_optimizers::ScheduleSpec;
use relume_optimizers::schedules::{EpochMetrics, Place};
use serde::Serialize;
use thiserror::Error;

/// Learning rates and momentum over a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleCurve {
    /// The schedule.
    pub schedule: String,
    /// How many epochs the run has.
    pub epochs: u64,
    /// How many steps an epoch has.
    pub steps: u64,
    /// The learning rate of each step.
    pub lr: Vec<f64>,
    /// The momentum of each step; empty if the schedule leaves it.
    pub momentum: Vec<f64>,
}

/// Places that are drawn at most.
const MOST: u64 = 4000;
/// Epochs of a run at most, all of whose figures some schedules look at, and steps of an epoch.
const MOST_EPOCHS: u64 = 10_000;
const MOST_STEPS: u64 = 1_000_000_000;

/// A run that is too long for its schedule to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "{epochs} epochs of {steps} steps are too many: a schedule is drawn over at most {MOST_EPOCHS} epochs of at most \
     {MOST_STEPS} steps"
)]
pub struct ScheduleTooLong {
    /// How many epochs were asked for.
    pub epochs: u64,
    /// And of how many steps.
    pub steps: u64,
}

impl ScheduleCurve {
    /// The rates of a schedule on a learning rate over so many epochs of so many steps. A schedule that looks at the
    /// figures of the run, such as `plateau`, sees a loss that no longer falls.
    ///
    /// # Errors
    /// More than 10,000 epochs, or more than 1,000,000,000 steps of an epoch.
    pub fn of(
        schedule: &ScheduleSpec,
        lr: f64,
        epochs: u64,
        steps: u64,
    ) -> Result<Self, ScheduleTooLong> {
        if epochs > MOST_EPOCHS || steps > MOST_STEPS {
            return Err(ScheduleTooLong { epochs, steps });
        }
        let (epochs, steps) = (epochs.max(1), steps.max(1));
        let flat = EpochMetrics {
            loss: 1.0,
            metric: 0.0,
            validation_loss: Some(1.0),
            validation_metric: Some(0.0),
        };
        let metrics = vec![flat; epochs as usize];
        let factors = |step: u64| {
            let epoch = step / steps;
            schedule.factors(&Place {
                epoch,
                epochs,
                batch: step % steps,
                batches: steps,
                lr,
                metrics: &metrics[..epoch as usize],
            })
        };
        let all = epochs * steps;
        let stride = all.div_ceil(MOST).max(1);
        let own: Vec<_> = (0..all).step_by(stride as usize).map(factors).collect();
        Ok(ScheduleCurve {
            schedule: schedule.to_string(),
            epochs,
            steps,
            lr: own.iter().map(|own| lr * own.factor).collect(),
            momentum: own.iter().filter_map(|own| own.momentum).collect(),
        })
    }

    /// The rate, and the momentum if it changes.
    pub fn figure(&self) -> Figure {
        let points = |values: &[f64]| {
            let at = |(place, &y): (usize, &f64)| {
                (place as f64 / values.len().max(1) as f64 * self.epochs as f64, y)
            };
            values.iter().enumerate().map(at).collect::<Vec<_>>()
        };
        let panel = |title: &str, label: &str, values: &[f64]| {
            let line = Mark::Line(Series::new("", points(values)));
            let x = Axis::new("epoch").from(0.0, self.epochs as f64);
            Panel::new(title, x, Axis::new(label)).with(line)
        };
        let mut panels = vec![panel(&self.schedule, "learning rate", &self.lr)];
        if !self.momentum.is_empty() {
            panels.push(panel("", "momentum", &self.momentum));
        }
        Figure { title: String::new(), panels, columns: 1 }
    }
}

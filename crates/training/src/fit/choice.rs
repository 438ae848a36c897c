//! What a run chooses by the figures of its epochs: when it stops, and which weights it leaves.

use super::Fit;
use crate::best::BestState;
use crate::{BestEpoch, Keep, MetricSpec, Model, Observer, Plan, Task, TrainError, format_metric};
use relume_datasets::{Batches, Dataset, Sampler};

/// Refuses a figure to choose by that the history will not have, or that belongs to the test part; metrics that are no
/// single numbers; and an optimizer that cannot take the gradients of several batches.
pub(super) fn check(task: &Task, data: &Dataset, plan: &Plan) -> Result<(), TrainError> {
    for (place, metric) in plan.metrics.iter().enumerate() {
        task.check_metric(metric)?;
        let name = metric.entry().name;
        let is_twice = plan.metrics[..place].iter().any(|own| own.entry().name == name);
        let problem = match (metric, is_twice) {
            (MetricSpec::ConfusionMatrix(_), _) => "it is not a single number",
            (_, true) => "another one has its name",
            _ => continue,
        };
        return Err(TrainError::EpochMetric { metric: metric.to_string(), problem });
    }
    if plan.sampler == Sampler::Balanced {
        Batches::in_order(data.train(), 1).balanced(0, 0)?;
    }
    if plan.accumulate > 1 {
        let optimizer = relume_optimizers::Optimizer::new(plan.optimizer.clone());
        if optimizer.is_together() {
            return Err(TrainError::Accumulate(plan.optimizer.entry().name));
        }
    }
    let Some(monitor) = plan.monitor.as_deref().filter(|_| plan.chooses()) else { return Ok(()) };
    let own = task.metric().entry().name;
    let figures: Vec<&str> = ["loss", own]
        .into_iter()
        .chain(plan.metrics.iter().map(|metric| metric.entry().name))
        .collect();
    let name = monitor.strip_prefix("validation_").unwrap_or(monitor);
    let refused = |problem: &str| {
        let known = figures.iter().map(|figure| format!("validation_{figure}"));
        Err(TrainError::Monitor {
            name: monitor.to_string(),
            problem: problem.to_string(),
            help: format!("there are {}, loss and {own}", known.collect::<Vec<_>>().join(", ")),
        })
    };
    match (monitor.strip_prefix("test_"), figures.contains(&name)) {
        (Some(_), _) => refused("a choice by the test part would make its figures look too good"),
        (None, false) => refused("the history has no such figure"),
        // Without the prefix, further metrics are those of data that have neither of the other parts.
        (None, true) if monitor == name && name != "loss" && name != own => {
            refused("it is measured on the validation part")
        }
        (None, true) => Ok(()),
    }
}

/// Whether larger values of a figure are better.
pub(crate) fn is_better_larger(figure: &str) -> bool {
    let name = figure.strip_prefix("validation_").or_else(|| figure.strip_prefix("test_"));
    let name = name.unwrap_or(figure);
    let metric = MetricSpec::from_arguments(name, Vec::new(), Vec::new());
    metric.is_ok_and(|metric| metric.inner().is_better_larger())
}

/// Whether a value of a figure is better than the best so far by more than `min_delta`.
pub(crate) fn is_better(figure: &str, value: f64, best: f64, min_delta: f64) -> bool {
    match is_better_larger(figure) {
        true => value > best + min_delta,
        false => value < best - min_delta,
    }
}

impl Fit<'_> {
    /// The values of the monitored figure over the epochs of this plan. Without a validation part, which a train part
    /// of a single sample cannot give, they are those of the train part.
    fn monitored(&self) -> Vec<f64> {
        let history = &self.model.run.history;
        let name = self.plan.monitored();
        let of_train = name.strip_prefix("validation_").unwrap_or(name);
        let value = |record| {
            let value = history.figure(record, name).or_else(|| history.figure(record, of_train));
            value.unwrap_or(f64::NAN)
        };
        self.model.run.own_epochs().map(value).collect()
    }

    /// Whether the monitored figure has not improved for too many epochs of this plan.
    pub(super) fn should_stop(&self) -> bool {
        let Some(stop) = self.plan.early_stop else { return false };
        let (mut best, mut waited) = (None, 0);
        for value in self.monitored() {
            let is_improved = best.is_none_or(|best: f64| {
                best.is_nan() || is_better(self.plan.monitored(), value, best, stop.min_delta)
            });
            match is_improved {
                true => (best, waited) = (Some(value), 0),
                false => waited += 1,
            }
        }
        waited > 0 && waited >= stop.patience
    }

    /// Keeps the weights of the last epoch if they are the best ones so far, and the plan keeps the best.
    pub(super) fn keep_if_best(&mut self) -> Result<(), TrainError> {
        if self.plan.keep != Keep::Best {
            return Ok(());
        }
        let Some(value) = self.monitored().pop().filter(|value| !value.is_nan()) else {
            return Ok(());
        };
        let best = self.model.run.best;
        if best.is_none_or(|best| is_better(self.plan.monitored(), value, best.value, 0.0)) {
            let parameters = self.network()?.parameters().clone();
            let optimizer = Some(self.updater.optimizer.clone());
            self.model.best_state = Some(BestState { parameters, optimizer });
            self.model.run.best = Some(BestEpoch { epoch: self.model.run.epoch, value });
        }
        Ok(())
    }
}

/// Gives a model the best weights of its run, if it kept them, and the optimizer's state that belongs to them: the next
/// training goes on from there.
pub(super) fn take_best(
    model: &mut Model,
    plan: &Plan,
    observer: &mut dyn Observer,
) -> Result<(), TrainError> {
    let Some(best) = model.run.best.filter(|_| model.best_state.is_some()) else {
        return Ok(());
    };
    if best.epoch == model.run.epoch {
        model.best_state = None;
        observer.remark(&format!("the weights of the last epoch, {}, are the best", best.epoch));
        return Ok(());
    }
    model.take_best_state()?;
    let name = plan.monitored();
    let figure = name.strip_prefix("validation_").unwrap_or(name);
    observer.remark(&format!(
        "the weights are those of epoch {}, the best: {} {}",
        best.epoch,
        name.replace('_', " "),
        format_metric(figure, best.value)
    ));
    Ok(())
}

//! A run as the fields and series of a file's record, and back.

use super::{parse, watched};
use crate::plan::LARGEST_COUNT;
use crate::{BestEpoch, EpochRecord, History, Plan, Run};
use relume_serialization::{RunState, Series};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The content of the file's text about the progress: everything without a field of its own in the record.
#[derive(Serialize, Deserialize)]
pub(super) struct Progress {
    /// Finished epochs when the plan began.
    began: u64,
    /// Sums over the batches of an unfinished epoch.
    sums: [f64; 3],
    /// The metric's name.
    #[serde(default)]
    metric: String,
    /// The best epoch of a plan that keeps its weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best: Option<BestEpoch>,
    /// Whether the plan came to its end, perhaps an early one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
    /// The history, which is here in files of version 1 and in series of its own in later ones.
    #[serde(default, skip_serializing)]
    history: Option<History>,
}

impl Progress {
    pub fn of(run: &Run) -> Self {
        let metric = run.history.metric.clone();
        let Run { began, sums, best, ended, .. } = *run;
        Progress { began, sums, metric, best, ended, history: None }
    }
}

/// A figure of an epoch, if it has one.
type Figure = fn(&EpochRecord) -> Option<f64>;

/// The history as series over the epochs; those of the other parts have only the epochs that were tested.
pub(super) fn series(history: &History) -> Vec<Series> {
    let figures: [(&str, Figure); 7] = [
        (LOSS, |epoch| Some(epoch.loss.into())),
        (METRIC, |epoch| Some(epoch.metric.into())),
        (VALIDATION_LOSS, |epoch| epoch.validation_loss.map(f64::from)),
        (VALIDATION_METRIC, |epoch| epoch.validation_metric.map(f64::from)),
        (TEST_LOSS, |epoch| epoch.test_loss.map(f64::from)),
        (TEST_METRIC, |epoch| epoch.test_metric.map(f64::from)),
        (LR, |epoch| Some(epoch.lr)),
    ];
    let series = figures.into_iter().map(|(name, figure)| {
        let points = history.epochs.iter().filter_map(|e| Some((e.epoch, figure(e)?))).collect();
        Series { name: name.to_string(), points }
    });
    let further: BTreeSet<&String> =
        history.epochs.iter().flat_map(|epoch| epoch.metrics.keys()).collect();
    let further = further.into_iter().map(|name| {
        let point = |e: &EpochRecord| Some((e.epoch, f64::from(*e.metrics.get(name)?)));
        let points = history.epochs.iter().filter_map(point).collect();
        Series { name: format!("{FURTHER}{name}"), points }
    });
    let all = series.chain(further).filter(|series| !series.points.is_empty());
    all.chain(watched::series(&history.watched)).collect()
}

const LOSS: &str = "loss";
const METRIC: &str = "metric";
const VALIDATION_LOSS: &str = "validation_loss";
const VALIDATION_METRIC: &str = "validation_metric";
const TEST_LOSS: &str = "test_loss";
const TEST_METRIC: &str = "test_metric";
const LR: &str = "lr";
/// What stands before the names of further metrics.
const FURTHER: &str = "metrics.";

/// The place of a run, from its record.
pub(super) fn restored(record: &RunState) -> Result<Run, String> {
    let Progress { began, sums, metric, best, ended, history } = parse("run", &record.progress)?;
    let history = match history {
        // Files of version 1 have no watched steps.
        Some(history) => History { watched: Vec::new(), ..history },
        None => {
            History { metric, epochs: epochs(&record.history)?, watched: watched::records(record)? }
        }
    };
    let plan: Option<Plan> = parse("plan", &record.plan)?;
    plan.as_ref().map_or(Ok(()), Plan::check).map_err(|problem| format!("its plan: {problem}"))?;
    let RunState { epoch, batch, step, .. } = *record;
    let counters = [epoch, batch, step, began];
    if began > epoch || counters.into_iter().any(|count| count > LARGEST_COUNT) {
        return Err(format!(
            "its counters contradict each other: {epoch} epochs, {began} of them before the plan, {step} steps"
        ));
    }
    if let Some(best) = best.filter(|best| best.epoch > epoch) {
        return Err(format!("its best epoch is {}, of {epoch} in all", best.epoch));
    }
    Ok(Run { epoch, batch, step, plan, began, sums, history, best, ended })
}

/// The epochs of these series.
fn epochs(series: &[Series]) -> Result<Vec<EpochRecord>, String> {
    let figures = |name: &str| -> BTreeMap<u64, f64> {
        let points = series.iter().find(|series| series.name == name).map(|series| &series.points);
        points.into_iter().flatten().copied().collect()
    };
    let [metric, test_loss, test_metric, lr] = [METRIC, TEST_LOSS, TEST_METRIC, LR].map(figures);
    let [validation_loss, validation_metric] = [VALIDATION_LOSS, VALIDATION_METRIC].map(figures);
    let further: Vec<(&str, BTreeMap<u64, f64>)> = series
        .iter()
        .filter_map(|series| Some((series.name.strip_prefix(FURTHER)?, figures(&series.name))))
        .collect();
    let record = |(epoch, loss): (u64, f64)| {
        let wanted = |figures: &BTreeMap<u64, f64>, name: &str| {
            let found = figures.get(&epoch).copied();
            found.ok_or_else(|| format!("epoch {epoch} of its history has no {name}"))
        };
        Ok(EpochRecord {
            epoch,
            // All but the rate were in single precision when they were written.
            loss: loss as f32,
            metric: wanted(&metric, METRIC)? as f32,
            validation_loss: validation_loss.get(&epoch).map(|&x| x as f32),
            validation_metric: validation_metric.get(&epoch).map(|&x| x as f32),
            metrics: further
                .iter()
                .filter_map(|(name, own)| Some(((*name).to_string(), *own.get(&epoch)? as f32)))
                .collect(),
            test_loss: test_loss.get(&epoch).map(|&x| x as f32),
            test_metric: test_metric.get(&epoch).map(|&x| x as f32),
            lr: wanted(&lr, LR)?,
        })
    };
    figures(LOSS).into_iter().map(record).collect()
}
